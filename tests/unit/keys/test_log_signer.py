"""Checkpoint keys sign heads and cosignatures and show nothing of themselves."""

import pickle

import pytest

from keys.log_signer import create_log_seeds, log_signer
from protocol.checkpoint import Checkpoint, check_log_keys, sign_checkpoint, verify_checkpoint
from tests.simulators.party import NOW, CountingEntropy

SEEDS = create_log_seeds(CountingEntropy())
SIGNER = log_signer(SEEDS)
HEAD = Checkpoint("network/directory", 3, b"r" * 32)


def test_a_checkpoint_is_signed_with_both_keys() -> None:
    check_log_keys(SIGNER.keys)
    assert verify_checkpoint(sign_checkpoint(SIGNER, HEAD, NOW), HEAD.origin, SIGNER.keys) == HEAD


def test_the_same_seeds_give_the_same_keys() -> None:
    assert log_signer(SEEDS).keys == SIGNER.keys


def test_nothing_private_is_shown() -> None:
    shown = f"{SEEDS!r} {SIGNER!r}"
    assert repr(SEEDS.ed25519) not in shown
    assert repr(SEEDS.mldsa44) not in shown


def test_a_signer_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(SIGNER)
