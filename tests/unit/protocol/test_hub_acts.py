"""Acts of operators: one payload, several people, and nothing that one of them could do alone."""

from itertools import combinations

import pytest

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import ed25519_kid, sign
from protocol.errors import Code, Fault
from protocol.hub_acts import (
    ActKind,
    Drain,
    Ground,
    HubAct,
    Operators,
    Purge,
    Retention,
    Subject,
    encode_act,
    encode_signatures,
    parse_act,
    parse_signatures,
    sign_act,
    verify_act,
    verify_complete,
)
from protocol.ids import MessageId, Reference
from protocol.public_keys import identity_item
from tests.simulators.network import NETWORK, identity_of
from tests.simulators.refusal import refused

ANNA, BORIS, CVETA = sorted(
    (identity_of(f"operator {n}") for n in range(3)), key=lambda e: ed25519_kid(e.public.ed25519)
)
PEOPLE = (ANNA.public, BORIS.public)
SUBJECTS: tuple[Subject, ...] = (
    Operators((ANNA.public, BORIS.public, CVETA.public)),
    Retention(1_095, 90, 30),
    Purge((MessageId(b"a" * 32), MessageId(b"b" * 32))),
    Drain(on=True),
)


def act(subject: Subject = SUBJECTS[3], ground: Ground = Ground.MAINTENANCE) -> HubAct:
    return HubAct(subject, 1_790_000_000, Reference(b"r" * 16), ground)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: type(each).__name__)
def test_it_is_read_as_signed(subject: Subject) -> None:
    found = parse_act(sign_act(act(subject), ANNA, NETWORK))
    assert found.act == act(subject)
    assert verify_act(found, PEOPLE, NETWORK) == ed25519_kid(ANNA.public.ed25519)


def test_every_kind_is_among_them() -> None:
    assert {act(each).kind for each in SUBJECTS} == set(ActKind)


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        (9, True),
        (1, [identity_item(ANNA.public)]),
        (1, [identity_item(BORIS.public), identity_item(ANNA.public)]),
        (1, [identity_item(ANNA.public), identity_item(ANNA.public)]),
        (1, [identity_item(each.public) for each in (ANNA, BORIS)] * 5),
        (2, [0, 90, 90]),
        (2, [1_095, 90]),
        (2, [1_095, 90, 36_526]),
        (3, []),
        (3, [b"b" * 32, b"a" * 32]),
        (3, [b"a" * 31]),
        (4, 1),
    ],
)
def test_what_an_act_says_is_closed(kind: int, item: Item) -> None:
    payload = encode({1: kind, 2: 1, 3: b"r" * 16, 4: "maintenance", 5: item})
    with refused(Code.MALFORMED):
        parse_act(sign(ANNA, domains.HUB_ACT, NETWORK, payload))


@pytest.mark.parametrize("change", [{4: "a whim"}, {4: 7}, {3: b"r"}, {2: -1}])
def test_so_is_all_around_it(change: dict[int, Item]) -> None:
    fields = decode(encode_act(act()))
    assert isinstance(fields, dict)
    with refused(Code.MALFORMED):
        parse_act(sign(ANNA, domains.HUB_ACT, NETWORK, encode({**fields, **change})))


def test_a_stranger_counts_for_nothing() -> None:
    with refused(Code.UNKNOWN_KEY):
        verify_act(parse_act(sign_act(act(), CVETA, NETWORK)), PEOPLE, NETWORK)


def test_a_signature_of_another_network_or_object_is_none() -> None:
    with refused(Code.BAD_SIGNATURE):
        verify_act(parse_act(sign_act(act(), ANNA, b"o" * 16)), PEOPLE, NETWORK)
    with refused(Code.BAD_SIGNATURE):
        verify_act(parse_act(sign(ANNA, domains.STATEMENT, NETWORK, encode_act(act()))), PEOPLE, NETWORK)


def test_two_people_are_needed_even_where_a_rule_asks_for_one() -> None:
    alone, both = ([sign_act(act(), each, NETWORK) for each in people] for people in ((ANNA,), (BORIS, ANNA)))
    verify_complete(parse_signatures(encode_signatures(both)), PEOPLE, 2, NETWORK)
    with refused(Code.QUORUM):
        verify_complete(parse_signatures(encode_signatures(alone)), PEOPLE, 1, NETWORK)
    with refused(Code.QUORUM):
        verify_complete(parse_signatures(encode_signatures(both)), PEOPLE, 3, NETWORK)


def test_the_same_person_twice_is_one_person() -> None:
    with refused(Code.MALFORMED):
        parse_signatures(encode([sign_act(act(), ANNA, NETWORK) for _ in range(2)]))


def test_signatures_over_two_acts_never_meet() -> None:
    raws = [sign_act(act(), ANNA, NETWORK), sign_act(act(SUBJECTS[1]), BORIS, NETWORK)]
    for first, second in combinations(raws, 2):
        with refused(Code.MALFORMED):
            parse_signatures(encode([first, second]))


def test_a_fault_is_a_fault() -> None:
    with pytest.raises(Fault):
        parse_act(b"")
