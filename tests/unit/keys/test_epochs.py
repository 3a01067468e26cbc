"""Item keys open as long as their epoch lives, only for their item, and never again after its destruction."""

import pytest

from keys.epochs import NONCE_SIZE, EpochRing
from protocol.errors import Code
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

KEY, ITEM = b"k" * 32, b"item"


def ring(epochs: int = 1) -> EpochRing:
    out = EpochRing((), CountingEntropy())
    for _ in range(epochs):
        out.begin(NOW)
    return out


def test_a_wrapped_key_opens() -> None:
    epochs = ring()
    wrapped = epochs.wrap(ITEM, KEY)
    assert KEY not in wrapped
    assert epochs.unwrap(1, ITEM, wrapped) == KEY


def test_new_keys_go_under_the_newest_epoch() -> None:
    epochs = ring(2)
    assert epochs.current == 2
    assert epochs.unwrap(2, ITEM, epochs.wrap(ITEM, KEY)) == KEY


def test_an_older_epoch_opens_until_it_is_destroyed() -> None:
    epochs = ring()
    wrapped = epochs.wrap(ITEM, KEY)
    epochs.begin(NOW + 1)
    assert epochs.unwrap(1, ITEM, wrapped) == KEY
    epochs.destroy(1)
    with refused(Code.UNKNOWN_DECRYPTION_KEY):
        epochs.unwrap(1, ITEM, wrapped)


def test_a_ring_from_a_keystore_opens_the_same() -> None:
    epochs = ring(2)
    wrapped = epochs.wrap(ITEM, KEY)
    again = EpochRing(epochs.epochs(), CountingEntropy("other"))
    assert again.unwrap(2, ITEM, wrapped) == KEY
    assert [each.number for each in again.epochs()] == [1, 2]


@pytest.mark.parametrize(("epoch", "item"), [(1, b"another"), (2, ITEM)])
def test_a_key_belongs_to_one_item_and_epoch(epoch: int, item: bytes) -> None:
    epochs = ring()
    wrapped = epochs.wrap(ITEM, KEY)
    epochs.begin(NOW)
    with refused(Code.WRAP_DECRYPT):
        epochs.unwrap(epoch, item, wrapped)


@pytest.mark.parametrize("cut", [0, 3, NONCE_SIZE, 40])
def test_changed_bytes_fail_in_one_way(cut: int) -> None:
    epochs = ring()
    with refused(Code.WRAP_DECRYPT):
        epochs.unwrap(1, ITEM, epochs.wrap(ITEM, KEY)[:cut])


def test_the_newest_epoch_stays() -> None:
    epochs = ring(2)
    with pytest.raises(ValueError, match="in use"):
        epochs.destroy(2)


def test_nothing_is_wrapped_before_the_first_epoch() -> None:
    epochs = ring(0)
    assert epochs.current == 0
    with pytest.raises(ValueError, match="no epoch"):
        epochs.wrap(ITEM, KEY)


def test_a_number_is_never_used_twice() -> None:
    epochs = ring(2)
    epochs.destroy(1)
    assert epochs.begin(NOW).number == 3


def test_nothing_private_is_shown() -> None:
    epochs = ring()
    (only,) = epochs.epochs()
    assert repr(only.key) not in f"{epochs!r} {only!r}"
    assert repr(epochs) == "EpochRing(current=1, held=1)"
