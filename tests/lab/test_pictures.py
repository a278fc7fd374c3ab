"""The computation graph and the two plots at the end."""

import base64
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.formatters import DisplayFormatter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from nbconvert import HTMLExporter
from support.answers import PLAIN

import exercise
import training
from backprop_lab import figure as figures_of_the_lab
from backprop_lab.checking import numerical_gradients
from backprop_lab.graph import LOOKS
from backprop_lab.model import Exercise
from exercise import EXERCISE, check, draw_graph, example, forward
from training import show_step_error, show_training


@pytest.fixture
def shown(monkeypatch):
    """The figures that were shown, in order."""
    figures = []
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(exercise._lab, "results", {})
    monkeypatch.setattr(figures_of_the_lab, "show", figures.append)
    monkeypatch.setattr(training, "show", figures.append)
    return figures


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in ax.texts]


def boxes_of_texts(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    return [(t.get_text(), t.get_window_extent(renderer)) for ax in figure.axes for t in ax.texts]


def test_the_graph_shows_every_quantity_and_every_gradient():
    figure = draw_graph(forward(*example()))
    found = texts(figure)
    assert set("uxbgwhczyL") <= set(found)
    assert {f"○ ∂L/∂{q}" for q in "zwchgub"} <= set(found)
    assert "0 of 7 gradients right" in found


def test_right_wrong_and_open_differ_by_more_than_colour():
    signs = {look.sign for look in LOOKS.values()}
    lines = {str(look.line) for look in LOOKS.values()}
    assert len(signs) == len(lines) == len(LOOKS) == 3


def luminance(colour):
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_the_text_of_a_gradient_can_be_read(look):
    light, dark = luminance(look.face) + 0.05, luminance(look.edge) + 0.05
    assert light / dark >= 4.0


def test_the_graph_lights_up_with_each_check(shown, notebook):
    names = notebook()
    check("grad_z", names["grad_z"])
    check("grad_w", lambda dL_dz, h: h)
    assert "✓ ∂L/∂z" in texts(shown[0])
    assert {"✓ ∂L/∂z", "✗ ∂L/∂w", "○ ∂L/∂c", "1 of 7 gradients right"} <= set(texts(shown[1]))
    assert " 0.819" in texts(shown[1])


def test_the_whole_backward_pass_has_its_own_mark(shown, notebook):
    check("backward", notebook()["backward"])
    check("backward", lambda *a: {})
    assert {"✓ backward, the whole pass", "0 of 7 gradients right"} <= set(texts(shown[0]))
    assert "✗ backward, the whole pass" in texts(shown[1])


def test_an_open_question_draws_nothing(shown):
    def grad_z(z, y):
        raise NotImplementedError

    check("grad_z", grad_z)
    assert not shown


@pytest.mark.parametrize("run_by", ["autograde", "validate"])
def test_nothing_is_drawn_when_nobody_looks(shown, monkeypatch, run_by, notebook):
    monkeypatch.setenv("NBGRADER_EXECUTION", run_by)
    check("grad_z", notebook()["grad_z"])
    show_training(notebook()["backward"])
    show_step_error()
    assert not shown


@pytest.mark.parametrize("large", [1.0, -12.345])
def test_no_text_of_the_graph_overlaps_or_leaves_the_paper(large):
    x, y, u, b, w, c = example()
    values = forward(x * large, y, u * large, b, w * large, c)
    figure = draw_graph(
        values, numerical_gradients(EXERCISE, values), dict.fromkeys(["backward", *"zwchgub"], "wrong")
    )
    boxes = boxes_of_texts(figure)
    for i, (text, box) in enumerate(boxes):
        assert box.x0 >= 0, text
        assert box.x1 <= figure.get_figwidth() * figure.dpi, text
        assert box.y0 >= 0, text
        assert box.y1 <= figure.get_figheight() * figure.dpi, text
        for other, other_box in boxes[i + 1 :]:
            assert not box.overlaps(other_box), (text, other)


def test_the_graph_takes_its_sizes_from_the_arrays():
    rng = np.random.default_rng(0)
    values = forward(rng.normal(size=2), 0.1, rng.normal(size=(4, 2)), *rng.normal(size=(2, 4)), 0.3)
    assert len(draw_graph(values).axes) == 1


def test_without_a_layout_the_places_follow_from_the_graph():
    bare = Exercise("bare", EXERCISE.graph, EXERCISE.questions, EXERCISE.whole, EXERCISE.example)
    columns = {name: column for name, (column, _) in bare.places.items()}
    assert columns == {name: column for name, (column, _) in EXERCISE.places.items()}
    assert len(set(bare.places.values())) == len(bare.places)


def test_training_waits_for_backward(shown, capsys):
    show_training(lambda *a: {})
    assert capsys.readouterr().out == training.WAITING + "\n"
    assert not shown


def test_training_learns_with_the_students_backward(shown, notebook, capsys):
    show_training(notebook()["backward"])
    said = capsys.readouterr().out
    assert said.startswith("After 400 passes over the four examples the mean loss went from")
    titles = [ax.get_title() for ax in shown[0].axes[:2]]
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


# What a notebook gets


def test_the_graph_in_words():
    status = {"z": "right", "w": "right", "g": "wrong", "backward": "wrong"}
    assert draw_graph(forward(*example()), status=status).alt == (
        "The computation graph: values flow forward to the loss L, and gradients flow back from it. "
        "2 of 7 gradients right. Right: ∂L/∂z, ∂L/∂w. Wrong: ∂L/∂g. Open: ∂L/∂c, ∂L/∂h, ∂L/∂u, ∂L/∂b. "
        "The whole backward pass is wrong."
    )


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


def alternative(html):
    image = ElementTree.fromstring(html.replace('">', '"/>'))
    data = base64.b64decode(image.get("src").removeprefix("data:image/svg+xml;base64,"))
    assert ElementTree.fromstring(data).tag.endswith("svg")
    return image.get("alt")


def test_a_notebook_gets_the_words_in_every_form():
    picture = draw_graph(forward(*example()))
    picture.alt = '"<a> & b'
    forms, metadata = DisplayFormatter().format(picture)
    assert (
        alternative(forms["text/html"]) == forms["text/plain"] == metadata["image/png"]["alt"] == picture.alt
    )
    assert base64.b64decode(forms["image/png"]).startswith(b"\x89PNG")


def test_a_check_in_a_notebook_publishes_one_picture(monkeypatch, notebook):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(exercise._lab, "results", {})
    before, publisher = plt.get_fignums(), CapturingDisplayPublisher()
    monkeypatch.setattr(figures_of_the_lab, "shell", lambda: SimpleNamespace(display_pub=publisher))
    check("grad_z", notebook()["grad_z"])
    assert ["Right: ∂L/∂z" in alternative(o["data"]["text/html"]) for o in publisher.outputs] == [True]
    assert plt.get_fignums() == before


def test_without_ipython_the_words_of_the_check_remain(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import exercise\n"
        "exercise.check('grad_c', lambda d: d); print('IPython' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(Path(exercise.__file__).parent)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout.splitlines()[1:] == ["So far 1 of 8 checks pass, worth 1 of 20 points.", "False"]
    assert not ran.stderr


def test_a_page_made_of_a_notebook_keeps_the_words():
    forms, metadata = draw_graph(forward(*example()))._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", forms, metadata=metadata)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert '<img alt="The computation graph: values flow forward' in page


# Knobs


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
