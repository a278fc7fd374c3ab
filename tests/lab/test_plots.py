"""The plots of the training, and of the step of a numerical gradient."""

import base64
import json
import re
import subprocess
import sys
from html import escape
from pathlib import Path

import numpy as np
import pytest
from support.answers import PLAIN

import training
from exercise import forward
from training import show_step_error, show_training


@pytest.fixture
def shown(monkeypatch):
    """The figures that were shown, in order."""
    figures = []
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(training, "show", figures.append)
    return figures


def texts(picture):
    return [t.get_text() for ax in picture.figure.axes for t in ax.texts]


def test_training_waits_for_backward(shown, capsys):
    show_training(lambda *a: {})
    assert capsys.readouterr().out == training.WAITING + "\n"
    assert not shown


def test_training_learns_with_the_students_backward(shown, notebook, capsys):
    show_training(notebook()["backward"])
    said = capsys.readouterr().out
    assert said.startswith("After 400 passes over the four examples the mean loss went from")
    titles = [ax.get_title() for ax in shown[0].figure.axes[:2]]
    assert titles == ["The loss, pass by pass", "What the network answers"]


def test_training_makes_the_loss_small(notebook):
    data = training.truth_table()
    parameters, history = training.train(notebook()["backward"], data)
    assert history[-1] < 1e-3 < 0.1 < history[0]
    for x, y in data:
        assert forward(x, y, **parameters)["z"] == pytest.approx(y, abs=0.05)


def test_training_takes_lists_for_gradients(notebook):
    source = PLAIN["backward"].replace('"w": grad_w(dz, values["h"])', '"w": list(grad_w(dz, values["h"]))')
    data = training.truth_table()
    assert training.train(notebook(source)["backward"], data, epochs=3)[1][-1] > 0


def test_the_step_plot_has_both_methods(shown):
    show_step_error()
    assert texts(shown[0]) == ["central differences", "complex step"]


def test_the_plots_in_words(shown, notebook):
    show_training(notebook()["backward"])
    show_step_error()
    assert re.search(r"goes from \d+\.\d+ to \S+\. .* 0\.\d+ for \(0, 0\), ", shown[0].alt)
    steps, errors = training._step_errors()
    central = errors["central differences"]
    best = np.argmin(central)  # which digits it has there depends on the processor
    assert f"smallest, {central[best]:.0e}, at a step near {steps[best]:.0e}," in shown[1].alt
    assert central[best] < 1e-9
    assert 1e-7 < steps[best] < 1e-3


def test_a_rate_that_is_too_large_is_told(notebook, capsys):
    show_training(notebook()["backward"], rate=50, passes=200)
    assert "is the rate too large?" in capsys.readouterr().out


def test_from_zero_the_hidden_units_stay_the_same(notebook):
    parameters, _ = training.train(notebook()["backward"], training.truth_table(), 20, 0.1, None)
    assert np.ptp(parameters["w"]) == 0
    assert np.ptp(parameters["u"], axis=0).tolist() == [0, 0]


def test_another_truth_table_is_learned(notebook, capsys):
    show_training(notebook()["backward"], passes=600, seed=3, data=(0, 0, 0, 1))
    assert "the mean loss went from" in capsys.readouterr().out
    assert [y for _, y in training.truth_table((0, 0, 0, 1))] == [0, 0, 0, 1]
    with pytest.raises(ValueError, match="four targets"):
        training.truth_table((0, 1))


def test_the_students_own_derivation_is_drawn_once_it_is_right(notebook):
    assert training._own_error(None) is None
    assert training._own_error(lambda *a: {}) is None
    assert training._own_error(notebook()["backward"]) < 1e-15


# What a notebook gets


@pytest.mark.parametrize("run_by", ["autograde", "validate"])
def test_nothing_is_plotted_when_nobody_looks(shown, monkeypatch, run_by, notebook):
    monkeypatch.setenv("NBGRADER_EXECUTION", run_by)
    show_training(notebook()["backward"])
    show_step_error()
    assert not shown


def test_what_grading_loads_does_without_matplotlib():
    code = "import sys, exercise, training\nprint(exercise.show_training, 'matplotlib' in sys.modules)"
    folder = Path(training.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith(" False\n")


def test_without_matplotlib_it_is_said_what_to_do(shown, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match="Run `%pip install matplotlib` in a cell of its own"):
        show_step_error()


@pytest.fixture
def forms(shown, notebook):
    """What a notebook gets of the two plots."""
    show_training(notebook()["backward"])
    show_step_error(notebook()["backward"])
    return [(figure, *figure._repr_mimebundle_()) for figure in shown]


def test_a_plot_has_its_words_in_every_form(forms):
    for figure, found, metadata in forms:
        assert found["text/plain"] == metadata["image/png"]["alt"] == figure.alt
        assert f'aria-label="{escape(figure.alt)}"' in found["text/html"]
        assert base64.b64decode(found["image/png"]).startswith(b"\x89PNG")


def test_a_plot_takes_the_colours_of_the_page_and_leaves_the_page_alone(forms):
    for _, found, _ in forms:
        html = found["text/html"]
        assert "currentColor" in html
        assert "#000000" not in html
        assert "#fcfcfa" not in html  # no panel
        assert html.count("<style") == 1  # the lab's own
        assert "<metadata" not in html


def test_a_plot_is_small(forms):
    for _, found, _ in forms:
        assert len(json.dumps(found)) < 150_000
