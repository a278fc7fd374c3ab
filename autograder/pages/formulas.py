"""TeX as MathML, which browsers set without a script and without a network."""

from functools import lru_cache
from html import escape

from latex2mathml.converter import convert

LONGEST = 2_000  # characters; a formula that is longer is shown as it was written
# Environments that the converter knows by another name.
SYNONYMS = {"aligned": "align*", "gathered": "align*", "equation": "align*", "equation*": "align*"}

_TAGS = (
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms "
    "mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover"
)
TAGS = set(_TAGS.split())
ATTRIBUTES = {
    "math": {"display"},
    "mi": {"mathvariant"},
    "mo": {"fence", "form", "stretchy"},
    "mspace": {"linebreak", "width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"columnalign", "columnspacing", "rowspacing"},
    "mtd": {"columnalign"},
}


def _as_written(tex: str) -> str:
    return f"<code>{escape(tex)}</code>"


@lru_cache(maxsize=1024)
def mathml(tex: str, display: bool) -> str:
    """A formula as MathML, on a line of its own or not; what is no formula as it was written. It still has to
    be cleaned: TeX may hold markup."""
    if len(tex) > LONGEST:
        return _as_written(tex)
    for name, known in SYNONYMS.items():
        tex = tex.replace(f"{{{name}}}", f"{{{known}}}")
    try:
        return str(convert(tex, display="block" if display else "inline"))
    except Exception:  # whatever the converter makes of what is no TeX
        return _as_written(tex)
