"""The student's process: what it may do (`confine`), and what crosses its boundary (`wire`)."""
