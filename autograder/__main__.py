"""`python -m autograder` is the command `autograder`."""

import sys

from .commands.main import main

sys.exit(main())
