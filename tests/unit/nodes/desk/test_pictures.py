"""Pictures that the server draws: nothing overlaps, nothing leaves its frame, and the figures are those given."""

from itertools import combinations, pairwise

import pytest

from nodes.casework.proof_tree import path_of
from nodes.desk.bar_picture import HEIGHT as CHART_HEIGHT
from nodes.desk.bar_picture import bars_of
from nodes.desk.tree_picture import BOX, HEIGHT, WIDTH, Box, Kind, draw
from protocol.evidence import Inclusion
from protocol.merkle import inclusion_proof, leaf_hash, root_from

LEAVES = [leaf_hash(bytes([number])) for number in range(20)]


def hash_at(level: int, index: int) -> bytes:
    return root_from(LEAVES[index << level : (index + 1) << level])


def apart(one: Box, other: Box) -> bool:
    return one.x + BOX <= other.x or other.x + BOX <= one.x or one.y + HEIGHT <= other.y or other.y + HEIGHT <= one.y


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (6, 7), (5, 9), (19, 20), (11, 20)])
def test_the_tree_fits_its_frame_and_every_line_ends_at_a_box(index: int, size: int) -> None:
    path = path_of(Inclusion(bytes([index]), index, size, inclusion_proof(index, size, hash_at)))
    picture = draw(path)
    steps = len(path.steps)
    assert len(picture.boxes) == 2 * steps + 1
    assert [each.kind for each in picture.boxes].count(Kind.NEIGHBOUR) == steps
    assert all(apart(one, other) for one, other in combinations(picture.boxes, 2))
    assert all(0 <= each.x <= WIDTH - BOX and 0 <= each.y <= picture.height - HEIGHT for each in picture.boxes)
    bottoms = {(each.x + BOX // 2, each.y + HEIGHT) for each in picture.boxes}
    tops = {(each.x + BOX // 2, each.y) for each in picture.boxes}
    assert all((line.x1, line.y1) in tops and (line.x2, line.y2) in bottoms for line in picture.lines)
    assert picture.boxes[-1].kind is Kind.ROOT
    assert picture.boxes[-1].hash == path.root


@pytest.mark.parametrize("figures", [[0] * 12, [1] + [0] * 11, [3, 0, 17, 250, 9], [1_000_000]])
def test_bars_are_as_high_as_their_figures_and_stand_beside_each_other(figures: list[int]) -> None:
    chart = bars_of([(str(at), figure) for at, figure in enumerate(figures)])
    assert [bar.figure for bar in chart.bars] == figures
    assert all(left.x + left.width <= right.x for left, right in pairwise(chart.bars))
    assert chart.bars[-1].x + chart.bars[-1].width <= chart.width
    zero = chart.scale[0][0]
    assert all(bar.y + bar.height == zero and 0 < bar.y <= zero < CHART_HEIGHT for bar in chart.bars)
    ordered = sorted(chart.bars, key=lambda bar: bar.figure)
    assert [bar.height for bar in ordered] == sorted(bar.height for bar in chart.bars)
    lines = [figure for _, figure in chart.scale]
    assert lines[0] == 0
    assert lines[-1] >= max(figures)
    assert len({b - a for a, b in pairwise(lines)}) == 1


def test_no_figures_are_an_empty_chart() -> None:
    assert bars_of([]).bars == []
