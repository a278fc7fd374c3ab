"""The whole pass: each entry is judged from the student's own steps before."""
