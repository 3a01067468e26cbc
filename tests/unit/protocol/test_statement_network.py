"""Statements about the network: every body reads back, and every field is held to its rule."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from protocol.cbor import Item
from protocol.errors import Code
from protocol.ids import Channel, NodeId, StatementId
from protocol.statement_network import (
    Target,
    agreement_of,
    encode_agreement,
    encode_policy,
    encode_restart,
    encode_revocation,
    encode_suspension,
    parse_agreement,
    parse_policy,
    parse_restart,
    parse_revocation,
    parse_suspension,
)
from tests.simulators.party import NOW
from tests.simulators.refusal import refused
from tests.simulators.statements import AGREEMENT, NODE, POLICY, RESTART, REVOCATION, SUSPENSION


def test_bodies_read_back() -> None:
    assert parse_agreement(encode_agreement(AGREEMENT)) == AGREEMENT
    assert parse_policy(encode_policy(POLICY)) == POLICY
    assert parse_revocation(encode_revocation(REVOCATION)) == REVOCATION
    assert parse_suspension(encode_suspension(SUSPENSION)) == SUSPENSION
    assert parse_restart(encode_restart(RESTART)) == RESTART


def test_optional_fields_read_back() -> None:
    endless = replace(AGREEMENT, valid_until=None)
    lift = replace(SUSPENSION, until=None, lift=True)
    node = replace(REVOCATION, target=Target.NODE, ids=())
    assert parse_agreement(encode_agreement(endless)) == endless
    assert parse_suspension(encode_suspension(lift)) == lift
    assert parse_revocation(encode_revocation(node)) == node


def test_an_agreement_takes_its_id_from_its_statement() -> None:
    made = agreement_of(AGREEMENT, StatementId(b"i" * 32))
    assert made.id == b"i" * 32
    assert made.binds(*AGREEMENT.parties)
    assert (made.channel, made.valid_from, made.valid_until) == (AGREEMENT.channel, NOW, AGREEMENT.valid_until)


@pytest.mark.parametrize(
    "change",
    [
        {"parties": (NODE, NodeId("mk.contact"))},
        {"parties": (NODE, NODE)},
        {"parties": (NODE,)},
        {"channel": Channel("gossip")},
        {"instrument": ""},
        {"articles": ("",)},
        {"purposes": ("prevent", "investigate")},
        {"data_categories": ("ID", "CO")},
        {"personal_data": 1},
        {"evidential_use": ""},
        {"valid_until": NOW},
    ],
)
def test_a_wrong_agreement_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_agreement(encode_agreement(replace(AGREEMENT, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"digest": b""}, {"activated_at": NOW - 1}, {"emergency": 0}])
def test_a_wrong_policy_change_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_policy(encode_policy(replace(POLICY, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"target": 9},
        {"ids": ()},
        {"ids": (b"b" * 32, b"a" * 32)},
        {"ids": (b"a" * 32, b"a" * 32)},
        {"ids": (b"short",)},
        {"target": Target.NODE},
        {"reason": "bored"},
    ],
)
def test_a_wrong_revocation_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_revocation(encode_revocation(replace(REVOCATION, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"until": NOW}, {"lift": True}, {"lift": 0}, {"reason": ""}])
def test_a_wrong_suspension_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_suspension(encode_suspension(replace(SUSPENSION, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"log": "diary"}, {"root": b""}, {"lost_size": 10}, {"size": -1}])
def test_a_wrong_restart_is_malformed(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_restart(encode_restart(replace(RESTART, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parse", "item"),
    [
        (parse_agreement, encode_agreement(AGREEMENT)),
        (parse_policy, encode_policy(POLICY)),
        (parse_revocation, encode_revocation(REVOCATION)),
        (parse_suspension, encode_suspension(SUSPENSION)),
        (parse_restart, encode_restart(RESTART)),
    ],
)
def test_bodies_are_closed(parse, item: Mapping[int, Item]) -> None:
    with refused(Code.UNKNOWN_FIELD):
        parse({**item, 99: 1})
    with refused(Code.MALFORMED):
        parse({label: value for label, value in item.items() if label != 1})
    with refused(Code.MALFORMED):
        parse([])


@pytest.mark.parametrize(
    ("parse", "item", "label"),
    [(parse_restart, encode_restart(RESTART), 1), (parse_suspension, encode_suspension(SUSPENSION), 5)],
)
def test_a_code_is_a_text(parse, item: Mapping[int, Item], label: int) -> None:
    with refused(Code.MALFORMED):
        parse({**item, label: 1})
