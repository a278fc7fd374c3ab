"""The feedback page of one student."""
