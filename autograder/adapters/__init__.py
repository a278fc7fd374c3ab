"""Between this autograder and the systems that a course uses."""
