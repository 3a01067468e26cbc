"""Which holds are placed and lifted, and why others are not."""

import pytest

from nodes.casework.legal_hold import (
    ARTICLES,
    BAD_END,
    LONGEST_MONTHS,
    NO_AUTHORITY,
    NO_CODE,
    NO_HOLD,
    NO_WHY,
    Hold,
    HoldCode,
    Wanted,
    hold_faults,
    refuse_hold,
    refuse_lifting,
)
from nodes.people.refusals import LONG_REASON, NotDone
from policies.clocks.zones import months_later

NOW = 1_790_000_000
END = months_later(NOW, LONGEST_MONTHS)
COURT = "Higher Court in Vranje, K 12/26"


@pytest.mark.parametrize(
    ("code", "authority", "until", "refused"),
    [
        (HoldCode.EVIDENCE, COURT, END, None),
        (None, COURT, END, NO_CODE),
        (HoldCode.CLAIM, "  ", END, NO_AUTHORITY),
        (HoldCode.CLAIM, "x" * 2_001, END, NO_AUTHORITY),
        (HoldCode.CLAIM, COURT, None, BAD_END),
        (HoldCode.CLAIM, COURT, NOW, BAD_END),
        (HoldCode.CLAIM, COURT, END + 1, BAD_END),
    ],
)
def test_a_hold_names_its_code_its_authority_and_its_end(
    code: HoldCode | None, authority: str, until: int | None, refused: NotDone | None
) -> None:
    wanted = Wanted(bytes(16), code, authority, until)
    assert refuse_hold(wanted, NOW) is refused
    assert hold_faults(wanted, NOW) == (() if refused is None else (refused,))


def test_everything_that_is_missing_is_told_at_once() -> None:
    assert hold_faults(Wanted(bytes(16), None, "", None), NOW) == (NO_CODE, NO_AUTHORITY, BAD_END)


def test_a_hold_is_lifted_once_and_with_a_reason() -> None:
    hold = Hold(
        number=1, subject=bytes(16), code=HoldCode.EVIDENCE, placed_at=NOW, placed_by="p-1", expires_at=NOW + 10
    )
    assert [hold.stands(NOW + each) for each in (0, 9, 10)] == [True, True, False]
    assert refuse_lifting(hold, "The trial is over.", NOW) is None
    assert refuse_lifting(hold, " ", NOW) is NO_WHY
    assert refuse_lifting(hold, "x" * 2_001, NOW) is LONG_REASON
    assert refuse_lifting(hold, "The trial is over.", NOW + 10) is NO_HOLD
    assert refuse_lifting(None, "The trial is over.", NOW) is NO_HOLD


def test_every_code_has_its_article() -> None:
    assert set(ARTICLES) == set(HoldCode)
