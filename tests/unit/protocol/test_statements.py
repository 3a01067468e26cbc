"""Payloads, signatures and entries: one way to write each, and no signature is lost, doubled or detached."""

import hashlib
from dataclasses import replace

import pytest

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import identity_kid, verify
from protocol.cosignature import Witness
from protocol.errors import Code
from protocol.limits import MAX_STATEMENT
from protocol.statements import (
    StatementKind,
    charter_digest,
    encode_entry,
    encode_statement,
    kind_of,
    parse_entry,
    parse_payload,
    sign_statement,
    statement_id,
)
from tests.simulators.network import TestNetwork, identity_of, log_signer_of
from tests.simulators.party import NETWORK, NOW, CountingEntropy
from tests.simulators.refusal import refused
from tests.simulators.statements import AGREEMENT, CAPABILITY, NETWORK_BODIES, NODE_BODIES, POLICY

CHARTER = TestNetwork.founded(lambda: NOW, CountingEntropy()).charter
BODIES = (CHARTER, *NODE_BODIES, *NETWORK_BODIES)
ANA, BORIS, CVETA = (identity_of(name) for name in ("ana", "boris", "cveta"))


def signed(*who: object) -> list[bytes]:
    return [sign_statement(POLICY, each, NETWORK) for each in who]  # type: ignore[arg-type]


def raw_entry(*who: object) -> tuple[bytes, list[Item]]:
    payload, rows = decode(encode_entry(signed(*who)))  # type: ignore[misc]
    return payload, rows  # type: ignore[return-value]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: kind_of(body).name)
def test_every_kind_reads_back(body) -> None:
    payload = encode_statement(body)
    assert parse_payload(payload) == body
    assert encode_statement(parse_payload(payload)) == payload


def test_every_kind_has_its_own_number_and_an_example() -> None:
    assert [int(each) for each in StatementKind] == list(range(13))
    assert {kind_of(body) for body in BODIES} == set(StatementKind)


@pytest.mark.parametrize("payload", [b"", encode([]), encode([12, {}]), encode([-1, {}]), encode([True, {}])])
def test_an_unknown_kind_is_malformed(payload: bytes) -> None:
    with refused(Code.MALFORMED):
        parse_payload(payload)


def test_a_trailing_byte_is_malformed() -> None:
    with refused(Code.MALFORMED):
        parse_payload(encode_statement(POLICY) + b"\x00")


def test_ids_are_digests_of_the_payload() -> None:
    payload = encode_statement(CHARTER)
    assert statement_id(payload) == charter_digest(payload) == hashlib.sha256(payload).digest()


def test_an_entry_gives_back_each_signature_byte_for_byte() -> None:
    originals = signed(ANA, BORIS, CVETA)
    entry = parse_entry(encode_entry(originals))
    assert {each.raw for each in entry.signatures} == set(originals)
    assert entry.body == POLICY
    assert entry.id == statement_id(entry.payload)


def test_signatures_in_an_entry_verify() -> None:
    (only,) = parse_entry(encode_entry(signed(ANA))).signatures
    assert verify(only, ANA.public, domains.STATEMENT, NETWORK) == encode_statement(POLICY)


def test_the_order_of_signing_does_not_matter() -> None:
    originals = signed(ANA, BORIS, CVETA)
    assert encode_entry(originals) == encode_entry(originals[::-1])


def test_a_charter_is_signed_under_its_own_network() -> None:
    (only,) = parse_entry(encode_entry([sign_statement(CHARTER, ANA, b"another network!")])).signatures
    assert verify(only, ANA.public, domains.STATEMENT, CHARTER.network_id)


def test_no_entry_without_signatures() -> None:
    with refused(Code.MALFORMED):
        encode_entry([])
    with refused(Code.MALFORMED):
        parse_entry(encode([encode_statement(POLICY), []]))


def test_signatures_over_two_statements_make_no_entry() -> None:
    with refused(Code.MALFORMED):
        encode_entry([*signed(ANA), sign_statement(AGREEMENT, BORIS, NETWORK)])


def test_one_signer_twice_makes_no_entry() -> None:
    with refused(Code.MALFORMED):
        encode_entry(signed(ANA, ANA))


def test_unsorted_signers_are_malformed() -> None:
    payload, rows = raw_entry(ANA, BORIS)
    with refused(Code.MALFORMED):
        parse_entry(encode([payload, rows[::-1]]))


def test_more_than_sixteen_signers_are_malformed() -> None:
    payload, rows = raw_entry(ANA)
    with refused(Code.MALFORMED):
        parse_entry(encode([payload, rows * 17]))


@pytest.mark.parametrize("row", [[], [b"k" * 32], [b"k" * 32] * 3, "row", [b"short", b"", b"k" * 32, b""]])
def test_a_wrong_row_is_malformed(row: Item) -> None:
    with refused(Code.MALFORMED):
        parse_entry(encode([encode_statement(POLICY), [row]]))


def test_half_a_signature_is_missing_the_other_half() -> None:
    payload, rows = raw_entry(ANA)
    with refused(Code.MISSING_SIGNATURE):
        parse_entry(encode([payload, [rows[0][:2]]]))  # type: ignore[index]


def test_an_entry_beyond_its_limit_is_too_large() -> None:
    with refused(Code.TOO_LARGE):
        parse_entry(bytes(MAX_STATEMENT + 1))


def test_an_entry_has_one_encoding() -> None:
    raw = encode_entry(signed(ANA, BORIS))
    assert encode_entry([each.raw for each in parse_entry(raw).signatures]) == raw


def test_a_charter_of_seven_registrars_and_ten_witnesses_fits() -> None:
    names = [f"ministry {number}" for number in range(7)]
    registrars = sorted((identity_of(name) for name in names), key=lambda each: identity_kid(each.public))
    witnesses = tuple(Witness(f"witness-{number}", log_signer_of(f"witness-{number}").keys) for number in range(10))
    body = replace(
        CHARTER,
        registrars=tuple(each.public for each in registrars),
        threshold=4,
        witnesses=witnesses,
        quorum=6,
    )
    raw = encode_entry([sign_statement(body, each, NETWORK) for each in (*registrars, identity_of("hub"))])
    assert parse_entry(raw).body == body
    assert len(raw) <= MAX_STATEMENT


def test_a_capability_of_one_node_fits_easily() -> None:
    assert len(encode_entry([sign_statement(CAPABILITY, ANA, NETWORK)])) < 4_000
