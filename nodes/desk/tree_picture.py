"""The way from a message to the root of the log as boxes and lines, for a picture drawn by the server. Pure.

The root stands on top. On each level stands the entry's own way, and beside it the neighbour that the proof names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nodes.casework.proof_tree import Path, Span

WIDTH: Final = 400
BOX: Final = 184
HEIGHT: Final = 50
_ROW: Final = 86
_MARGIN: Final = 6
_GAP: Final = WIDTH - 2 * _MARGIN - 2 * BOX
_LEFT, _MIDDLE, _RIGHT = _MARGIN, (WIDTH - BOX) // 2, _MARGIN + BOX + _GAP


class Kind(StrEnum):
    """What a box stands for."""

    ENTRY = "entry"
    MADE = "made"
    NEIGHBOUR = "neighbour"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Box:
    """One hash: where its box stands, what it is, and which entries it covers."""

    x: int
    y: int
    kind: Kind
    hash: bytes
    span: Span


@dataclass(frozen=True, slots=True)
class Line:
    """From the middle of a box's top to the middle of the bottom of the one above."""

    x1: int
    y1: int
    x2: int
    y2: int
    own: bool  # on the entry's own way


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture; ``height`` fits its boxes."""

    boxes: Sequence[Box]
    lines: Sequence[Line]
    height: int


def draw(path: Path) -> Picture:
    """Return the picture of a way; a log of one entry is one box."""
    levels = len(path.steps)
    boxes, lines = [], []
    own, span = path.leaf, Span(path.index, path.index)
    for level, step in enumerate(path.steps):
        y = _MARGIN + (levels - level) * _ROW
        above = _column(path, level + 1)
        kind = Kind.ENTRY if level == 0 else Kind.MADE
        mine, other = (_RIGHT, _LEFT) if step.on_left else (_LEFT, _RIGHT)
        boxes += [Box(mine, y, kind, own, span), Box(other, y, Kind.NEIGHBOUR, step.neighbour, step.beside)]
        lines += [_line(mine, y, above, own=True), _line(other, y, above, own=False)]
        own, span = step.made, step.covers
    top = Box(_MIDDLE, _MARGIN, Kind.ROOT, own, span)
    return Picture((*boxes, top), tuple(lines), levels * _ROW + HEIGHT + 2 * _MARGIN)


def _column(path: Path, level: int) -> int:
    if level == len(path.steps):
        return _MIDDLE
    return _RIGHT if path.steps[level].on_left else _LEFT


def _line(x: int, y: int, above: int, *, own: bool) -> Line:
    return Line(x + BOX // 2, y, above + BOX // 2, y - _ROW + HEIGHT, own)
