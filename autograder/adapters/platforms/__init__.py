"""Learning platforms beside Moodle, a file each: how they name submissions, what they take back."""
