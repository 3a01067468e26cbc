"""Accounts as their events make them."""

from dataclasses import replace

from nodes.people.acting import PersonId
from nodes.people.person import (
    PROPOSAL_S,
    Details,
    Kind,
    PersonEvent,
    PersonRecord,
    Standing,
    fold_people,
)
from nodes.people.roles import Permission, Role

ANA, BEN = PersonId("a" * 32), PersonId("b" * 32)
NEW = Details(
    name="Ana Petrova",
    sign_in="a.petrova",
    roles=frozenset({Role.DUTY_OFFICER}),
    units=("Skopje",),
    languages=("mk", "en"),
    language="mk",
    starts_at=10,
    ends_at=100,
)


def event(number: int, kind: Kind, details: Details | None = None, **changes: object) -> PersonEvent:
    made = PersonEvent(number=number, person=ANA, kind=kind, at=number, by=BEN, details=details or Details())
    return replace(made, **changes)  # type: ignore[arg-type]


def folded(*events: PersonEvent) -> PersonRecord:
    return fold_people(events)[ANA]


def test_an_invited_person_is_known_and_may_nothing() -> None:
    found = folded(event(1, Kind.INVITED, NEW))
    assert (found.name, found.sign_in, found.roles, found.units) == (NEW.name, NEW.sign_in, NEW.roles, NEW.units)
    assert (found.languages, found.language, found.starts_at, found.ends_at) == (NEW.languages, "mk", 10, 100)
    assert found.standing is Standing.INVITED
    assert found.acting(50) is None
    assert not found.may(Permission.RECEIVE, 50)


def test_a_person_is_in_force_within_the_times() -> None:
    found = folded(event(1, Kind.INVITED, NEW), event(2, Kind.JOINED))
    assert [found.is_in_force(now) for now in (9, 10, 99, 100)] == [False, True, True, False]
    assert found.may(Permission.RECEIVE, 10)
    assert not found.may(Permission.APPROVE, 10)
    acting = found.acting(10)
    assert acting is not None
    assert (acting.person, acting.name, acting.roles, acting.language) == (ANA, NEW.name, NEW.roles, "mk")
    endless = folded(event(1, Kind.INVITED, replace(NEW, ends_at=None)), event(2, Kind.JOINED))
    assert endless.is_in_force(10**12)


def test_each_kind_sets_what_it_is_for_and_nothing_else() -> None:
    start = (event(1, Kind.INVITED, NEW), event(2, Kind.JOINED))
    other = Details(
        name="Other", sign_in="other", roles=frozenset({Role.AUDITOR}), units=("x",), languages=("sq",), language="sq",
        starts_at=1, ends_at=2, reference="ff",
    )  # fmt: skip
    before = folded(*start)
    for kind, names in (
        (Kind.NAMED, {"name"}),
        (Kind.ROLES, {"roles"}),
        (Kind.PLACED, {"units", "languages"}),
        (Kind.TIMES, {"starts_at", "ends_at"}),
        (Kind.LANGUAGE, {"language"}),
        (Kind.BOUND, {"reference"}),
        (Kind.WAY_ADDED, set()),
        (Kind.WAY_REMOVED, set()),
    ):
        after = folded(*start, event(3, kind, other))
        changed = {
            name
            for name in PersonRecord.__dataclass_fields__
            if name != "events" and getattr(after, name) != getattr(before, name)
        }
        assert changed == names, kind
        assert len(after.events) == 3


def test_a_reset_lets_nobody_in_until_the_next_link_is_used() -> None:
    start = (event(1, Kind.INVITED, replace(NEW, ends_at=None)), event(2, Kind.JOINED), event(3, Kind.RESET))
    assert folded(*start).standing is Standing.INVITED
    assert folded(*start, event(4, Kind.JOINED)).is_in_force(50)


def test_what_has_ended_stays_ended() -> None:
    found = folded(
        event(1, Kind.INVITED, NEW), event(2, Kind.JOINED), event(3, Kind.ENDED), event(4, Kind.RESET),
        event(5, Kind.JOINED),
    )  # fmt: skip
    assert found.standing is Standing.ENDED
    assert not found.is_in_force(50)


def test_a_proposal_waits_until_it_is_done_dropped_or_lapsed() -> None:
    start = (event(1, Kind.INVITED, NEW), event(2, Kind.JOINED))
    asked = event(7, Kind.PROPOSED, Details(act=Kind.RESET), why="lost telephone")
    found = folded(*start, asked, event(8, Kind.PROPOSED, Details(act=Kind.ENDED)))
    assert [(each.number, each.kind, each.by, each.why) for each in found.waiting(8)] == [
        (7, Kind.RESET, BEN, "lost telephone"),
        (8, Kind.ENDED, BEN, ""),
    ]
    assert [each.number for each in found.waiting(7 + PROPOSAL_S)] == [8]
    assert found.standing is Standing.JOINED, "asking does nothing"
    dropped = folded(*start, asked, event(9, Kind.DROPPED, Details(about=7)))
    assert dropped.proposals == ()
    done = folded(*start, asked, event(9, Kind.RESET, Details(about=7)))
    assert done.proposals == ()
    assert done.standing is Standing.INVITED
    ended = folded(*start, asked, event(9, Kind.ENDED))
    assert ended.proposals == ()
    malformed = folded(*start, event(7, Kind.PROPOSED))
    assert malformed.proposals == (), "a proposal to do nothing is none"


def test_the_order_of_the_numbers_counts_and_nobody_is_mixed_up() -> None:
    other = PersonEvent(number=2, person=BEN, kind=Kind.INVITED, at=1, by=None, details=Details(name="Ben"))
    people = fold_people([event(3, Kind.NAMED, Details(name="Late")), event(1, Kind.INVITED, NEW), other])
    assert {each.id: each.name for each in people.values()} == {ANA: "Late", BEN: "Ben"}
