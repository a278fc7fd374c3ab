"""Draw the architecture from the imports: python docs/architecture.py [--check]

Each folder is a box on the diagonal, in the order of the layers. A row leads to what the folder imports, a
column comes from what imports it, and where the two meet stands the number of imports. All of them lie
above the diagonal as long as imports point down only; one that points up would be drawn below it, in red.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import grimp

PICTURE = Path(__file__).parent / "images" / "architecture.svg"
STALE = f"{PICTURE.name} is not what the imports make today: run 'make architecture'"
HOMELESS = "{module} belongs to no box of the picture: add its folder to LAYERS"
NUMBER = "{count} import{s} from {source} to {target}"

# The layers from the top down, and in each its boxes: a title, what it is for, and its modules.
LAYERS = (
    (
        ("commands", "the command line", ("autograder.__main__", "autograder.commands")),
        (
            "plugin · export · moodle",
            "the doors for nbgrader_config.py",
            ("autograder.plugin", "autograder.export", "autograder.moodle"),
        ),
    ),
    (("authoring", "an exercise made, and certified", ("autograder.authoring",)),),
    (
        ("adapters/nbgrader", "nbgrader's courses and gradebook", ("autograder.adapters.nbgrader",)),
        ("adapters/platforms", "archives in, grade sheets out", ("autograder.adapters",)),
    ),
    (("pages", "what people see, made from data", ("autograder.pages",)),),
    (("class_run", "many submissions, several at a time", ("autograder.class_run",)),),
    (("submission", "one submission, start to verdicts", ("autograder.submission",)),),
    (("exercises", "their gradients and mistakes", ("autograder.exercises",)),),
    (
        ("judging", "from answers to verdicts", ("autograder.judging",)),
        ("sandbox", "student processes, seen from outside", ("autograder.sandbox",)),
        ("sandbox/inside", "what runs in those processes", ("autograder.sandbox.inside",)),
        (
            "protocol · limits",
            "what crosses the boundary, and how much",
            ("autograder.sandbox.protocol", "autograder.sandbox.limits"),
        ),
    ),
    (("backprop_lab", "the student's side of an exercise", ("backprop_lab",)),),
)
BOXES = [box for layer in LAYERS for box in layer]

LEFT, TOP, STEP, ROW = 372, 30, 64, 46
EDGE, HEIGHT, DOT = 42, 30, 11  # a box ends so far to the right of its column
WIDTH = LEFT + STEP * (len(BOXES) - 1) + EDGE + 10
BOTTOM = TOP + ROW * (len(BOXES) - 1) + ROW // 2 + 6

STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
.paper { fill: #ffffff; } .band { fill: #f1f4f8; } .what { fill: #57606a; }
.line { stroke: #9aa7b5; stroke-width: 1.3; fill: none; } .head { fill: #9aa7b5; }
.box { fill: #dbeafe; stroke: #1d4ed8; stroke-width: 1.2; } .name { fill: #10254d; font-weight: 600; }
.dot { fill: #1d4ed8; } .count { fill: #ffffff; font-size: 11.5px; font-weight: 600; }
.up .dot { fill: #b91c1c; } .up .line { stroke: #b91c1c; }
.middle { text-anchor: middle; }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117; } .band { fill: #161b22; } .what { fill: #9da7b3; }
  .line { stroke: #56616e; } .head { fill: #56616e; }
  .box { fill: #14294d; stroke: #6ea8fe; } .name { fill: #e6edf8; }
  .dot { fill: #6ea8fe; } .count { fill: #06142e; }
  .up .dot { fill: #ff7b72; } .up .line { stroke: #ff7b72; }
}
"""


def box_of(module: str) -> int:
    """Return the place of the box that a module belongs to: the one with the longest matching name."""
    matches = [
        (len(prefix), place)
        for place, (_, _, prefixes) in enumerate(BOXES)
        for prefix in prefixes
        if module == prefix or module.startswith(f"{prefix}.")
    ]
    if not matches:
        sys.exit(HOMELESS.format(module=module))
    return max(matches)[1]


def imports() -> Counter[tuple[int, int]]:
    """Count the imports from each box to each other. (The package's own name and version are no box.)"""
    graph = grimp.build_graph("autograder", "backprop_lab", cache_dir=None)
    pairs = (
        (box_of(module), box_of(imported))
        for module in graph.modules - {"autograder"}
        for imported in graph.find_modules_directly_imported_by(module) - {"autograder"}
    )
    return Counter((one, other) for one, other in pairs if one != other)


def x(place: int) -> int:
    """Return the middle of a column."""
    return LEFT + STEP * place


def y(place: int) -> int:
    """Return the middle of a row."""
    return TOP + ROW * place


def bands() -> Iterator[str]:
    """Every second layer has a ground of its own."""
    place = 0
    for number, layer in enumerate(LAYERS):
        if number % 2 == 0:
            top, height = y(place) - ROW // 2, ROW * len(layer)
            yield f'<rect class="band" x="0" y="{top}" width="{WIDTH}" height="{height}" rx="6"/>'
        place += len(layer)


def lines(counts: Counter[tuple[int, int]]) -> Iterator[str]:
    """A line out of each box to the right, and one into each box from above."""
    for place in range(len(BOXES)):
        if targets := [target for source, target in counts if source == place < target]:
            yield f'<path class="line" d="M{x(place) + EDGE} {y(place)}H{x(max(targets))}"/>'
        if sources := [source for source, target in counts if source < place == target]:
            end = y(place) - HEIGHT // 2
            yield f'<path class="line" d="M{x(place)} {y(min(sources))}V{end - 5}"/>'
            yield f'<path class="head" d="M{x(place)} {end}l-5 -9h10z"/>'


def boxes() -> Iterator[str]:
    """The boxes on the diagonal; in the margin what each is for."""
    for place, (title, what, _) in enumerate(BOXES):
        width = max(2 * EDGE, 8 * len(title) + 26)
        left = x(place) + EDGE - width  # a long name grows to the left, where nothing is
        yield f'<text class="what" x="12" y="{y(place) + 4}">{what}</text>'
        size = f'y="{y(place) - HEIGHT // 2}" width="{width}" height="{HEIGHT}"'
        yield f'<rect class="box" x="{left}" {size} rx="7"/>'
        yield f'<text class="name middle" x="{left + width / 2:g}" y="{y(place) + 4}">{title}</text>'


def dots(counts: Counter[tuple[int, int]]) -> Iterator[str]:
    """The number of imports where a row and a column meet; red if it points up."""
    for (source, target), count in sorted(counts.items()):
        words = NUMBER.format(
            count=count, s="s" * (count != 1), source=BOXES[source][0], target=BOXES[target][0]
        )
        yield f'<g class="{"down" if source < target else "up"}"><title>{words}</title>'
        if source > target:
            way = f"M{x(source) - EDGE} {y(source)}H{x(target)}V{y(target) + HEIGHT // 2}"
            yield f'<path class="line" d="{way}"/>'
        yield f'<circle class="dot" cx="{x(target)}" cy="{y(source)}" r="{DOT}"/>'
        yield f'<text class="count middle" x="{x(target)}" y="{y(source) + 4}">{count}</text></g>'


def draw() -> str:
    """Return the picture as SVG."""
    counts = imports()
    up = sum(count for (source, target), count in counts.items() if source > target)
    words = f"{len(BOXES)} folders in {len(LAYERS)} layers; {counts.total()} imports, {up} of which point up."
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {BOTTOM}" role="img">'
    about = [f"<title>Architecture: {words}</title>", f"<style>{STYLE}</style>"]
    paper = f'<rect class="paper" width="{WIDTH}" height="{BOTTOM}"/>'
    return "\n".join([head, *about, paper, *bands(), *lines(counts), *boxes(), *dots(counts), "</svg>", ""])


def main() -> None:
    """Draw, or with --check say whether the picture is fresh."""
    if find_spec("backprop_lab") is None:
        sys.exit("install the package first: the picture is drawn from what is imported")
    picture = draw()
    if "--check" not in sys.argv:
        PICTURE.write_text(picture, encoding="utf-8")
    elif not PICTURE.is_file() or PICTURE.read_text(encoding="utf-8") != picture:
        sys.exit(STALE)


if __name__ == "__main__":
    main()
