"""`autograder cluster-keys`: keys that close a cluster to everybody else."""

import argparse
import sys
from pathlib import Path

KEYS = Path("cluster-keys")

HELP = "make keys that close a cluster to everybody else"
DESCRIPTION = (
    "Make a key and its certificate, valid for a year, and the settings with which Dask's scheduler, workers "
    "and clients use them. Only who has them can give the cluster work or take part in it."
)
EXIT_CODES = "The exit code is 0 if the keys are made, 2 if not."
MADE = """\
Made {files} in {folder}, which only you can read.

On each machine of the cluster, with a copy of the folder at this path:

    export DASK_CONFIG={configuration}
    dask scheduler --interface eth0 --no-dashboard             # on one
    dask worker tls://HOST:8786 --nthreads 1 --no-dashboard    # on the others

Here: autograder grade --scheduler tls://HOST:8786"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EXIT_CODES
    parser.add_argument("folder", nargs="?", type=Path, default=KEYS, help=f"where to (default: {KEYS})")


def run(options: argparse.Namespace) -> int:
    """Make the keys; 0 if they are made, 2 if not."""
    from ..class_run.cluster_keys import make_keys

    try:
        made = make_keys(options.folder)
    except OSError as error:
        print(f"autograder cluster-keys: {error}", file=sys.stderr)
        return 2
    words = {"files": ", ".join(path.name for path in made), "folder": made[0].parent}
    print(MADE.format(configuration=made[-1], **words))
    return 0
