"""What a student sees: `check` tells what it found, how far one is, and lights up the graph."""

import sys
from collections.abc import Mapping
from contextlib import nullcontext
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from .cells import Cells, what_to_run
from .checking import examine
from .figure import Drawing, show
from .graph import draw_graph
from .hints import Table, read_table
from .model import Exercise, Question, Values
from .nbgrader_mode import quiet, run_by, shell
from .numerical import numerical_gradient
from .results import Result, folded
from .validation import Status

SO_FAR = "So far {passed} of {count} checks pass, worth {points} of {total} points."
ALL = (
    "All {count} checks pass, worth {total} of {total} points, and they were all run again just now. Choose "
    "Kernel, Restart Kernel and Run All Cells; if they still pass, save the notebook and hand it in. It is "
    "graded with other numbers."
)
GIVEN = ("np", "values", "example", "forward", "check")  # by the first cells of every notebook
STALE = "✗ {reason}"
CHANGED = "Not right any more: {names}. Run {checks} again to see why."


class Lab:
    """An exercise as a notebook holds it: its check, and how far one is."""

    def __init__(self, exercise: Exercise, points: Mapping[str, float], hints: Path | None = None) -> None:
        """`points` says what each question is worth: what the notebook says, too. `hints` is the file of the
        sealed hints, if there is one."""
        self.exercise, self.points, self._hints = exercise, points, hints
        self.results: dict[str, Result] = {}  # of the checks that were run, by question
        self._functions: dict[str, Any] = {}  # that were checked, by question
        self._cells = Cells(exercise.asked)
        notebook = shell()
        if notebook and not run_by():
            notebook.events.register("post_run_cell", self._ran)

    def _ran(self, result: Any) -> None:
        """Take note of a cell that was run, and say what to do where cells were run out of order."""
        self._cells.ran(result)
        exercise = self.exercise
        made = (operation.output for operation in exercise.graph)
        given = {*exercise.inputs, *made, *GIVEN}
        if words := what_to_run(result.error_in_exec, exercise.asked, given):
            print(words)

    @cached_property
    def _table(self) -> Table:
        return read_table(self._hints) if self._hints else Table()

    def example(self) -> tuple[Any, ...]:
        """The numbers that the notebook works with, as fresh arrays."""
        return tuple(self.exercise.example().values())

    def check(self, question: str, function: Any) -> None:
        """Check your function for a question, say what was found, and show how far you are.

        While nbgrader grades, this does nothing: the hidden tests speak. For `nbgrader validate`
        what fails goes to stderr, because that is where it looks.

        Raises ValueError for a question that does not exist.
        """
        if run_by() == "autograde":
            return
        validating = run_by() == "validate"
        with quiet() if validating else nullcontext():
            result = self._examine(question, function)
        self._functions[question] = function
        self.results[question] = result
        failing = validating and result.status is not Status.RIGHT
        print(folded(result.message), file=sys.stderr if failing else sys.stdout)
        if result.status is not Status.OPEN and not validating:
            if changed := self._checked_again(question):
                print(folded(changed))
            print(folded(self.summary()))
            show(self.picture(question))

    def _examine(self, question: str, function: Any) -> Result:
        """What the check finds; a function that is not what its cell says is not right."""
        result = examine(self.exercise, question, function, self._table, self.results.get(question))
        if reason := self._cells.stale(question):
            return Result(question, Status.WRONG, STALE.format(reason=reason))
        return result

    def _checked_again(self, just_now: str) -> str:
        """Check again what was right before, as it stands in the notebook by now; in words what is not right
        any more, "" if all is."""
        lost = []
        for question, before in self.results.items():
            if question == just_now or before.status is not Status.RIGHT:
                continue
            function = self._now(question)
            with quiet():  # it has been said before
                found = self._examine(question, function)
            self.results[question] = found
            lost += [question] if found.status is not Status.RIGHT else []
        if not lost:
            return ""
        checks = "its check" if len(lost) == 1 else "their checks"
        return CHANGED.format(names=", ".join(lost), checks=checks)

    def _now(self, question: str) -> Any:
        """The function as the notebook has it now."""
        notebook = shell()
        names = notebook.user_ns if notebook else {}
        return names.get(question, self._functions[question])

    def show_progress(self) -> None:
        """Say how far you are, and draw the computation graph with what the checks have found so far.

        While nbgrader runs the notebook this does nothing: nobody looks.
        """
        if run_by():
            return
        print(folded(self.summary()))
        show(self.picture())

    def upstream_gradients(self, values: Mapping[str, Any]) -> Values:
        """The gradients that the questions are given, by the names of the arguments, at one forward pass.

        `values` is what `forward` returned. They are central differences, so no answers.
        """
        return {
            self.exercise.argument(g): numerical_gradient(
                partial(self.exercise.loss_when, values, g.of), values[g.of]
            )
            for g in self.exercise.upstream
        }

    def summary(self) -> str:
        """A line on how far one is."""
        passed = [question for question, result in self.results.items() if result.status is Status.RIGHT]
        words = SO_FAR if len(passed) < len(self.exercise.asked) else ALL
        points, total = sum(self.points[question] for question in passed), sum(self.points.values())
        return words.format(passed=len(passed), count=len(self.exercise.asked), points=points, total=total)

    def picture(self, just_now: str = "") -> Drawing:
        """The computation graph with what the checks have found; in small with the gradient that a question
        has `just_now` been answered with."""
        gradients: Values = {}
        status: dict[str, Status] = {}
        for name, result in self.results.items():
            question = self.exercise.find(name)
            status[question.wrt if isinstance(question, Question) else name] = result.status
            if isinstance(question, Question) and just_now in ("", name):
                gradients |= result.values
        values = {} if just_now else self.exercise.forward(self.exercise.example())
        return self.draw_graph(values, gradients, status)

    def draw_graph(
        self,
        values: Mapping[str, Any],
        gradients: Mapping[str, Any] | None = None,
        status: Mapping[str, str] | None = None,
    ) -> Drawing:
        """The computation graph with the values of a forward pass, as a drawing.

        `values` is what `forward` returned. `gradients` holds, by letter, the gradients to write
        down, and `status` whether each of them is "right", "wrong" or "open" (the default); its
        entry for the whole pass says it of that.
        """
        return draw_graph(self.exercise, dict(values), dict(gradients or {}), status or {})
