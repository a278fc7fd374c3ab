"""How a result is told: in lines that fit, with one question at the end."""

import pytest

from autograder import exercises
from backprop_lab.checking import examine
from backprop_lab.results import folded
from exercise import check

MISTAKES = [
    (name, mistake)
    for name in exercises.names()
    for mistake in exercises.find(name).mistakes
    if mistake.wrong
]


@pytest.mark.parametrize(("name", "mistake"), MISTAKES, ids=lambda v: getattr(v, "name", v))
@pytest.mark.filterwarnings("ignore")
def test_every_message_fits_into_80_characters(name, mistake):
    said = examine(exercises.find(name).public, mistake.question, mistake.wrong).message
    told = folded(said)
    assert max(map(len, told.splitlines())) <= 80
    assert told.split() == said.split()


def test_a_long_line_goes_on_below_what_it_says():
    assert folded("    → " + "why " * 30).splitlines()[1].startswith("      why")
    assert folded("    expected  [" + "1.5, " * 30 + "]").splitlines()[1].startswith(" " * 14 + "1.5")
    assert folded("✗ f: raised " + "words " * 30).splitlines()[1].startswith("    words")


def test_what_fits_stays_as_it_is():
    assert folded("✓ f\n    f(1,\n      2)") == "✓ f\n    f(1,\n      2)"


def test_the_check_prints_lines_that_fit(capsys):
    def grad_c(dL_dz):
        raise ValueError("a long story " * 10)

    check("grad_c", grad_c)
    shown = capsys.readouterr().out.partition("So far")[0]
    assert "a long story" in shown
    assert max(map(len, shown.splitlines())) <= 80
