"""The pages: feedback made by real nbgrader and formgrader's view, with nothing of a student's alive."""

import base64
import json
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from support.answers import PLAIN
from support.course import configure, copy, grade, gradebook_of, submit
from support.payloads import CELLS, HTML, MARK, MARKDOWN, SVG, TEX
from support.people import ESSAY, KINDS, edit_source, release_again
from support.sample_class import NAME, RELEASE, answering, cell_of, code_cell, hand_in
from support.views import formgraders_view
from support.warm import nbgrader

from autograder.exercises import find
from autograder.pages.drawings import drawing
from autograder.pages.outputs import disarm
from autograder.pages.sanitize import clean, markdown, tame
from exercise import EXERCISE

_ACTIVE = (
    "script iframe object embed form base link frame frameset applet input button video audio foreignobject "
    "animate set template noscript"
)
ACTIVE = set(_ACTIVE.split())
EVIL = "evil <b onmouseover=PWNED()>"  # also a name can be a payload
STUDENTS = {
    "student-01": "right, plainly",
    "student-02": "σ for σ′",
    "student-03": "unfinished",
    "student-04": "a slip in one step of backward",
    "student-05": "an empty file",
    "student-06": "a function that raises",
    "student-07": "test cells deleted",
}


class Page(HTMLParser):
    """What a browser's parser would find in a page: its tags, their attributes, and texts by tag."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self._open, self._all = [], [], {}, ["html"], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._open.append(tag)

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        self.texts.setdefault(self._open[-1] if self._open else "html", []).append(data)
        self._all.append(data)

    def text(self):
        return " ".join("".join(self._all).split())


def alive(page):
    """What of a student's payloads would act: marked attributes, scripts and styles."""
    found = [a for a in page.attributes if MARK in a[2] and a[1] not in ("title", "alt")]
    found += [(tag, text) for tag in ("script", "style") for text in page.texts.get(tag, []) if MARK in text]
    for tag, name, value in page.attributes:
        if value.startswith("data:image/svg+xml;base64,"):
            inner = Page(base64.b64decode(value.partition(",")[2]).decode())
            found += alive(inner) + [(tag, name, t) for t in inner.tags if t in ACTIVE]
    return found


def active(page):
    """The tags, handlers and addresses by which a page acts or loads."""
    tags = [tag for tag in page.tags if tag in ACTIVE]
    handlers_ = [name for _, name, _ in page.attributes if name.startswith("on")]
    loads = [v for _, name, v in page.attributes if name in ("src", "srcset", "data", "action", "background")]
    scripts = [v for _, _, v in page.attributes if "script:" in "".join(v.split()).lower()]
    return tags, handlers_, [v for v in loads if not v.startswith("data:image/")], scripts


# Made safe, piece by piece


@pytest.mark.parametrize("payload", HTML)
def test_html_is_cleaned(payload):
    page = Page(clean(payload))
    assert not alive(page)
    assert not any(active(page))


@pytest.mark.parametrize("payload", [*HTML, *MARKDOWN])
def test_markdown_is_cleaned(payload):
    page = Page(markdown(payload))
    assert not alive(page)
    assert not any(active(page))


@pytest.mark.parametrize("payload", [*HTML, *MARKDOWN])
def test_a_page_of_nbgraders_is_cleaned_too(payload):
    page = Page(markdown(payload, own=True))
    assert not alive(page)
    assert not any(active(page))


STATEMENT = """\
## A part

[to](#A-part) [data](data/x%20y.csv) ![figure](fig.png)

<div class="alert alert-info evil" id="page" style="position: fixed">a box</div>

<details><summary>a hint</summary>more</details>

| a |
|--:|
| 1 |
"""


def test_a_page_of_nbgraders_keeps_what_an_instructors_statement_has():
    html = markdown(STATEMENT, own=True)
    for kept in (
        'href="#user-content-A-part"', 'id="user-content-A-part"', 'href="data/x%20y.csv"', 'src="fig.png"',
        '<div class="alert alert-info">a box</div>', "<summary>a hint</summary>", 'style="text-align:right"',
    ):  # fmt: skip
        assert kept in html
    assert "fixed" not in html
    assert "src=" not in markdown(STATEMENT)


@pytest.mark.parametrize(
    "place", ["page.html", "../x.csv", "/x.csv", "//x.org/x.csv", "%2e%2e/x.csv", "x%2Fx.csv", "a:x.csv",
              "x.csv?a", "\\x.csv", "x.svg", "javascript:x.csv"]
)  # fmt: skip
def test_links_to_elsewhere_and_to_what_acts_go(place):
    assert "ref=" not in clean(f'<a href="{place}">x</a>', own=True)
    assert "src=" not in clean(f'<img src="{place}">', own=True)


@pytest.mark.parametrize("payload", SVG)
def test_drawings_are_pruned(payload):
    page = Page(drawing(payload))
    assert not alive(page)
    assert not any(active(page))


@pytest.mark.parametrize("payload", TEX)
def test_tex_sets_formulas_only(payload):
    for words in ("href", "class", "cssId", "style", "html", "require", "def", "mmlToken", "bbox"):
        assert f"\\{words}" not in tame(payload)


def test_what_is_harmless_stays():
    table = '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td colspan="2">1</td></tr></tbody></table>'
    assert clean(table) == table
    assert '<a href="https://example.org"' in markdown("[a](https://example.org)")
    assert "$\\frac{\\partial L}{\\partial z}$" in markdown("$\\frac{\\partial L}{\\partial z}$")
    assert "circle" in drawing('<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>')


@pytest.mark.parametrize("output", [{}, {"output_type": 3}, {"output_type": "display_data", "data": 7},
                                    {"output_type": "error", "traceback": None}])  # fmt: skip
def test_an_output_that_is_none_is_no_trouble(output):
    json.dumps(disarm(output))


# Real pages


def released():
    return json.loads(RELEASE.read_text(encoding="utf-8"))


def attacker():
    notebook = answering(PLAIN)(released())
    texts = [*HTML, *MARKDOWN, *(f"$${payload}$$" for payload in TEX)]
    notebook["cells"] += [
        {"cell_type": "markdown", "id": f"m{n}", "metadata": {}, "source": text}
        for n, text in enumerate(texts)
    ]
    notebook["cells"] += [code_cell(source) for source in CELLS]
    notebook["metadata"]["title"] = "<script>PWNED()</script>"
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def course(released, tmp_path_factory):
    """A graded course with feedback: an attacker, and students with and without mistakes."""
    course = copy(released, tmp_path_factory.mktemp("feedback") / "course")
    for student, label in STUDENTS.items():
        submit(course, student, hand_in(label))
    path = submit(course, EVIL, attacker())
    (path.parent / "PWNED.html").write_text("<script>PWNED()</script>")
    assert grade(course)[0] == 1  # one hand-in is empty
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_student(EVIL, first_name="<script>PWNED()</script>")
        notebook = gradebook.find_submission_notebook(NAME, NAME, "student-02")
        next(c for c in notebook.comments if c.name == "grad_g").manual_comment = "Look again at σ′."
        notebook = gradebook.find_submission_notebook(NAME, NAME, "student-06")
        next(g for g in notebook.grades if g.name == "test_grad_u").manual_score = 1.5
        gradebook.db.commit()
    assert nbgrader(course, course / "feedback.log", "generate_feedback", NAME) == 0
    return course


def page_of(course, student):
    path = course / "feedback" / student / NAME / f"{NAME}.html"
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("student", [*STUDENTS, EVIL])
def test_nothing_in_a_feedback_page_acts_or_loads(course, student):
    page = Page(page_of(course, student))
    assert not alive(page)
    assert not any(active(page))
    links = [v for tag, name, v in page.attributes if name in ("href", "xlink:href") and tag == "a"]
    assert all(link.startswith(("#", "http://", "https://", "mailto:")) for link in links)
    policy = [v for tag, name, v in page.attributes if (tag, name) == ("meta", "content") and "src" in v]
    assert "default-src 'none'" in policy[0]
    assert "script-src" not in policy[0]


def test_only_the_page_goes_with_it(course):
    found = {p.name for p in (course / "feedback" / EVIL).rglob("*") if p.is_file()}
    assert found == {f"{NAME}.html"}


def test_the_text_of_a_payload_is_shown_as_text(course):
    assert "<script>PWNED()</script>" in Page(page_of(course, EVIL)).text()


def test_nothing_of_a_student_acts_in_formgraders_view(course):
    harmless = Page(formgraders_view(course, NAME, "student-01"))
    attacked = Page(formgraders_view(course, NAME, EVIL, "<script>PWNED()</script>"))
    assert not alive(attacked)
    assert active(attacked) == active(harmless)  # formgrader's own
    assert "test_grad_z" in attacked.text()


def test_formgraders_view_without_our_configuration_would_be_alive(course):
    notebook = nbformat.read(course / "autograded" / EVIL / NAME / f"{NAME}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "attachment:" not in cell.source]
    html, _ = HTMLExporter().from_notebook_node(notebook)
    assert alive(Page(html))


# What the pages say


def secrets():
    """Lines of solutions and hidden tests, and words of the reference."""
    source = nbformat.read(RELEASE.parents[2] / "source" / NAME / f"{NAME}.ipynb", as_version=4)
    found = ["BEGIN SOLUTION", "HIDDEN TESTS", "sigma_prime", "autograder.", "from autograder import grade"]
    for cell in source.cells:
        if "### BEGIN SOLUTION" in cell.source:
            inside = cell.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            found += [line.strip() for line in inside.splitlines() if len(line.strip()) > 8]
    return found


@pytest.mark.parametrize("student", ["student-03", "student-05"])
def test_no_solution_no_hidden_test_and_no_reference_leaks(course, student):
    said = Page(page_of(course, student)).text()
    answers = " ".join(" ".join(PLAIN[q].split()) for q in ("grad_z", "grad_w", "grad_c"))  # of student-03
    for secret in secrets():
        if " ".join(secret.split()) not in answers:
            assert " ".join(secret.split()) not in said


@pytest.mark.parametrize("student", STUDENTS)
def test_no_page_shows_a_hidden_test(course, student):
    html = page_of(course, student)
    for words in ("HIDDEN TESTS", "from autograder", "BEGIN SOLUTION", str(course), "/site-packages/"):
        assert words not in html


def test_stock_grading_leaks_no_hidden_test_either(course, tmp_path):
    stock = copy(course, tmp_path / "stock")
    shutil.rmtree(stock / "feedback")
    (stock / "nbgrader_config.py").rename(stock / "kept.py")
    one = ("--student=student-02", "--force")
    assert nbgrader(stock, stock / "autograde.log", "autograde", NAME, *one) == 0
    (stock / "kept.py").rename(stock / "nbgrader_config.py")
    assert nbgrader(stock, stock / "feedback.log", "generate_feedback", NAME, *one) == 0
    html = page_of(stock, "student-02")
    assert "HIDDEN TESTS" not in html
    assert "from autograder" not in html
    assert "Is this the value of σ, or its slope?" in Page(html).text()


def test_each_question_has_its_points_and_its_reason(course):
    said = Page(page_of(course, "student-02")).text()
    hint = next(m.hint for m in find(NAME).mistakes if (m.question, m.name) == ("grad_g", "σ for σ′"))
    for words in (hint, "Look again at σ′.", "15.57 of 20 points", "0 of 4"):
        assert words in said, words


def test_what_is_not_graded_yet_is_no_zero(course):
    said = Page(page_of(course, "student-05")).text()
    assert "– of 20 points" in said
    assert f"{len(EXERCISE.asked)} of {len(EXERCISE.asked)} questions are not graded yet" in said
    assert "ask for it again" in said


def test_points_given_by_hand_count(course):
    said = Page(page_of(course, "student-06")).text()
    assert "1.5 of 3" in said
    assert "These points were given by the instructor." in said


def test_a_page_has_headings_in_order_a_language_and_descriptions(course):
    page = Page(page_of(course, "student-04"))
    levels = [int(tag[1]) for tag in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert ("html", "lang", "en") in page.attributes
    assert ("meta", "name", "viewport") in page.attributes
    pictures = page.tags.count("img")
    assert pictures == sum(tag == "img" and name == "alt" and bool(v) for tag, name, v in page.attributes)


def errors_of(html, gradient):
    """The relative errors that a page shows for a gradient: (central differences, complex step) each time."""
    cell = '<td class="number">([^<]+)</td>'
    found = re.findall(f'<th scope="row">{gradient}</th>{cell}{cell}', html)
    return [(float(central), float(step)) for central, step in found]


def test_the_gradient_check_of_an_answer_is_shown(course):
    right, wrong = (errors_of(page_of(course, student), "∂L/∂g") for student in ("student-01", "student-02"))
    assert len(right) == len(wrong) == 2  # of grad_g, and of backward
    assert all(central < 1e-6 and step < 1e-12 for central, step in right)
    assert all(central > 0.1 and step > 0.1 for central, step in wrong)


def test_a_student_cannot_write_praise_into_the_page(course, tmp_path):
    forged = "oops\\n    ∂L/∂z: \\n    ∂L/∂w: right"
    source = f"def backward(x, y, u, b, w, c):\n    raise ValueError('{forged}')"
    fresh = copy(course, tmp_path / "fresh")
    submit(fresh, "student-01", json.dumps(answering({**PLAIN, "backward": source})(released())))
    assert grade(fresh, "--student", "student-01")[0] == 0
    log = fresh / "again.log"
    assert nbgrader(fresh, log, "generate_feedback", NAME, "--force", "--student=student-01") == 0
    said = Page(page_of(fresh, "student-01")).text()
    assert "0 of 3" in said
    assert "Right: ∂L" not in said


# Formulas in free text


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"$\frac{\partial L}{\partial g}$", ["<mfrac>", "<mo>∂</mo>", "<mi>L</mi>"]),
        (r"$$w_j h_j(1-h_j)$$", ['display="block"', "<msub>"]),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", ["<mtable", "<mtr>"]),
    ],
)
def test_formulas_are_set_without_a_script_and_without_a_network(tex, parts):
    html = markdown(f"So it is {tex}.", formulas=True)
    assert [part for part in parts if part not in html] == []
    assert "$" not in html


@pytest.mark.parametrize("tex", ["{" * 3000, r"\frac" * 300, "x^" * 300, r"\left(" * 300, "x" * 19_000, "\\"])
def test_what_is_no_formula_is_shown_as_it_was_written(tex):
    assert "x" in markdown(f"x ${tex}$", formulas=True)


@pytest.mark.parametrize("payload", [*HTML, *MARKDOWN, *(f"${payload}$" for payload in (*HTML, *TEX))])
def test_formulas_hold_nothing_that_acts(payload):
    page = Page(markdown(payload, formulas=True))
    assert not alive(page)
    assert not any(active(page))


# A course with a header, and with free text


@pytest.fixture(scope="module")
def headed(released, tmp_path_factory):
    """A graded course that puts a header over its notebooks, with an essay that is left open."""
    course = copy(released, tmp_path_factory.mktemp("headed") / "course")
    configure(course, "c.IncludeHeaderFooter.header = 'header.ipynb'")
    cell = {"cell_type": "markdown", "id": "header", "metadata": {}, "source": "Rules of **this course**"}
    header = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (course / "header.ipynb").write_text(json.dumps(header))
    edit_source(course, *KINDS)
    assert release_again(course) == 0
    released = json.loads((course / "release" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    assert "Rules of" in released["cells"][0]["source"][0]
    submit(course, "student-01", json.dumps(released))
    cell_of(released, ESSAY)["source"] = r"Because $\frac{\partial L}{\partial z}$ is $2(z-y)$."
    submit(course, "student-02", json.dumps(released))
    assert grade(course)[0] == 1
    assert nbgrader(course, course / "feedback.log", "generate_feedback", NAME) == 0
    return course


@pytest.mark.parametrize("student", ["student-01", "student-02"])
def test_a_courses_header_is_not_the_students(headed, student):
    assert "Rules of" not in page_of(headed, student)
    executed = nbformat.read(headed / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)
    assert sum("Rules of" in cell.source for cell in executed.cells) == 1


def test_nbgraders_own_comment_is_not_from_the_instructor(headed):
    page = page_of(headed, "student-01")
    assert "No response." not in page
    assert "From the instructor" not in page


def test_a_free_text_has_its_formulas_set(headed):
    page = page_of(headed, "student-02")
    assert "<mfrac>" in page
    assert r"\frac" not in page


def test_a_course_with_a_header_can_be_released_again(headed):
    assert release_again(headed) == 0
    assert grade(headed)[1]["counts"] == {"waiting": 2}
