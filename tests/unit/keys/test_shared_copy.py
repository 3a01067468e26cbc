"""The shared copy: k shares open it, renewed ones too; a wrong share, a foreign one and a changed file are told."""

from dataclasses import replace

import pytest

from keys.ceremony import create_secrets
from keys.private_keys import Role, encode_secrets, parse_secrets
from keys.sealed_store import MINIMUM
from keys.shared_copy import open_copy, parse_copy, seal_copy, share_out
from protocol.cbor import encode
from protocol.errors import Code, Fault
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

ENTROPY = CountingEntropy()
SECRETS, SHARES = share_out(create_secrets(Role.NODE, "nada", NOW, ENTROPY), 2, 3, ENTROPY)


@pytest.fixture(scope="module")
def raw() -> bytes:
    return seal_copy(SECRETS, ENTROPY, MINIMUM)


def test_enough_shares_open_the_copy(raw: bytes) -> None:
    assert open_copy(parse_copy(raw), SHARES[1:]) == SECRETS


def test_the_same_shares_open_a_renewed_copy() -> None:
    later = replace(SECRETS, epochs=())
    assert open_copy(parse_copy(seal_copy(later, ENTROPY, MINIMUM)), SHARES[:2]) == later


def test_a_keystore_keeps_what_locks_its_copy() -> None:
    assert parse_secrets(encode_secrets(SECRETS)) == SECRETS
    assert SECRETS.shared is not None
    assert SECRETS.shared.secret.hex() not in repr(SECRETS)


def test_one_share_is_not_enough(raw: bytes) -> None:
    with refused(Code.QUORUM):
        open_copy(parse_copy(raw), SHARES[:1])


def test_a_share_of_another_set_is_named(raw: bytes) -> None:
    _, others = share_out(SECRETS, 2, 3, CountingEntropy("other"))
    with pytest.raises(Fault, match="share 3 belongs to another set"):
        open_copy(parse_copy(raw), [SHARES[0], others[2]])


def test_a_changed_share_is_named(raw: bytes) -> None:
    with pytest.raises(Fault, match="share 1 is not as it was made"):
        open_copy(parse_copy(raw), [replace(SHARES[0], value=bytes(32)), SHARES[1]])


def test_a_changed_file_does_not_open(raw: bytes) -> None:
    with refused(Code.KEYSTORE_AUTH):
        open_copy(parse_copy(raw[:-1] + bytes([raw[-1] ^ 1])), SHARES[:2])


def test_another_file_is_no_copy() -> None:
    with refused(Code.MALFORMED):
        parse_copy(encode(["xb/1 keystore", [], b""]))


def test_without_shares_there_is_no_copy() -> None:
    with refused(Code.NOT_FOUND):
        seal_copy(replace(SECRETS, shared=None), ENTROPY, MINIMUM)
