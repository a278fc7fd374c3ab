"""Texts that are slow to mark up or become long pages: what would take minutes is shown as written."""

import json

import pytest
from support.course import copy, grade, submit
from support.sample_class import NAME, RELEASE, answering, code_cell
from support.views import formgraders_view
from support.warm import nbgrader

from autograder.adapters.nbgrader.pages import highlight_code, markdown2html
from autograder.pages.bounds import AS_WRITTEN, CUT, LONGEST_MARKDOWN, ROOM, Room
from autograder.pages.drawings import SVG, drawing
from autograder.pages.outputs import NOT_SHOWN, disarm
from autograder.pages.sanitize import clean, code, markdown

HTML = {
    "deep": "<div>" * 150_000,
    "deep and closed": "<div>" * 400 + "</div>" * 400,
    "deep, with ends that end nothing": '<div title="</div>">' * 3_000,
    "bold that is never closed": "".join(f"<b title={n}><i>" for n in range(400)) + "<p>x" * 4_000,
    "a link that is never closed": f'<p><a href="https://x/{"x" * 1_900}">' + "<p>x" * 4_000,
    "long": "x" * (2 << 20),
}
MARKDOWN = {
    "bold that is never closed": "".join(f"<b title={n}>" for n in range(500)) + "<p>x\n" * 2_000,
    "formulas that are never closed": "\\\\(" * 6_600,
    "lists in lists": "<ul><li>" * 2_000,
}
CODE = {"blank lines": "\t\n" * 12_500, "long": "a = 1\n" * 10_000}


def picture(content):
    return f'<svg xmlns="{SVG}">{content}</svg>'


BOMB = '<g id="a0"><path d="M0 0"/></g>' + "".join(
    f'<g id="a{n + 1}"><use href="#a{n}"/><use href="#a{n}"/></g>' for n in range(30)
)
DRAWINGS = {
    "deep": picture("<g>" * 400 + "</g>" * 400),
    "many shapes": picture("<g/>" * 100_000),
    "long": picture(f'<path d="{"M0 0 " * 1_000_000}"/>'),
}


@pytest.mark.parametrize("kind", HTML)
def test_clean_shows_html_beyond_bounds_as_it_was_written(kind):
    shown = clean(HTML[kind])
    assert AS_WRITTEN in shown
    assert len(shown) < 1_000_000


@pytest.mark.parametrize("kind", MARKDOWN)
@pytest.mark.parametrize("filter_", [markdown, lambda source: markdown2html({}, source)])
def test_markdown_beyond_bounds_is_shown_as_it_was_written(kind, filter_):
    shown = filter_(MARKDOWN[kind])
    assert AS_WRITTEN in shown
    assert len(shown) < 10 * LONGEST_MARKDOWN


@pytest.mark.parametrize("kind", CODE)
def test_code_beyond_bounds_is_not_marked(kind):
    assert "<span" not in code(CODE[kind])
    assert "<span" not in highlight_code(CODE[kind])
    assert "<span" in code("a = 1\n\n\n\ndef f():\n" + 80 * " " + "return 1")


@pytest.mark.parametrize("kind", DRAWINGS)
def test_drawings_beyond_bounds_are_none(kind):
    assert drawing(DRAWINGS[kind]) == ""


def test_drawing_uses_again_only_what_holds_nothing():
    assert "use" not in drawing(picture(BOMB)).replace('use href="#a0"', "")
    marks = picture('<defs><path id="m" d="M0 0"/></defs><g id="axis"><use href="#m" x="1"/></g>')
    assert 'href="#m"' in drawing(marks)


def test_a_picture_that_is_attached_is_not_written_a_thousand_times():
    attached = {"a.png": {"image/png": "A" * (2 << 20)}}
    assert len(markdown("![a](attachment:a.png)\n\n" * 800, attached)) < 16 << 20
    assert "data:image/png" in markdown("![a](attachment:a.png)", attached)


def test_what_students_show_every_day_is_within_bounds():
    rows = "".join("<tr>" + "<td>1</td>" * 21 + "</tr>\n" for _ in range(61))
    assert "<td>1</td>" in clean(f"<table>{rows}</table>")
    assert "<code>" in markdown("`a` is **b**, $x$ too, see [c](https://d)\n\n" * 60)
    assert "data:image/png" in clean(f'<img src="data:image/png;base64,{"A" * (3 << 20)}">')


def test_room_of_a_page_is_for_all_its_cells():
    room = Room()
    assert room.cut("x" * (ROOM - 10)) == "x" * (ROOM - 10)
    assert room.cut("x" * 20) == "x" * 10 + CUT
    output = {"output_type": "display_data", "data": {"text/html": "<b>x</b>"}}
    assert disarm(output)["data"] == {"text/html": "<b>x</b>"}
    assert disarm(output, room)["data"] == {"text/plain": NOT_SHOWN.format(kinds="text/html")}


# Real pages

SHOW = "from IPython.display import HTML, Markdown, display"


def heavy():
    """A notebook with all of these, in cells and in what cells show."""
    notebook = answering({})(json.loads(RELEASE.read_text(encoding="utf-8")))
    texts = [*HTML.values(), *MARKDOWN.values()]
    notebook["cells"] += [
        {"cell_type": "markdown", "id": f"m{n}", "metadata": {}, "source": text[:90_000]}
        for n, text in enumerate(texts)
    ]
    sources = [SHOW, *(f"'''{text}'''" for text in CODE.values())]
    sources += ["display(HTML('<div>' * 150_000))", "display(HTML('<b><i>' * 50 + '<p>x' * 4_000))"] * 20
    notebook["cells"] += [code_cell(source) for source in sources]
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def course(released, tmp_path_factory):
    """A graded course with one submission that is as heavy as one can be."""
    course = copy(released, tmp_path_factory.mktemp("heavy") / "course")
    submit(course, "student-01", heavy())
    assert grade(course)[0] == 0
    return course


def test_feedback_on_a_heavy_notebook_is_a_page_like_others(course):
    assert nbgrader(course, course / "feedback.log", "generate_feedback", NAME) == 0
    path = course / "feedback" / "student-01" / NAME / f"{NAME}.html"
    page = path.read_text(encoding="utf-8")
    assert AS_WRITTEN in page
    assert len(page) < 10_000_000


def test_formgraders_view_of_a_heavy_notebook_is_a_page_like_others(course):
    page = formgraders_view(course, NAME, "student-01")
    assert AS_WRITTEN in page
    assert len(page) < 10_000_000
