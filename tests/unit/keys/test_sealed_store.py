"""The keystore's format: it opens with its passphrase only, and every changed byte is noticed for what it is."""

from dataclasses import replace

import pytest

from keys.ceremony import create_secrets
from keys.private_keys import Role, Secrets, public_part
from keys.sealed_store import MAXIMUM, MINIMUM, Cost, Lock, new_lock, open_secrets, parse_sealed, seal_secrets
from protocol.cbor import Item, decode, encode
from protocol.errors import Code
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

ENTROPY = CountingEntropy()
PASSPHRASE = b"correct horse battery"
SECRETS = create_secrets(Role.REGISTRAR, "ministry", NOW, ENTROPY)


@pytest.fixture(scope="module")
def lock() -> Lock:
    return new_lock(PASSPHRASE, ENTROPY, MINIMUM)


@pytest.fixture(scope="module")
def sealed(lock: Lock) -> bytes:
    return seal_secrets(SECRETS, lock, ENTROPY)


def header(raw: bytes, **changes: Item) -> bytes:
    """The file with fields of its header replaced."""
    names = ["format", "version", "memory", "passes", "lanes", "salt", "nonce", "commitment"]
    parts: list[Item] = decode(raw)  # type: ignore[assignment]
    fields = dict(zip(names, decode(parts[0]), strict=True))  # type: ignore[arg-type]
    return encode([encode(list((fields | changes).values())), *parts[1:]])


def test_it_opens_with_its_passphrase(sealed: bytes, lock: Lock) -> None:
    assert open_secrets(sealed, PASSPHRASE) == (SECRETS, lock)


def test_the_default_cost_is_that_of_the_decision() -> None:
    assert Cost() == Cost(64 * 1024, 3, 4)


def test_the_same_lock_seals_with_fresh_nonces(lock: Lock, sealed: bytes) -> None:
    again = seal_secrets(SECRETS, lock, ENTROPY)
    assert parse_sealed(again).nonce != parse_sealed(sealed).nonce
    assert parse_sealed(again).salt == parse_sealed(sealed).salt


def test_a_wrong_passphrase_is_refused(sealed: bytes) -> None:
    with refused(Code.KEYSTORE_AUTH):
        open_secrets(sealed, PASSPHRASE + b"!")


@pytest.mark.parametrize("passphrase", [b"", b"eleven char"])
def test_a_short_passphrase_is_refused(passphrase: bytes) -> None:
    with refused(Code.KEYSTORE_PARAMS):
        new_lock(passphrase, ENTROPY)


def test_length_is_counted_in_characters() -> None:
    with refused(Code.KEYSTORE_PARAMS):
        new_lock("лозинка1".encode(), ENTROPY)


@pytest.mark.parametrize(
    "cost",
    [
        replace(MINIMUM, memory=MINIMUM.memory - 1),
        replace(MINIMUM, passes=2),
        replace(MINIMUM, lanes=0),
        replace(MAXIMUM, memory=MAXIMUM.memory + 1),
        replace(MAXIMUM, passes=11),
        replace(MAXIMUM, lanes=17),
    ],
)
def test_costs_are_bounded_before_anything_is_derived(sealed: bytes, cost: Cost) -> None:
    with refused(Code.KEYSTORE_PARAMS):
        new_lock(PASSPHRASE, ENTROPY, cost)
    with refused(Code.KEYSTORE_PARAMS):
        parse_sealed(header(sealed, memory=cost.memory, passes=cost.passes, lanes=cost.lanes))


@pytest.mark.parametrize("change", [{"salt": b"s" * 16}, {"nonce": b"n" * 12}, {"commitment": b"c" * 32}, {"lanes": 2}])
def test_a_changed_header_does_not_open(sealed: bytes, change: dict[str, Item]) -> None:
    with refused(Code.KEYSTORE_AUTH):
        open_secrets(header(sealed, **change), PASSPHRASE)


@pytest.mark.parametrize(
    "change", [{"format": "xb/1 cookbook"}, {"version": 2}, {"version": True}, {"salt": b""}, {"memory": -1}]
)
def test_another_format_is_malformed(sealed: bytes, change: dict[str, Item]) -> None:
    with refused(Code.MALFORMED):
        parse_sealed(header(sealed, **change))


def test_a_changed_ciphertext_does_not_open(sealed: bytes) -> None:
    head, public, ciphertext = decode(sealed)  # type: ignore[misc]
    flipped = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]  # type: ignore[index, operator]
    with refused(Code.KEYSTORE_AUTH):
        open_secrets(encode([head, public, flipped]), PASSPHRASE)


def test_a_public_part_of_other_keys_is_a_mismatch(sealed: bytes) -> None:
    head, _, ciphertext = decode(sealed)  # type: ignore[misc]
    other: Secrets = create_secrets(Role.REGISTRAR, "ministry", NOW, ENTROPY)
    with refused(Code.KEYSTORE_MISMATCH):
        open_secrets(encode([head, public_part(other), ciphertext]), PASSPHRASE)


def test_nothing_private_stands_in_the_file(sealed: bytes, lock: Lock) -> None:
    assert SECRETS.identity is not None
    private = (SECRETS.identity.ed25519, SECRETS.identity.mldsa65, lock.key, PASSPHRASE)
    assert not [each for each in private if each in sealed]
    assert repr(lock.key) not in repr(lock)
