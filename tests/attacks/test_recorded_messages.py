"""A recorded message and keys that come out later: one half of a hybrid key is not enough to open it.

The opener is built here from the primitives as docs/wire.md section 3.2 writes them, because the library never takes a
hybrid key apart. A control opens the same recording with both halves.
"""

import hashlib
from dataclasses import dataclass

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocol.envelope import Delivery
from protocol.ids import NodeId
from protocol.opening import Reader, open_delivery
from protocol.stages import Opened
from protocol.wrap import parse_wrap, wrap_info
from tests.simulators.party import NETWORK, CountingEntropy, Party, deliver, send

ALICE, BOB, EVE = Party("alice.node"), Party("bob.node"), Party("eve.node")
SUITE = b"HPKE" + bytes.fromhex("647a00110002")
LABEL = bytes.fromhex("5c2e2f2f5e5c")
MLKEM_CIPHERTEXT, MLKEM_SEED, MLKEM_PUBLIC = 1088, 64, 1184


@dataclass(frozen=True)
class Halves:
    """A recipient's private key taken apart, and the public X25519 key that everybody knows."""

    post_quantum: bytes
    classical: bytes
    public: bytes

    @classmethod
    def of(cls, party: Party) -> "Halves":
        wide = hashlib.shake_256(party.seed).digest(MLKEM_SEED + 32)
        return cls(wide[:MLKEM_SEED], wide[MLKEM_SEED:], party.target.public_key[MLKEM_PUBLIC:])


class Opener:
    """Opens wraps with any two halves."""

    def __init__(self, halves: Halves) -> None:
        self.halves = halves

    def unwrap(self, key_id: bytes, ciphertext: bytes, info: bytes) -> bytes:
        assert key_id
        enc, body = ciphertext[:-80], ciphertext[-80:]
        secret = self._shared_secret(enc[:MLKEM_CIPHERTEXT], enc[MLKEM_CIPHERTEXT:])
        return opened_under(secret, body, info)

    def _shared_secret(self, mlkem_ciphertext: bytes, ephemeral: bytes) -> bytes:
        halves = self.halves
        post_quantum = MLKEM768PrivateKey.from_seed_bytes(halves.post_quantum).decapsulate(mlkem_ciphertext)
        private = X25519PrivateKey.from_private_bytes(halves.classical)
        classical = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        return combined(post_quantum, classical, ephemeral, halves.public)


def combined(post_quantum: bytes, classical: bytes, ephemeral: bytes, public: bytes) -> bytes:
    return hashlib.sha3_256(post_quantum + classical + ephemeral + public + LABEL).digest()


def opened_under(secret: bytes, body: bytes, info: bytes) -> bytes:
    stages = prefixed(b"") + prefixed(secret)
    labelled = b"HPKE-v1" + SUITE + prefixed(b"secret") + (108).to_bytes(2, "big")
    context = b"\0" + prefixed(b"") + prefixed(info)
    wide = hashlib.shake_256(stages + labelled + context).digest(108)
    return AESGCM(wide[:32]).decrypt(wide[32:44], body, b"")


def prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def opens(recorded: Delivery, halves: Halves) -> Opened:
    reader = Reader(NodeId(BOB.name), NETWORK, 1, Opener(halves))  # type: ignore[arg-type]
    return open_delivery(recorded, ALICE.identity.public, reader)


@pytest.fixture(scope="module")
def recorded() -> Delivery:
    return deliver(send(ALICE, BOB, entropy=CountingEntropy("recorded")), BOB)


def test_both_halves_open_the_recording(recorded: Delivery) -> None:
    opened = {row.path: row.value for row in opens(recorded, Halves.of(BOB)).body}
    assert opened["/plate"] == "SK-1234-AB"
    assert BOB.opens(recorded, ALICE).body == opens(recorded, Halves.of(BOB)).body


def test_the_classical_half_alone_opens_nothing(recorded: Delivery) -> None:
    mine, other = Halves.of(BOB), Halves.of(EVE)
    with pytest.raises(InvalidTag):
        opens(recorded, Halves(other.post_quantum, mine.classical, mine.public))


def test_the_post_quantum_half_alone_opens_nothing(recorded: Delivery) -> None:
    mine, other = Halves.of(BOB), Halves.of(EVE)
    with pytest.raises(InvalidTag):
        opens(recorded, Halves(mine.post_quantum, other.classical, mine.public))


@pytest.mark.parametrize("known", ["classical", "post-quantum"])
def test_one_half_with_any_simple_guess_for_the_other_opens_nothing(recorded: Delivery, known: str) -> None:
    """What somebody would try who has one half: leave the other out, repeat the known one, or fill in a constant."""
    wrap = parse_wrap(recorded.wrap)
    info = wrap_info(recorded.manifest.core_bytes, NodeId(BOB.name), wrap.protected)
    mlkem_ciphertext, ephemeral = wrap.enc[:MLKEM_CIPHERTEXT], wrap.enc[MLKEM_CIPHERTEXT:]
    mine = Halves.of(BOB)
    post_quantum = MLKEM768PrivateKey.from_seed_bytes(mine.post_quantum).decapsulate(mlkem_ciphertext)
    private = X25519PrivateKey.from_private_bytes(mine.classical)
    classical = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    assert opened_under(combined(post_quantum, classical, ephemeral, mine.public), wrap.ciphertext, info)
    half = classical if known == "classical" else post_quantum
    for guess in (b"", bytes(32), b"\xff" * 32, half, ephemeral, mine.public):
        pair = (guess, half) if known == "classical" else (half, guess)
        for secret in (combined(*pair, ephemeral, mine.public), half, hashlib.sha3_256(half).digest()):
            with pytest.raises(InvalidTag):
                opened_under(secret, wrap.ciphertext, info)
