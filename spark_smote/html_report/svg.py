"""A matplotlib figure as SVG that stands inside a page, beside others."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.etree import ElementTree

from matplotlib.figure import Figure

__all__ = ["INK", "STYLE", "inline_svg"]

INK = "#010203"
"""The color that becomes the page's own text color, in light and in dark."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",          # text stays text: searchable, and in the page's own font
    "svg.hashsalt": "spark_smote",   # the same evaluation, the same page
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "text.color": INK,
    "text.parse_math": False,        # a "$" in a name is a "$"
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}  # fmt: skip
"""What a figure is drawn with."""

_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_LENGTHS = ("d", "x", "y", "transform")


def inline_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """Return a figure as an ``<svg>`` element whose ids all start with `name`.

    `title` and `description` are what a screen reader reads.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata=_NO_METADATA)
    root = ElementTree.fromstring(buffer.getvalue())
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {_local(key): value for key, value in element.attrib.items()}
    for parent in root.iter("defs"):
        for style in parent.findall("style"):  # it is for the whole page, and so in style.css
            parent.remove(style)
    _rename_ids(root, name)
    _shorten(root)
    for tag, text in (("desc", description), ("title", title)):
        element = ElementTree.Element(tag, id=f"{name}-{tag}")
        element.text = text
        root.insert(0, element)
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-desc"}
    return ElementTree.tostring(root, encoding="unicode")


def _local(name: str) -> str:
    """Return a name without its namespace: inside HTML, SVG has none."""
    return name.rpartition("}")[2]


def _rename_ids(root: ElementTree.Element, name: str) -> None:
    """Drop ids that nothing refers to, and number the others after `name`."""
    used = (
        target
        for element in root.iter()
        for value in element.attrib.values()
        for pair in re.findall(r"^#(.+)|url\(#(.+?)\)", value)
        for target in pair
        if target
    )
    names = {target: f"{name}-{i}" for i, target in enumerate(dict.fromkeys(used))}
    for element in root.iter():
        if (own := element.attrib.pop("id", None)) in names:
            element.set("id", names[own])
        for key, value in element.attrib.items():
            element.set(key, re.sub(r"(^|(?<=url\())#([^)]+)", lambda n: "#" + names[n[2]], value))


def _shorten(root: ElementTree.Element) -> None:
    """Round lengths to a tenth of a point, and write the style of equal marks once."""
    for element in root.iter():
        for key in _LENGTHS:
            if value := element.get(key):
                rounded = re.sub(r"-?\d+\.\d+", lambda n: f"{float(n[0]):.1f}", value)
                element.set(key, " ".join(rounded.split()))
        if style := element.get("style"):
            element.set("style", style.replace(INK, "currentColor"))
        element.text = (element.text or "").strip() or None
        element.tail = None
    for group in root.iter("g"):
        styles = {child.get("style", "") for child in group}
        if len(styles) == 1 and {child.tag for child in group} == {"use"}:
            group.set("style", styles.pop())
            for child in group:
                child.attrib.pop("style", None)
