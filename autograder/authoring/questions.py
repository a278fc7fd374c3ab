"""The questions of an exercise, from its graph: what is asked for, in which order, from which arguments."""

from collections.abc import Collection
from dataclasses import replace

from backprop_lab.model import Exercise, Question

from ..judging.local import given_for
from .forward_pass import ForwardPass


def backward_order(exercise: Exercise, data: Collection[str]) -> list[str]:
    """The quantities in the order of the backward pass: each after all that is made from it and, of what goes
    into one operation, the inputs of the network first."""
    made = {operation.output for operation in exercise.graph}
    found = [exercise.loss]
    for operation in reversed(exercise.graph):
        for letter in sorted(operation.inputs, key=made.__contains__):
            reached = all(o.output in found for o in exercise.consumers(letter))
            if reached and letter not in found and letter not in data:
                found.append(letter)
    return found[1:]


def with_questions(forward: ForwardPass) -> Exercise:
    """The exercise with a question for each quantity on the way back, and the arguments that it takes."""
    exercise = forward.exercise
    questions = (
        Question(f"grad_{letter}", letter, given_for(exercise, forward.draw, letter))
        for letter in backward_order(exercise, forward.data)
    )
    return replace(exercise, questions=tuple(questions))
