"""A PostgreSQL server of our own for as long as the tests run, where PostgreSQL is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOT_INSTALLED = "PostgreSQL is not installed (Debian's package: postgresql)"
TEMPLATE = "template1"


def _folder_of_programs() -> Path | None:
    """Where initdb and postgres lie: Debian does not put them on the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def _as_user() -> list[str]:
    """PostgreSQL does not run as root; Debian's package makes a user for it."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []


def is_installed() -> bool:
    """Whether there is a PostgreSQL to run."""
    return _folder_of_programs() is not None


class Server:
    """A server that listens at a socket in its folder only; every database is thrown away at the end."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self._programs = folder, programs
        self._made = 0
        self._run("initdb", "-D", str(folder / "data"), "-U", "grader", "-A", "trust", "-N", "-E", "UTF8")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_user(), str(self._programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", *arguments)

    def start(self) -> None:
        """Have it answer."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self._control("-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End it at once, whoever is connected."""
        self._control("-m", "immediate", "stop")

    def database(self, template: str = TEMPLATE) -> str:
        """The name of a new database, a copy of that one."""
        self._made += 1
        name = f"course{self._made}"
        self._run("createdb", "-h", str(self.folder), "-U", "grader", "-T", template, name)
        return name

    def url(self, database: str) -> str:
        """The URL of a database, for SQLAlchemy."""
        return f"postgresql+psycopg://grader@/{database}?host={self.folder}"


@contextmanager
def server() -> Iterator[Server]:
    """A running server; skips the tests where PostgreSQL is not installed."""
    programs = _folder_of_programs()
    if programs is None:
        pytest.skip(NOT_INSTALLED)
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket has 107 characters at most
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    running = Server(folder, programs)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)
