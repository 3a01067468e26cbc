"""Private identities sign with both halves and show nothing of themselves."""

import pickle

import pytest

from keys.identity import create_seeds, private_identity
from protocol import domains
from protocol.cose import check_identity_public, parse, sign, verify
from tests.simulators.party import NETWORK, CountingEntropy

SEEDS = create_seeds(CountingEntropy())
IDENTITY = private_identity(SEEDS)


def test_an_identity_signs_and_verifies() -> None:
    check_identity_public(IDENTITY.public)
    raw = sign(IDENTITY, domains.STATEMENT, NETWORK, b"payload")
    assert verify(parse(raw, 10_000), IDENTITY.public, domains.STATEMENT, NETWORK) == b"payload"


def test_the_same_seeds_give_the_same_identity() -> None:
    assert private_identity(SEEDS).public == IDENTITY.public
    assert private_identity(create_seeds(CountingEntropy("other"))).public != IDENTITY.public


def test_both_halves_have_their_own_seed() -> None:
    assert SEEDS.ed25519 != SEEDS.mldsa65


def test_nothing_private_is_shown() -> None:
    shown = f"{SEEDS!r} {IDENTITY!r} {SEEDS} {IDENTITY}"
    assert SEEDS.ed25519.hex() not in shown
    assert repr(SEEDS.ed25519) not in shown
    assert repr(SEEDS.mldsa65) not in shown


def test_an_identity_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(IDENTITY)
