"""The rules of accounts: who may change what, what is refused, and what two persons do together."""

from dataclasses import replace

import pytest

from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.changes import (
    CHANGES,
    Change,
    may_keep,
    needs_second,
    newcomer_faults,
    refuse_change,
    refuse_confirmation,
    refuse_newcomer,
    sign_in_key,
)
from nodes.people.person import PROPOSAL_S, Details, Kind, PersonEvent, PersonRecord, Proposal, Standing
from nodes.people.refusals import NotDone
from nodes.people.roles import Role

ADA, BEN, EVA, OLD = (PersonId(letter * 32) for letter in "abef")
NOW = 1_000
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})


def person(identifier: PersonId, *roles: Role, **changes: object) -> PersonRecord:
    name = {ADA: "Ada", BEN: "Ben", EVA: "Eva", OLD: "Old"}[identifier]
    made = PersonRecord(
        id=identifier, name=name, sign_in=name.lower(), roles=frozenset(roles), standing=Standing.JOINED
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def people(*records: PersonRecord) -> dict[PersonId, PersonRecord]:
    return {each.id: each for each in records}


HERE = people(
    person(ADA, Role.ADMINISTRATOR),
    person(BEN, Role.SUPERVISOR),
    person(EVA, Role.DUTY_OFFICER, standing=Standing.INVITED),
    person(OLD, Role.DUTY_OFFICER, standing=Standing.ENDED, reference="aa"),
)


def change(who: PersonId, kind: Kind, why: str = "because", **details: object) -> Change:
    return Change(who, kind, why, Details(**details))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, None),
        ({"name": " "}, refusals.NO_NAME),
        ({"name": "x" * 201}, refusals.NO_NAME),
        ({"sign_in": "ab"}, refusals.NO_SIGN_IN),
        ({"sign_in": "with blank"}, refusals.NO_SIGN_IN),
        ({"sign_in": "BEN"}, refusals.SIGN_IN_TAKEN),
        ({"sign_in": "\uff42\uff45\uff4e"}, refusals.SIGN_IN_TAKEN),
        ({"sign_in": "old"}, None),
        ({"sign_in": "м.петрова"}, None),
        ({"roles": frozenset()}, refusals.NO_ROLES),
        ({"roles": frozenset({Role.ADMINISTRATOR, Role.AUDITOR})}, refusals.NOT_SEPARABLE),
        ({"roles": frozenset({Role.INVESTIGATOR, Role.CASE_OFFICER})}, refusals.NOT_SEPARABLE),
        ({"starts_at": 5, "ends_at": 5}, refusals.BAD_TIMES),
        ({"starts_at": 5, "ends_at": 6}, None),
    ],
)
def test_a_newcomer_has_a_name_an_own_sign_in_name_and_roles_that_go_together(
    changes: dict[str, object], refused: NotDone | None
) -> None:
    new = Details(name="New", sign_in="n.new", roles=frozenset({Role.DUTY_OFFICER}))
    assert refuse_newcomer(HERE, replace(new, **changes)) == refused  # type: ignore[arg-type]


def test_everything_that_is_wrong_with_a_newcomer_is_told_at_once() -> None:
    found = newcomer_faults(HERE, Details(sign_in="a b", starts_at=2, ends_at=1))
    assert [each.field for each in found] == ["name", "sign_in", "roles", "ends_at"]


def test_a_sign_in_name_has_one_spelling() -> None:
    assert sign_in_key("  M.Petrova ") == sign_in_key("\uff4d.petrova") == "m.petrova"


def test_only_an_administrator_in_force_or_the_console_keeps_accounts() -> None:
    assert may_keep(HERE, None, NOW)
    assert may_keep(HERE, ADA, NOW)
    assert not may_keep(HERE, BEN, NOW)
    assert not may_keep(HERE, PersonId("unknown"), NOW)
    assert not may_keep(people(person(ADA, Role.ADMINISTRATOR, ends_at=NOW)), ADA, NOW)


@pytest.mark.parametrize(
    ("wanted", "by", "refused"),
    [
        (change(BEN, Kind.NAMED, name="Benjamin"), BEN, refusals.NOT_YOURS),
        (change(BEN, Kind.NAMED, name="Benjamin"), ADA, None),
        (change(BEN, Kind.NAMED, name=""), ADA, refusals.NO_NAME),
        (change(BEN, Kind.NAMED, why=" ", name="Benjamin"), ADA, refusals.NO_REASON),
        (change(BEN, Kind.NAMED, why="x" * 2_001, name="Benjamin"), ADA, refusals.LONG_REASON),
        (change(PersonId("?"), Kind.NAMED, name="x"), ADA, refusals.UNKNOWN_PERSON),
        (change(PersonId("?"), Kind.LANGUAGE, language="mk"), PersonId("?"), refusals.NOT_YOURS),
        (change(OLD, Kind.NAMED, name="x"), ADA, refusals.ENDED_BEFORE),
        (change(BEN, Kind.LANGUAGE, why="", language="mk"), BEN, None),
        (change(BEN, Kind.LANGUAGE, language="mk"), EVA, refusals.NOT_YOURS),
        (change(BEN, Kind.ROLES, roles=frozenset()), ADA, refusals.NO_ROLES),
        (change(BEN, Kind.ROLES, roles=ADMINISTRATORS | {Role.SUPERVISOR}), ADA, refusals.NOT_SEPARABLE),
        (change(ADA, Kind.ROLES, roles=ADMINISTRATORS | {Role.DIRECTORY_EDITOR}), ADA, refusals.OWN_ROLE),
        (change(ADA, Kind.ROLES, roles=ADMINISTRATORS | {Role.DIRECTORY_EDITOR}), None, None),
        (change(BEN, Kind.TIMES, starts_at=3, ends_at=2), ADA, refusals.BAD_TIMES),
        (change(BEN, Kind.TIMES, starts_at=3, ends_at=None), ADA, None),
        (change(BEN, Kind.RESET), ADA, None),
        (change(EVA, Kind.RESET), ADA, refusals.NOT_JOINED),
        (change(BEN, Kind.BOUND, reference="aa"), ADA, None),
        (change(BEN, Kind.BOUND, reference=""), ADA, None),
        (change(BEN, Kind.PLACED, units=("Skopje",)), ADA, None),
        (change(EVA, Kind.ENDED), ADA, None),
    ],
)
def test_what_may_be_changed_by_whom(wanted: Change, by: PersonId | None, refused: NotDone | None) -> None:
    assert refuse_change(HERE, wanted, by, NOW) == refused


@pytest.mark.parametrize("kind", sorted(set(Kind) - CHANGES))
def test_nobody_joins_or_is_invited_by_a_change(kind: Kind) -> None:
    with pytest.raises(ValueError, match="is no change"):
        refuse_change(HERE, change(BEN, kind), None, NOW)


def test_one_signing_key_belongs_to_one_person() -> None:
    bound = {**HERE, BEN: replace(HERE[BEN], reference="cc")}
    assert refuse_change(bound, change(EVA, Kind.BOUND, reference="cc"), ADA, NOW) == refusals.KEY_TAKEN
    assert refuse_change(bound, change(BEN, Kind.BOUND, reference="cc"), ADA, NOW) is None


@pytest.mark.parametrize(
    "wanted",
    [
        change(ADA, Kind.ENDED),
        change(ADA, Kind.RESET),
        change(ADA, Kind.ROLES, roles=frozenset({Role.AUDITOR})),
        change(ADA, Kind.TIMES, ends_at=NOW + 86_400),
        change(ADA, Kind.TIMES, starts_at=NOW + 1),
    ],
)
def test_one_administrator_without_an_end_remains(wanted: Change) -> None:
    assert refuse_change(HERE, wanted, None, NOW) == refusals.LAST_ADMINISTRATOR
    two = {**HERE, BEN: person(BEN, Role.ADMINISTRATOR)}
    assert refuse_change(two, wanted, None, NOW) is None
    passing = {**HERE, BEN: person(BEN, Role.ADMINISTRATOR, ends_at=NOW + 9)}
    assert refuse_change(passing, wanted, None, NOW) == refusals.LAST_ADMINISTRATOR


def test_without_any_administrator_the_console_can_still_act() -> None:
    nobody = people(person(BEN, Role.SUPERVISOR))
    assert refuse_change(nobody, change(BEN, Kind.ENDED), None, NOW) is None


@pytest.mark.parametrize(
    ("wanted", "second"),
    [
        (change(ADA, Kind.ENDED), True),
        (change(ADA, Kind.RESET), True),
        (change(ADA, Kind.ROLES, roles=frozenset({Role.AUDITOR})), True),
        (change(ADA, Kind.ROLES, roles=ADMINISTRATORS), False),
        (change(ADA, Kind.TIMES, ends_at=5), True),
        (change(ADA, Kind.TIMES, starts_at=5), True),
        (change(ADA, Kind.TIMES), False),
        (change(ADA, Kind.NAMED, name="x"), False),
        (change(BEN, Kind.ENDED), False),
        (change(BEN, Kind.RESET), True),
        (change(EVA, Kind.ENDED), False),
    ],
)
def test_removing_an_administrator_and_resetting_anybody_takes_two(wanted: Change, second: bool) -> None:
    assert needs_second(HERE, wanted) is second


def test_whoever_made_the_link_of_somebody_is_no_second_person_beside_him_for_a_week() -> None:
    def joined(identifier: PersonId, link_by: PersonId | None, at: int = NOW) -> PersonRecord:
        details = Details(link_by=link_by)
        event = PersonEvent(number=1, person=identifier, kind=Kind.JOINED, at=at, by=identifier, details=details)
        return person(identifier, Role.ADMINISTRATOR, events=(event,))

    proposal = Proposal(7, Kind.RESET, Details(), ADA, NOW, "lost")
    chain = people(joined(ADA, None, 0), joined(BEN, ADA), joined(EVA, BEN), joined(OLD, None))
    for by in (BEN, EVA):
        assert refuse_confirmation(chain, proposal, by, NOW) == refusals.NEW_ACCOUNT
        assert refuse_confirmation(chain, replace(proposal, by=by), ADA, NOW) == refusals.NEW_ACCOUNT
    assert refuse_confirmation(chain, proposal, OLD, NOW) is None
    assert refuse_confirmation(chain, proposal, None, NOW) is None
    around = people(joined(ADA, BEN), joined(BEN, ADA))
    assert refuse_confirmation(around, proposal, BEN, NOW) == refusals.NEW_ACCOUNT
    late = replace(proposal, at=NOW + PROPOSAL_S)
    assert refuse_confirmation(chain, late, BEN, NOW + PROPOSAL_S) is None


def test_the_second_person_is_another_one_and_in_time() -> None:
    proposal = Proposal(7, Kind.RESET, Details(), ADA, NOW, "lost")
    two = {**HERE, EVA: person(EVA, Role.ADMINISTRATOR)}
    assert refuse_confirmation(two, proposal, EVA, NOW) is None
    assert refuse_confirmation(two, proposal, None, NOW) is None
    assert refuse_confirmation(two, proposal, ADA, NOW) == refusals.SAME_PERSON
    assert refuse_confirmation(two, proposal, BEN, NOW) == refusals.NOT_YOURS
    assert refuse_confirmation(two, proposal, EVA, NOW + PROPOSAL_S) == refusals.NO_PROPOSAL
    assert refuse_confirmation(two, None, EVA, NOW) == refusals.NO_PROPOSAL
    assert refuse_confirmation(two, replace(proposal, by=None), None, NOW) == refusals.SAME_PERSON


@pytest.mark.parametrize(
    ("times", "refused"),
    [
        ({"starts_at": 10, "ends_at": 90}, None),
        ({"starts_at": 20, "ends_at": 80}, None),
        ({"starts_at": 10, "ends_at": 91}, refusals.OWN_ROLE.at("ends_at")),
        ({"starts_at": 10}, refusals.OWN_ROLE.at("ends_at")),
        ({"starts_at": 9, "ends_at": 90}, refusals.OWN_ROLE.at("ends_at")),
    ],
)
def test_nobody_prolongs_his_own_account(times: dict[str, int], refused: NotDone | None) -> None:
    own = person(BEN, Role.ADMINISTRATOR, starts_at=10, ends_at=90)
    here = people(person(ADA, Role.ADMINISTRATOR), own)
    assert refuse_change(here, change(BEN, Kind.TIMES, **times), BEN, 50) == refused
    assert refuse_change(here, change(BEN, Kind.TIMES, **times), ADA, 50) is None
