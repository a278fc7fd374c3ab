"""Moodle: its archives in, its worksheet out."""
