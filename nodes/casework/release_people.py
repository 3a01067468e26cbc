"""Who can decide about a release: told to whoever asks, before it waits for nobody, and looked at when it leaves."""

from collections.abc import Sequence
from typing import Final

from nodes.casework.case_book import CaseBook
from nodes.people.acting import Acting
from nodes.people.people_book import PeopleBook
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from protocol.ids import Reference

NOBODY_APPROVES: Final = NotDone(
    "NOBODY_APPROVES",
    "Nobody else at this contact point may release it.",
    "Ask your administrator: a release needs a second person with the role of supervisor.",
)
NOBODY_KNOWS: Final = NotDone(
    "NOBODY_KNOWS",
    "The case is closed to a group, and nobody else in it may release this. No other supervisor sees that you ask.",
    "Add a supervisor to the case, or ask one to open it by broken glass: then it can be decided at once.",
)


async def still_approving(people: PeopleBook, now: int, keys: Sequence[Reference]) -> tuple[Reference, ...]:
    """Return those of the personal signing keys whose persons may approve now."""
    able = {each.reference for each in (await people.all()).values() if each.may(Permission.APPROVE, now)}
    return tuple(each for each in keys if each.hex() in able)


async def nobody_decides(
    cases: CaseBook, people: PeopleBook, now: int, asks: Acting, case: bytes | None
) -> NotDone | None:
    """Return why nobody could decide what a person asks about a case now; None where somebody can."""
    found = [each.acting(now) for each in (await people.all()).values()]
    others = [each for each in found if each is not None and each.person != asks.person]
    able = [each for each in others if each.may(Permission.APPROVE)]
    if not able:
        return NOBODY_APPROVES
    if case is None:
        return None
    for each in able:
        if await cases.line(await cases.scope(each), case) is not None:
            return None
    return NOBODY_KNOWS
