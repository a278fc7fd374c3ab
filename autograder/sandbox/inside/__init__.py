"""What runs inside the sandbox. Nothing of it is trusted once a student's code has run."""
