"""One student's cells in one student's process; a fresh process takes over when it dies."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate, takewhile
from pathlib import Path
from types import TracebackType
from typing import Any

from ..sandbox.client import OutOfPatience, ProcessDied, Request, StudentProcess, to_look, to_run
from ..sandbox.limits import Limits
from ..sandbox.processes import Sandbox
from .clock import Clock, Spent
from .outputs import Output, checked, error_output
from .packages import NOTED, Lacking, missing_package

Shown = tuple[list[Output], int | None]  # what a cell shows, and its number

LATE = "this cell took longer than {seconds:g} s and was interrupted"
DEAD = "this cell ended the notebook's process (a crash, an exit, too much memory, an endless loop)"
NOT_RUN = "not run: the notebook took longer than {seconds:g} s altogether"
LOOK_TIME = 10.0  # seconds to tell what a name stands for
STEPS_AHEAD, MOST_AHEAD = 100, 1 << 16  # that a process is given at once, and characters of them
QUICK = 2.0  # seconds; what a notebook does later is given alone: it is no longer worth the while
ENOUGH = 0.2  # seconds; with less time for a cell, likewise
MOST_OUTPUTS = 1_000  # of one cell
MOST_SHOWN = 8 << 20  # characters of all outputs of a notebook
NO_ROOM = "what this cell shows was left out: there is room for {limit} MB in a notebook"


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _together(steps: Sequence[Request]) -> Sequence[Request]:
    """As many of the first as may be given at once."""
    sizes = accumulate(len(step.get("code", "")) for step in steps)
    return steps[: sum(1 for _ in takewhile(lambda size: size <= MOST_AHEAD, sizes))]


@dataclass
class Session:
    """The student's side of one notebook.

    `material` are folders with the files that lie beside the notebook; `public` is the folder of the
    exercise's public half, which the notebook imports as `exercise`. `notebook_time` is for the cells,
    and once more for what is judged after them. Cells that ended a process or ran out of time are not
    run again when a fresh one takes over, but for the first that ends one, which has to be found.
    `incidents` tells what a person may want to look at: limits that were hit, processes that ended,
    packages that are not there.
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
    _done: list[Request] = field(default_factory=list)  # cells, and names that were held
    _alone: bool = False  # whether each step is taken alone, so that it is known which one ends the process
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
                if "code" in step:
                    process.run(step["code"], min(self.cell_time, max(0.1, self.time_left())))
                else:
                    self._look(process, step["name"])
            except (ProcessDied, OutOfPatience):
                self._done.remove(step)
                return

    def _look(self, process: StudentProcess, name: str) -> None:
        self._held[name] = process.look(name, min(LOOK_TIME, max(0.1, self.time_left())))

    def note_student(self, stage: str) -> None:
        """Note the processor time that the student's process took since the last note."""
        if self._process and self._process.alive:
            spent = self._process.processor_time()
            self.clock.add(stage, Spent(student=max(0.0, spent - self._seen)))
            self._seen = spent

    def hold(self, name: str) -> None:
        """Remember what a name stands for now. A later cell may use it for something else, and functions
        may use what a later cell defines."""
        with suppress(ProcessDied, OutOfPatience):
            self._look(self.process(), name)
            self._done.append(to_look(name))

    def look(self, name: str) -> dict[str, Any]:
        """What a name stood for when it was held, or else stands for now; raises ProcessDied or
        OutOfPatience."""
        process = self.process()  # a fresh one holds anew
        if not self._held.get(name, {}).get("defined"):
            self._look(process, name)
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

    def run(self, source: str) -> Shown:
        """Run a cell of the student's: its outputs and its number. Raises nothing of the student's."""
        if self.time_left() <= 0:
            return [self._incident("NotRun", NOT_RUN.format(seconds=self.notebook_time))], None
        try:
            answer, late = self.process().run(source, min(self.cell_time, self.time_left()))
        except (ProcessDied, OutOfPatience):
            return [self._incident("DeadKernelError", DEAD)], None
        return self._ran(source, answer, late)

    def _ran(self, source: str, answer: Output, late: bool) -> Shown:
        """What the answer to a cell shows."""
        outputs = self._shown(answer.get("outputs"))
        if late:
            outputs.append(self._incident("CellTimeoutError", LATE.format(seconds=self.cell_time)))
        else:
            self._done.append(to_run(source))
        self._note_lacking(source, outputs)
        return outputs, _count(answer.get("execution_count"))

    def _took(self, step: Request, answer: Output, late: bool) -> Shown | None:
        """What a step came to, by its answer."""
        if "code" in step:
            return self._ran(step["code"], answer, late)
        self._held[step["name"]] = answer
        self._done.append(step)
        return None

    def _take_together(self, steps: Sequence[Request]) -> list[Shown | None]:
        """Take the first of these without a word between them: to go back and forth for each would take
        longer than most of them.

        If they end the process, nobody knows which of them did. All are taken anew then, each alone, and
        the time begins anew. What follows a cell that took too long is taken alone as well: a fresh process
        would not know what that cell did before.
        """
        left = self.time_left()
        seconds, is_quick = min(self.cell_time, left), self.notebook_time - left < QUICK
        if self._alone or not is_quick or len(steps) < 2 or seconds < ENOUGH:
            return []
        try:
            answers, late = self.process().take(steps, seconds)
        except (ProcessDied, OutOfPatience):
            self._alone, self._started = True, time.monotonic()
            return []
        self._alone = late
        are_late = [*[False] * (len(answers) - 1), late]
        return list(map(self._took, steps, answers, are_late))

    def _take_alone(self, step: Request) -> Shown | None:
        if "code" in step:
            return self.run(step["code"])
        self.hold(step["name"])
        return None

    def take(self, steps: Sequence[Request]) -> Iterator[Shown | None]:
        """Run cells, and hold what names stand for, in their order; yield what each cell shows and its
        number, None for a name. Raises nothing of the student's."""
        done = 0
        while done < len(steps):
            ahead = _together(steps[done : done + STEPS_AHEAD])
            found = self._take_together(ahead) or [self._take_alone(steps[done])]
            yield from found
            done += len(found)
