"""Where the time of a submission goes, by the stages of its way."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

STAGES = {
    "read": "its files",
    "rebuild": "the trusted notebook",
    "fork": "its process begins and ends",
    "confine": "its process is closed off",
    "cells": "its cells are run",
    "judge": "inputs are drawn, answers are compared",
    "calls": "its functions are called",
    "annotate": "the executed notebook",
    "stage": "the files for autograded/",
    "record": "the gradebook",
}


class Spent(NamedTuple):
    """Seconds: by the clock, of the grader's processor time, and of that of the student's process."""

    clock: float = 0.0
    grader: float = 0.0
    student: float = 0.0

    def plus(self, other: "Spent") -> "Spent":
        """Both together."""
        (a, b, c), (x, y, z) = self, other
        return Spent(round(a + x, 6), round(b + y, 6), round(c + z, 6))


class Clock(dict[str, Spent]):
    """What was spent, by stage, in one thread at a time. Of a stage within another one each moment counts
    once, for the inner one."""

    def __init__(self) -> None:
        super().__init__()
        self._stage, self._since = "", _now()

    def add(self, stage: str, spent: Spent) -> None:
        """Add to a stage."""
        self[stage] = self.get(stage, Spent()).plus(spent)

    def _enter(self, stage: str) -> str:
        """Go over to a stage, from none or another one; which it was."""
        before, now = self._stage, _now()
        if before:
            self.add(before, Spent(*(b - a for a, b in zip(self._since, now, strict=True))))
        self._stage, self._since = stage, now
        return before

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time that the body takes."""
        before = self._enter(stage)
        try:
            yield
        finally:
            self._enter(before)

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by the clock."""
        return {stage: spent.clock for stage, spent in self.items()}


def _now() -> tuple[float, float]:
    return time.monotonic(), time.thread_time()


def total(clocks: Iterable[Mapping[str, Spent]]) -> Clock:
    """What several took together."""
    found = Clock()
    for clock in clocks:
        for stage, spent in clock.items():
            found.add(stage, spent)
    return found
