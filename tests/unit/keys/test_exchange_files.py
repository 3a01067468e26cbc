"""Party, statement and directory files read back, gather signatures, and refuse what does not belong to them."""

from dataclasses import replace

import pytest

from keys.ceremony import create_secrets
from keys.exchange_files import (
    Sheet,
    draft,
    encode_directory,
    encode_party,
    encode_statements,
    found_directory,
    parse_directory,
    parse_party,
    parse_statements,
    party_of,
)
from keys.private_keys import Role
from protocol.cbor import Item, decode, encode
from protocol.errors import Code
from protocol.statements import parse_entry, sign_statement
from tests.simulators.network import TestNetwork, identity_of
from tests.simulators.party import NETWORK, NOW, CountingEntropy
from tests.simulators.refusal import refused
from tests.simulators.statements import AGREEMENT, POLICY

ENTROPY = CountingEntropy()
ANA, BORIS = identity_of("ana"), identity_of("boris")


@pytest.mark.parametrize("role", list(Role))
def test_a_party_reads_back_without_its_secrets(role: Role) -> None:
    secrets = create_secrets(role, "somebody", NOW, ENTROPY)
    party = party_of(secrets)
    raw = encode_party(party)
    assert parse_party(raw) == party
    assert (party.identity is None, party.authority is None) == (role is Role.AUTHORITY, role is not Role.AUTHORITY)
    assert party.tls_pin == (secrets.tls.pin if secrets.tls else None)
    assert secrets.identity is None or secrets.identity.ed25519 not in raw


@pytest.mark.parametrize(("at", "item"), [(0, "xb/1 cake"), (1, "king"), (1, 1), (2, ""), (5, "tls"), (6, 1)])
def test_another_file_is_no_party(at: int, item: Item) -> None:
    fields = decode(encode_party(party_of(create_secrets(Role.NODE, "somebody", NOW, ENTROPY))))
    fields[at] = item  # type: ignore[index, call-overload]
    with refused(Code.MALFORMED):
        parse_party(encode(fields))


def test_a_party_with_an_unsound_key_is_refused() -> None:
    party = party_of(create_secrets(Role.REGISTRAR, "somebody", NOW, ENTROPY))
    assert party.identity is not None
    unsound = replace(party, identity=replace(party.identity, ed25519=bytes(32)))
    with refused(Code.KEY_INVALID):
        parse_party(encode_party(unsound))


def test_statements_read_back_with_their_signatures() -> None:
    file = draft(NETWORK, POLICY, AGREEMENT).sign(ANA)
    again = parse_statements(encode_statements(file))
    assert again == file
    assert [sheet.body for sheet in again.sheets] == [POLICY, AGREEMENT]


def test_signers_add_up_and_one_signs_once() -> None:
    file = draft(NETWORK, POLICY).sign(ANA).sign(BORIS).sign(ANA)
    (sheet,) = file.sheets
    assert len(sheet.signed) == 2
    entry = parse_entry(sheet.entry())
    assert (entry.id, entry.body) == (sheet.id, POLICY)


def test_an_unsigned_statement_makes_no_entry() -> None:
    with refused(Code.MALFORMED):
        draft(NETWORK, POLICY).sheets[0].entry()


def test_a_signature_over_another_statement_is_refused() -> None:
    (sheet,) = draft(NETWORK, POLICY).sheets
    swapped = Sheet(sheet.payload, (sign_statement(AGREEMENT, ANA, NETWORK),))
    with refused(Code.MALFORMED):
        parse_statements(encode_statements(replace(draft(NETWORK, POLICY), sheets=(swapped,))))


@pytest.mark.parametrize("item", [[], ["xb/1 cake", NETWORK, []], ["xb/1 statement file", NETWORK, []]])
def test_another_file_holds_no_statements(item: Item) -> None:
    with refused(Code.MALFORMED):
        parse_statements(encode(item))


def test_a_statement_that_says_nothing_known_is_refused() -> None:
    with refused(Code.MALFORMED):
        parse_statements(encode(["xb/1 statement file", NETWORK, [[encode([77, {}]), []]]]))


def test_a_directory_reads_back_verified(network: TestNetwork) -> None:
    file = found_directory(network.charter_digest, network.entries[0]).grown(network.entries[1:])
    again = parse_directory(encode_directory(file))
    assert again.entries == tuple(network.entries)
    assert again.directory == network.directory
    assert again.pin == network.charter_digest


def test_a_directory_under_another_pin_is_refused(network: TestNetwork) -> None:
    raw = encode_directory(found_directory(network.charter_digest, network.entries[0]))
    with refused(Code.ROOT_MISMATCH):
        parse_directory(raw.replace(network.charter_digest, b"p" * 32))


@pytest.mark.parametrize("cut", [1, 500])
def test_a_cut_directory_is_malformed(network: TestNetwork, cut: int) -> None:
    file = found_directory(network.charter_digest, network.entries[0]).grown(network.entries[1:3])
    with refused(Code.MALFORMED):
        parse_directory(encode_directory(file)[:-cut])


@pytest.mark.parametrize("raw", [b"", b"xb/1 directory file\n", b"xb/1 directory file\n" + b"p" * 32])
def test_another_file_is_no_directory(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        parse_directory(raw)


def test_an_empty_frame_is_malformed(network: TestNetwork) -> None:
    raw = encode_directory(found_directory(network.charter_digest, network.entries[0]))
    with refused(Code.MALFORMED):
        parse_directory(raw + b"\x00\x00")
