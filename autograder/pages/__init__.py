"""What people see, made from data."""
