"""The computation graph as the notebook draws it."""

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.formatters import DisplayFormatter
from nbconvert import HTMLExporter

import exercise
from autograder.exercises import find, names
from autograder.pages.sanitize import clean
from backprop_lab import figure as figures_of_the_lab
from backprop_lab import progress
from backprop_lab.checking import numerical_gradients
from backprop_lab.graph import FACE, LINES, LOOKS, TEXT
from backprop_lab.graph import draw_graph as draw
from backprop_lab.layout import arrows
from backprop_lab.model import Exercise
from exercise import EXERCISE, check, draw_graph, example, forward, show_progress

LIGHT, DARK = ("#212121", "#ffffff"), ("#e0e0e0", "#111111")  # a page's text and paper
LETTER = 7.25  # pixels of a letter of 12 px


@pytest.fixture
def shown(monkeypatch):
    """The pictures that were shown, in order."""
    pictures = []
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(exercise._lab, "results", {})
    monkeypatch.setattr(progress, "show", pictures.append)
    return pictures


def tree(picture):
    return ElementTree.fromstring(picture.svg)


def texts(picture):
    return [t.text.replace("\N{NO-BREAK SPACE}", " ").strip() for t in tree(picture).iter("text")]


def everything(of):
    """The graph with all numbers, all gradients wrong."""
    values = of.forward(of.example())
    gradients, status = numerical_gradients(of, values), dict.fromkeys(of.quantities, "wrong")
    return draw(of, values, gradients, {**status, "backward": "wrong"})


def small(of):
    """The graph as a check shows it, for each question."""
    gradients = numerical_gradients(of, of.forward(of.example()))
    return [draw(of, {}, {q: gradients[q]}, {q: "wrong"}) for q in of.quantities]


ALL = [
    (name, picture)
    for name in names()
    for of in [find(name).public]
    for picture in (everything(of), *small(of))
]
EACH = pytest.mark.parametrize("picture", [p for _, p in ALL], ids=[n for n, _ in ALL])


def test_the_graph_shows_every_quantity_and_every_gradient():
    found = texts(draw_graph(forward(*example())))
    assert {"u", "x", "b", "w", "c", "y", "g = u x + b", "h = σ(g)", "z = w·h + c", "L = (z − y)²"} <= set(
        found
    )
    assert {f"○ ∂L/∂{q}" for q in "zwchgub"} <= set(found)


def test_the_loss_is_written_as_in_the_statement():
    assert "○ ∂ℰ/∂W" in texts(small(find("neural_network_batch").public)[0])
    assert "ℰ = 1/N Σ ℒ(z, y)" in texts(everything(find("neural_network_batch").public))


def test_right_wrong_and_open_differ_by_more_than_colour():
    signs, lines = {look.sign for look in LOOKS.values()}, {look.dashes for look in LOOKS.values()}
    assert len(signs) == len(lines) == len(LOOKS) == 3


# Colours


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def contrast(one, other):
    channels = [np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in (one, other)]
    bright, dim = sorted((c @ [0.2126, 0.7152, 0.0722] + 0.05 for c in channels), reverse=True)
    return bright / dim


@pytest.mark.parametrize(("ink", "paper"), [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_every_text_can_be_read_in_either_theme(look, ink, paper):
    tone, ink, paper = rgb(look.tone), rgb(ink), rgb(paper)
    text = TEXT / 100 * ink + (1 - TEXT / 100) * tone
    face = FACE / 100 * tone + (1 - FACE / 100) * paper
    hatched = LINES / 100 * tone + (1 - LINES / 100) * face
    assert contrast(text, hatched if look.hatched else face) >= 4.5
    assert contrast(tone, paper) >= 3  # of arrows and outlines


def test_all_colours_are_mixed_with_those_of_the_page():
    html = everything(EXERCISE).html()
    own = {look.tone for look in LOOKS.values()}
    assert set(re.findall(r"#[0-9a-f]{6}", html)) <= own
    assert "color:var(--jp-ui-font-color1)" in html  # without it: that of the text around
    for found in re.findall(r"<text[^>]*>", html):
        assert 'fill="currentColor"' in found


# Places


@EACH
def test_no_text_overlaps_another_or_leaves_the_paper(picture):
    svg = tree(picture)
    _, _, width, height = map(float, svg.get("viewBox").split())
    boxes = []
    for text in svg.iter("text"):
        x, y, half = float(text.get("x")), float(text.get("y")), LETTER * len(text.text) / 2
        boxes.append((text.text, x - half, y - 11, x + half, y + 3))
        assert (x - half >= 0, x + half <= width, y >= 11, y + 3 <= height) == (True,) * 4, text.text
    for (one, l1, t1, r1, b1), (other, l2, t2, r2, b2) in combinations(boxes, 2):
        assert l1 >= r2 or l2 >= r1 or t1 >= b2 - 1 or t2 >= b1 - 1, (one, other)


@EACH
def test_no_two_heads_of_arrows_collide(picture):
    heads = [
        np.array([point.split(",") for point in p.get("points").split()], float)
        for p in tree(picture).iter("polygon")
    ]
    for one, other in combinations(heads, 2):
        apart = (one.min(0) > other.max(0)) | (other.min(0) > one.max(0))
        assert apart.any()


def test_no_arrow_starts_where_another_ends():
    of = EXERCISE
    boxes = {
        n: SimpleNamespace(right=10, left=50, middle=m, height=54)
        for n, m in zip("whcz", (0, 60, 120, 60), strict=True)
    }
    found = list(arrows(of.graph[2], boxes, set("whc")))
    heights = sorted(a.y1 if a.back else a.y2 for a in found)
    assert min(np.diff(heights)) >= 9


def test_the_graph_takes_its_sizes_from_the_arrays():
    rng = np.random.default_rng(0)
    values = forward(rng.normal(size=2), 0.1, rng.normal(size=(4, 2)), *rng.normal(size=(2, 4)), 0.3)
    assert len(texts(draw_graph(values))) == len(texts(draw_graph(forward(*example())))) + 5


def test_without_a_layout_the_places_follow_from_the_graph():
    bare = Exercise("bare", EXERCISE.graph, EXERCISE.questions, EXERCISE.whole, EXERCISE.example)
    columns = {name: column for name, (column, _) in bare.places.items()}
    assert columns == {name: column for name, (column, _) in EXERCISE.places.items()}
    assert len(set(bare.places.values())) == len(bare.places)


# After a check


def test_a_check_shows_the_graph_in_small_with_what_was_just_answered(shown, notebook):
    functions = notebook()
    check("grad_z", functions["grad_z"])
    check("grad_w", lambda dL_dz, h: 2 * h)
    assert {"✓ ∂L/∂z", "0.819"} <= set(texts(shown[0]))
    assert {"✓ ∂L/∂z", "✗ ∂L/∂w", "○ ∂L/∂c", f"{2 * forward(*example())['h'][0]:.3f}"} <= set(texts(shown[1]))
    assert "0.819" not in texts(shown[1])  # it is in the picture of its own check
    assert not shown[1].caption


def test_a_wrong_value_stands_in_its_box(shown):
    check("grad_z", lambda z, y: z - y)
    assert {"✗ ∂L/∂z", "0.409"} <= set(texts(shown[0]))
    assert "∂L/∂z = 0.409." in shown[0].alt


def test_of_a_wrong_shape_the_shape_stands_in_the_box(shown):
    check("grad_u", lambda dL_dg, x: np.outer(x, dL_dg))
    assert {"✗ ∂L/∂u", "shape (2, 3)"} <= set(texts(shown[0]))


def test_an_open_question_draws_nothing(shown):
    def grad_z(z, y):
        raise NotImplementedError

    check("grad_z", grad_z)
    assert not shown


def test_the_end_of_a_run_shows_the_whole_graph(shown, notebook):
    functions = notebook()
    for question in EXERCISE.asked:
        check(question, functions[question])
    show_progress()
    assert "<b>7 of 7 gradients right.</b> <b>✓ backward, the whole pass.</b>" in shown[-1].caption
    assert {"0.819", "1.50", "z = w·h + c"} <= set(texts(shown[-1]))


@pytest.mark.parametrize("run_by", ["autograde", "validate"])
def test_nothing_is_drawn_when_nobody_looks(shown, monkeypatch, run_by, notebook, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", run_by)
    check("grad_z", notebook()["grad_z"])
    capsys.readouterr()
    show_progress()
    assert not shown
    assert not capsys.readouterr().out


# What a notebook gets


def test_the_graph_in_words():
    status = {"z": "right", "w": "right", "g": "wrong", "backward": "wrong"}
    words = draw_graph(forward(*example()), {"z": 0.8189}, status).alt
    assert words.startswith(
        "The computation graph: values flow forward to the loss L, and gradients flow back from it. "
        "2 of 7 gradients right. Right: ∂L/∂z, ∂L/∂w. Wrong: ∂L/∂g. Open: ∂L/∂c, ∂L/∂h, ∂L/∂u, ∂L/∂b. "
        "The whole backward pass is wrong. Values: x = (0.50, −1.20), y = 0.70, "
        "u = (0.40, −0.30; 1.10, 0.80; −0.60, 0.90), "
    )
    assert words.endswith("z = 1.11, L = 0.17. ∂L/∂z = 0.819.")


def test_a_notebook_gets_the_words_in_every_form():
    picture = draw_graph(forward(*example()))
    forms, _ = DisplayFormatter().format(picture)
    assert forms["text/plain"] == tree(picture).get("aria-label") == picture.alt
    assert f"<p>{picture.alt}</p>" in forms["text/html"]
    assert len(forms["text/html"]) < 16_000


def test_where_html_is_made_safe_the_words_remain():
    assert clean(draw_graph(forward(*example()), status={"z": "right"}).html()).startswith(
        "<figure><p>The computation graph: values"
    )
    assert "∂L/∂u</" not in clean(draw_graph(forward(*example())).html())


def test_a_check_in_a_notebook_publishes_one_picture(monkeypatch, notebook):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(exercise._lab, "results", {})
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(figures_of_the_lab, "shell", lambda: SimpleNamespace(display_pub=publisher))
    check("grad_z", notebook()["grad_z"])
    assert ["Right: ∂L/∂z" in o["data"]["text/html"] for o in publisher.outputs] == [True]


def test_without_ipython_and_matplotlib_the_words_of_the_check_remain(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import exercise\n"
        "exercise.check('grad_c', lambda d: d); print({'IPython', 'matplotlib'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(Path(exercise.__file__).parent)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout.splitlines()[1:] == ["So far 1 of 8 checks pass, worth 1 of 20 points.", "set()"]
    assert not ran.stderr


def test_a_page_made_of_a_notebook_keeps_the_picture():
    forms, metadata = draw_graph(forward(*example()))._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", forms, metadata=metadata)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert re.search(r'<svg [^>]*aria-label="The computation graph: values flow forward', page)
