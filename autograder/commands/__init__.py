"""The command line: each module below is one command of its name.

A command is a module with `HELP` (a line in the list of commands), `DESCRIPTION` (what its own help says),
`add_arguments(parser)`, and `run(options)`, which returns the exit code. It imports what takes long where it
is used, so that `autograder --help` answers at once.
"""
