"""Public keys inside statements are whole, of the right length, and fit to be registered."""

import pytest

from protocol.cbor import Item
from protocol.errors import Code
from protocol.public_keys import identity_item, log_keys_item, parse_identity, parse_log_keys
from tests.simulators.network import identity_of, log_signer_of
from tests.simulators.refusal import refused

IDENTITY = identity_of("somebody").public
LOG = log_signer_of("somebody").keys


def test_keys_read_back() -> None:
    assert parse_identity(identity_item(IDENTITY)) == IDENTITY
    assert parse_log_keys(log_keys_item(LOG)) == LOG


@pytest.mark.parametrize("item", [None, [], [b""], [IDENTITY.ed25519], [IDENTITY.ed25519, 1], ["a", b""]])
def test_half_an_identity_is_malformed(item: Item) -> None:
    with refused(Code.MALFORMED):
        parse_identity(item)
    with refused(Code.MALFORMED):
        parse_log_keys(item)


@pytest.mark.parametrize("ed25519", [b"", bytes(32), b"\xff" * 32, IDENTITY.ed25519 + b"\x00"])
def test_an_unsound_point_is_refused(ed25519: bytes) -> None:
    with refused(Code.KEY_INVALID):
        parse_identity([ed25519, IDENTITY.mldsa65])
    with refused(Code.KEY_INVALID):
        parse_log_keys([ed25519, LOG.mldsa44])


def test_a_cut_lattice_key_is_refused() -> None:
    with refused(Code.KEY_INVALID):
        parse_identity([IDENTITY.ed25519, IDENTITY.mldsa65[:-1]])
    with refused(Code.KEY_INVALID):
        parse_log_keys([LOG.ed25519, LOG.mldsa44[:-1]])
