"""Processes that run a student's code, and the policy that confines them. Nothing of grading."""
