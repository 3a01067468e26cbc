"""Scopes of agreements: read back as written, refused where anything is empty, doubled or out of order."""

from dataclasses import replace

import pytest

from protocol.cbor import Item
from protocol.errors import Code
from protocol.ids import NodeId, StatementId, TypeId
from protocol.scope import Equivalence, EvidentialUse, Instrument, encode_scope, parse_scope
from protocol.statement_network import agreement_of, encode_agreement, parse_agreement
from tests.simulators.refusal import refused
from tests.simulators.statements import AGREEMENT, NODE, SCOPE, SCOPED

OTHER = NodeId("mk.contact")
BEFORE = agreement_of(AGREEMENT, StatementId(b"i" * 32))
AGREED = agreement_of(SCOPED, StatementId(b"j" * 32))


@pytest.mark.parametrize("instrument", Instrument)
@pytest.mark.parametrize("evidence", EvidentialUse)
def test_a_scope_reads_back(instrument: Instrument, evidence: EvidentialUse) -> None:
    scope = replace(SCOPE, instrument=instrument, evidence=(evidence, EvidentialUse.POLICE), equivalences=())
    assert parse_scope(encode_scope(scope)) == scope
    assert parse_scope(encode_scope(SCOPE)) == SCOPE


def test_an_agreement_has_a_scope_or_none() -> None:
    assert parse_agreement(encode_agreement(SCOPED)).scope == SCOPE
    assert 12 not in encode_agreement(AGREEMENT)
    assert parse_agreement(encode_agreement(AGREEMENT)).scope is None
    assert encode_agreement(replace(SCOPED, scope=None, instrument="Memorandum")) == encode_agreement(AGREEMENT)


@pytest.mark.parametrize(
    "change",
    [
        {1: "handshake"},
        {1: 1},
        {2: []},
        {2: ["MT-03", "MT-01"]},
        {2: ["MT-01/1"]},
        {2: [f"MT-{number:03}" for number in range(65)]},
        {3: ["police"]},
        {3: ["police", "none"]},
        {4: [["en"]]},
        {4: [["en"], []]},
        {4: [["sr", "en"], ["en"]]},
        {5: [["R", "a", "b"], ["R", "a", "b"]]},
        {5: [["R", "a"]]},
        {5: [["", "a", "b"]]},
        {5: [["R", "a", "x" * 201]]},
        {5: [[f"L{number}", "a", "b"] for number in range(9)]},
    ],
)
def test_a_wrong_scope_is_malformed(change: dict[int, Item]) -> None:
    with refused(Code.MALFORMED):
        parse_scope(encode_scope(SCOPE) | change)


def test_a_scope_is_closed() -> None:
    with refused(Code.UNKNOWN_FIELD):
        parse_scope(encode_scope(SCOPE) | {6: 0})
    with refused(Code.MALFORMED):
        parse_scope({1: "pcc"})


def test_what_an_agreement_covers() -> None:
    assert AGREED.covers_type(TypeId("MT-01/7"))
    assert not AGREED.covers_type(TypeId("MT-05/1"))
    assert BEFORE.covers_type(TypeId("MT-05/1"))
    assert (AGREED.carries("R"), AGREED.carries("C"), BEFORE.carries("R")) == (True, False, False)


def test_each_party_has_its_own_languages_and_its_own_say_about_evidence() -> None:
    assert AGREED.parties == (OTHER, NODE)
    assert (AGREED.languages_of(OTHER), AGREED.languages_of(NODE)) == (("en", "mk"), ("en", "sr"))
    assert (AGREED.evidence_of(OTHER), AGREED.evidence_of(NODE)) == (EvidentialUse.JUDICIAL, EvidentialUse.POLICE)
    stranger = NodeId("al.contact")
    assert (AGREED.languages_of(stranger), AGREED.evidence_of(stranger)) == ((), None)
    assert (BEFORE.languages_of(NODE), BEFORE.evidence_of(NODE)) == (None, None)


def test_an_agreement_is_in_force_between_its_dates() -> None:
    agreement = replace(AGREED, valid_from=10, valid_until=20)
    assert [agreement.in_force(at) for at in (9, 10, 19, 20)] == [False, True, True, False]
    assert replace(agreement, valid_until=None).in_force(1 << 40)


def test_an_equivalence_names_a_level_once() -> None:
    twice = replace(SCOPE, equivalences=(Equivalence("R", ("a", "b")), Equivalence("R", ("c", "d"))))
    with refused(Code.MALFORMED):
        parse_scope(encode_scope(twice))
