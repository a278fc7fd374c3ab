"""A picture that brings its words along, for those who cannot see it.

A notebook asks an object for the forms that it can be shown in. These pictures are drawings within the page,
so they take its colours: JupyterLab's variables or, where there are none, the colour of the text around them.
Nothing of IPython is imported: its shell is used where it is running already.
"""

from html import escape
from typing import Any

from .nbgrader_mode import shell

# The last rule is for the words above a picture, which JupyterLab breaks anywhere on a narrow page.
# Where a notebook is not trusted, the page drops the style and the drawing, and keeps `hidden`: that leaves
# the words.
STYLE = """\
.lab-picture{margin:8px 0 0 var(--jp-code-padding,0);color:var(--jp-ui-font-color1)}
.lab-picture>p{display:none}
.lab-picture>div{display:block;overflow-x:auto;text-align:left}
.lab-picture svg{display:block;direction:ltr;width:100%;height:auto;margin:0 auto 0 0}
.lab-picture figcaption{font-size:90%;margin-top:4px}
.jp-OutputArea:has(.lab-picture) pre{word-break:normal;overflow-wrap:anywhere}"""
HTML = (
    '<figure class="lab-picture"><style>{style}</style><p>{alt}</p>'
    '<div hidden="hidden" tabindex="0" dir="{begins}">{svg}</div>{caption}</figure>'
)
CAPTION = "<figcaption>{caption}</figcaption>"


class Drawing:
    """An SVG drawing with `alt`, its content in words, and the HTML of a `caption`.

    `begins` says which end is seen first on a page that is too narrow: the left one, or with "rtl" the right.
    """

    def __init__(self, svg: str, alt: str, caption: str = "", begins: str = "ltr") -> None:
        self.svg, self.alt, self.caption, self.begins = svg, alt, caption, begins

    def html(self) -> str:
        """The drawing as a part of a page."""
        caption = CAPTION.format(caption=self.caption) if self.caption else ""
        words = escape(self.alt)
        return HTML.format(style=STYLE, alt=words, svg=self.svg, begins=self.begins, caption=caption)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """For a notebook: a drawing in a browser, words elsewhere."""
        return {"text/html": self.html(), "text/plain": self.alt}, {}


def show(picture: Any) -> None:
    """Put a picture into the notebook; outside of one there is nowhere to put it."""
    if notebook := shell():
        notebook.display_pub.publish(*picture._repr_mimebundle_())
