"""Drawings of students, made safe to show: what may stay is listed, all else goes."""

import re
from collections.abc import Collection
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .bounds import DEEPEST, PICTURE, drawing_is_bounded

SVG = "http://www.w3.org/2000/svg"
_SHAPES = (
    "svg g defs title desc path rect circle ellipse line polyline polygon text tspan use symbol marker "
    "pattern clipPath linearGradient radialGradient stop image"
)
SHAPES = set(_SHAPES.split())
REFERENCE = re.compile(r"url\s*\(\s*(?!['\"]?#)", re.IGNORECASE)

register_namespace("", SVG)
register_namespace("xlink", "http://www.w3.org/1999/xlink")


def _may_stay(name: str, value: str) -> bool:
    name = name.rpartition("}")[2].lower()
    if name.startswith("on") or "\\" in value or REFERENCE.search(value):
        return False
    return name not in ("href", "src") or value.startswith("#") or bool(PICTURE.fullmatch(value))


def _is_shape(element: Element, leaves: Collection[str | None]) -> bool:
    """Whether an element may stay. What is used again must hold nothing: a drawing of thirty lines could
    show something a thousand million times."""
    if not isinstance(element.tag, str):
        return False
    name = element.tag.removeprefix(f"{{{SVG}}}")
    places = (value for key, value in element.items() if key.rpartition("}")[2] == "href")
    return name in SHAPES and (name != "use" or all(place.removeprefix("#") in leaves for place in places))


def _prune(element: Element, leaves: Collection[str | None], depth: int = 0) -> None:
    """Take away all that is not a shape, and the attributes that act or load; raises ValueError for what
    lies too deep."""
    if depth > DEEPEST:
        raise ValueError(depth)
    element.attrib = {name: value for name, value in element.items() if _may_stay(name, value)}
    for child in list(element):
        if _is_shape(child, leaves):
            _prune(child, leaves, depth + 1)
        else:
            element.remove(child)


def drawing(svg: str) -> str:
    """An SVG picture of shapes alone; "" if it is none."""
    if not drawing_is_bounded(svg):
        return ""
    try:
        root: Element = fromstring(svg)
        if root.tag != f"{{{SVG}}}svg":
            return ""
        _prune(root, {element.get("id") for element in root.iter() if not len(element)})
        return tostring(root, encoding="unicode")
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        return ""
