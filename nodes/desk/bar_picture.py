"""Bars with a scale, for a chart drawn by the server. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HEIGHT: Final = 190
_TOP: Final = 22
_BOTTOM: Final = 34
_LEFT: Final = 34
_STEPS: Final = (1, 2, 5)
_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its name below and its figure above."""

    x: int
    y: int
    width: int
    height: int
    name: str
    figure: int

    @property
    def middle(self) -> int:
        """Where its texts stand."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, the lines of the scale (height, figure), and the size of the picture."""

    bars: Sequence[Bar]
    scale: Sequence[tuple[int, int]]
    width: int
    height: int = HEIGHT
    left: int = _LEFT


def bars_of(figures: Sequence[tuple[str, int]], width: int = 480) -> Chart:
    """Return the chart of named figures, in their order; all zero is an empty scale."""
    step = _step(max((figure for _, figure in figures), default=0))
    top = step * _LINES
    room = HEIGHT - _TOP - _BOTTOM
    each = (width - _LEFT) // max(1, len(figures))
    bars = []
    for at, (name, figure) in enumerate(figures):
        height = figure * room // top
        x = _LEFT + at * each + each // 6
        bars.append(Bar(x, _TOP + room - height, each * 2 // 3, height, name, figure))
    scale = [(_TOP + room - line * room // _LINES, line * step) for line in range(_LINES + 1)]
    return Chart(bars, scale, width)


def _step(highest: int) -> int:
    """Return a round distance of scale lines, so that four of them hold the highest figure."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power * _LINES >= highest:
                return step * power
        power *= 10
