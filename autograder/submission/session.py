"""One student's cells in one student's process; a fresh process takes over when it dies."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ..sandbox.client import OutOfPatience, ProcessDied, StudentProcess
from ..sandbox.limits import Limits
from ..sandbox.processes import Sandbox
from .clock import Clock, Spent
from .outputs import Output, checked, error_output
from .packages import NOTED, Lacking, missing_package

LATE = "this cell took longer than {seconds:g} s and was interrupted"
DEAD = "this cell ended the notebook's process (a crash, an exit, too much memory, an endless loop)"
NOT_RUN = "not run: the notebook took longer than {seconds:g} s altogether"
LOOK_TIME = 10.0  # seconds to tell what a name stands for
MOST_OUTPUTS = 1_000  # of one cell
MOST_SHOWN = 8 << 20  # characters of all outputs of a notebook
NO_ROOM = "what this cell shows was left out: there is room for {limit} MB in a notebook"


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


@dataclass
class Session:
    """The student's side of one notebook.

    `material` are folders with the files that lie beside the notebook; `public` is the folder of the
    exercise's public half, which the notebook imports as `exercise`. `notebook_time` is for the cells,
    and once more for what is judged after them. Cells that ended a process or ran out of time are not
    run again when a fresh one takes over. `incidents` tells what a person
    may want to look at: limits that were hit, processes that ended, packages that are not there.
    """

    sandbox: Sandbox
    material: Sequence[Path]
    cell_time: float  # seconds
    notebook_time: float
    limits: Limits = field(default_factory=Limits)
    public: Path | None = None
    draws: bool = False  # with matplotlib
    incidents: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    lacking: Lacking = field(default_factory=Lacking)
    _process: StudentProcess | None = None
    _done: list[str | tuple[str, ...]] = field(default_factory=list)  # cells, and names that were held
    _held: dict[str, dict[str, Any]] = field(default_factory=dict)
    _started: float = field(default_factory=time.monotonic)
    _seen: float = 0.0  # seconds of processor time of the process that were noted
    _room: int = field(default_factory=lambda: MOST_SHOWN)  # characters of outputs that may still come

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.note_student("calls")
        if self._process:
            self._process.close()

    def start_judging(self) -> None:
        """All cells were run: from now on time counts for the calls of what they defined."""
        self.note_student("cells")
        self._started = time.monotonic()

    def time_left(self) -> float:
        """Seconds until the notebook has used up its time."""
        return self.notebook_time - (time.monotonic() - self._started)

    def process(self) -> StudentProcess:
        """The student's process; if it died, a fresh one that has run the cells before.

        Raises ProcessDied if there is no time left for it.
        """
        if self._process:
            self._process.settle()
        while self._process is None or not self._process.alive:
            if self.time_left() <= 0:
                raise ProcessDied(NOT_RUN.format(seconds=self.notebook_time))
            if self._process:
                self._process.close()
            with self.clock.measure("fork"):
                asked = self.material, self.limits, self.public, self.draws
                self._process = StudentProcess(self.sandbox, *asked)
            self._seen = 0.0
            self.note_student("confine")
            self._repeat(self._process)
        return self._process

    def _repeat(self, process: StudentProcess) -> None:
        """Run the cells before once more; leave out the one that ends the process this time. One that was
        given only some of them, because time is up, is of no use."""
        for step in list(self._done):
            if self.time_left() <= 0:
                process.close()
                return
            try:
                if isinstance(step, str):
                    process.run(step, min(self.cell_time, max(0.1, self.time_left())))
                else:
                    self._look(process, step)
            except (ProcessDied, OutOfPatience):
                self._done.remove(step)
                return

    def _look(self, process: StudentProcess, names: tuple[str, ...]) -> None:
        for name in names:
            self._held[name] = process.look(name, min(LOOK_TIME, max(0.1, self.time_left())))

    def note_student(self, stage: str) -> None:
        """Note the processor time that the student's process took since the last note."""
        if self._process and self._process.alive:
            spent = self._process.processor_time()
            self.clock.add(stage, Spent(student=max(0.0, spent - self._seen)))
            self._seen = spent

    def hold(self, names: tuple[str, ...]) -> None:
        """Remember what names stand for now. A later cell may use them for something else, and functions
        may use what a later cell defines."""
        with suppress(ProcessDied, OutOfPatience):
            self._look(self.process(), names)
            self._done.append(names)

    def look(self, name: str) -> dict[str, Any]:
        """What a name stood for when it was held, or else stands for now; raises ProcessDied or
        OutOfPatience."""
        process = self.process()  # a fresh one holds anew
        if not self._held.get(name, {}).get("defined"):
            self._look(process, (name,))
        return self._held[name]

    def _incident(self, name: str, words: str) -> Output:
        """Note what happened to a cell; the output that says it."""
        if words not in self.incidents:
            self.incidents.append(words)
        return error_output(name, words)

    def _note_lacking(self, source: str, outputs: Sequence[Output]) -> None:
        """Note a package that a cell imports and that is not there. Who forges that gets a person's look."""
        for output in outputs:
            if package := missing_package(output.get("ename"), output.get("evalue")):
                self.lacking.note_cell(source, package)
                self._incident("ModuleNotFoundError", NOTED.format(package=package))

    def _shown(self, found: Any) -> list[Output]:
        """The outputs of a cell, as far as there is room for them in the notebook. The student's process
        keeps less, but what comes from it may be forged."""
        if not isinstance(found, list):
            return [checked(None)]
        outputs = [checked(output) for output in found[:MOST_OUTPUTS]]
        self._room -= len(json.dumps(outputs))
        if self._room < 0 or len(found) > MOST_OUTPUTS:
            return [self._incident("OutputLimit", NO_ROOM.format(limit=MOST_SHOWN >> 20))]
        return outputs

    def run(self, source: str) -> tuple[list[Output], int | None]:
        """Run a cell of the student's: its outputs and its number. Raises nothing of the student's."""
        if self.time_left() <= 0:
            return [self._incident("NotRun", NOT_RUN.format(seconds=self.notebook_time))], None
        try:
            answer, late = self.process().run(source, min(self.cell_time, self.time_left()))
        except (ProcessDied, OutOfPatience):
            return [self._incident("DeadKernelError", DEAD)], None
        outputs = self._shown(answer.get("outputs"))
        if late:
            outputs.append(self._incident("CellTimeoutError", LATE.format(seconds=self.cell_time)))
        else:
            self._done.append(source)
        self._note_lacking(source, outputs)
        return outputs, _count(answer.get("execution_count"))
