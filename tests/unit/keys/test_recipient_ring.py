"""The ring opens what was sealed to its keys, and nothing once they are erased."""

import pytest

from keys.recipient_ring import RecipientRing, create_recipient_seed, recipient_seed
from protocol.charter import WEEK
from protocol.errors import Code
from protocol.ids import Channel, KeyId, NodeId
from protocol.wrap import parse_wrap, recipient_key_id, recipient_public_bytes, seal_wrap, wrap_info
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

POLICE, NODE, CORE, SECRET = Channel("police"), NodeId("rs.contact"), b"core", bytes(range(64))
ENTROPY = CountingEntropy()
SEED = create_recipient_seed(POLICE, (NOW, NOW + WEEK), ENTROPY)
OTHER = create_recipient_seed(POLICE, (NOW + WEEK, NOW + 2 * WEEK), ENTROPY)


def unwrap(ring: RecipientRing, key_id: KeyId = SEED.key_id, flip: int | None = None) -> bytes:
    wrap = parse_wrap(seal_wrap(SECRET, SEED.public_key, SEED.key_id, CORE, NODE))
    sealed = bytearray(wrap.sealed)
    if flip is not None:
        sealed[flip] ^= 1
    return ring.unwrap(key_id, bytes(sealed), wrap_info(CORE, NODE, wrap.protected))


def test_a_wrap_to_a_held_key_opens() -> None:
    ring = RecipientRing([SEED, OTHER])
    assert unwrap(ring) == SECRET
    assert unwrap(ring) == SECRET, "opened again with the key already expanded"


def test_an_added_key_opens() -> None:
    ring = RecipientRing()
    ring.add([SEED])
    assert unwrap(ring) == SECRET
    assert SEED.key_id in ring
    assert OTHER.key_id not in ring


def test_a_key_not_held_is_unknown() -> None:
    with refused(Code.UNKNOWN_DECRYPTION_KEY):
        unwrap(RecipientRing([OTHER]))


def test_an_erased_key_opens_nothing() -> None:
    ring = RecipientRing([SEED, OTHER])
    assert unwrap(ring) == SECRET
    ring.erase([SEED.key_id, SEED.key_id])
    assert ring.seeds() == (OTHER,)
    with refused(Code.UNKNOWN_DECRYPTION_KEY):
        unwrap(ring)


@pytest.mark.parametrize("flip", [0, 1119, 1120, -1])
def test_a_changed_wrap_fails_in_one_way(flip: int) -> None:
    with refused(Code.WRAP_DECRYPT):
        unwrap(RecipientRing([SEED]), flip=flip)


def test_the_wrong_key_fails_in_the_same_way() -> None:
    with refused(Code.WRAP_DECRYPT):
        unwrap(RecipientRing([SEED, OTHER]), OTHER.key_id)


def test_a_cut_wrap_fails_in_the_same_way() -> None:
    with refused(Code.WRAP_DECRYPT):
        RecipientRing([SEED]).unwrap(SEED.key_id, b"short", b"info")


def test_public_key_and_id_are_computed_from_the_seed() -> None:
    assert recipient_public_bytes(SEED.seed) == SEED.public_key
    assert recipient_key_id(SEED.public_key) == SEED.key_id
    assert recipient_seed(POLICE, (NOW, NOW + WEEK), SEED.seed) == SEED


def test_nothing_private_is_shown() -> None:
    shown = f"{SEED!r} {RecipientRing([SEED])!r}"
    assert repr(SEED.seed) not in shown
    assert shown.endswith("RecipientRing(1 keys)")
