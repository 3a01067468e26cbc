"""One message of 2 KiB in 20 rows, sealed and opened, beside the bare primitives that it cannot do without.

Bare are, for a seal, an HPKE encapsulation for each recipient, both signatures over as many bytes, and AES-GCM over the
padded body; for an opening one decapsulation, both verifications and AES-GCM. Ours and bare take turns, and CPU time is
counted, because nothing here waits.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from nacl.signing import VerifyKey

from bench.report import Line
from keys.recipient_ring import RecipientRing, recipient_seed
from protocol.envelope import Envelope, parse_delivery
from protocol.ids import Channel
from protocol.opening import Reader, open_delivery
from protocol.padding import padme
from protocol.seal import Issue, seal
from protocol.wrap import parse_recipient_public, recipient_private
from tests.simulators.party import NETWORK, NOW, CountingEntropy, Party, cleared, deliver, draft

ROUNDS = 300
MANY_ROUNDS = 30
ROWS = 20
VALUE = "x" * 90  # 20 rows of about 100 bytes: a 2 KiB body
FEW, MANY = 5, 200
SEAL_RATIO, SEAL_MS = 1.6, 3
OPEN_RATIO, OPEN_MS = 2.5, 1
MANY_MS = 60
_HPKE = Suite(KEM.MLKEM768_X25519, KDF.SHAKE256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Pair:
    """Medians in seconds."""

    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        """How often the bare primitives fit into ours."""
        return self.ours / self.bare


def in_turns(ours: Callable[[], object], bare: Callable[[], object], rounds: int = ROUNDS) -> Pair:
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(-3, rounds):
        for work, times in zip((ours, bare), spent, strict=True):
            start = time.thread_time()
            work()
            if number >= 0:
                times.append(time.thread_time() - start)
    return Pair(statistics.median(spent[0]), statistics.median(spent[1]))


class Bench:
    """A sender and its recipients, with everything made ready that a running node has at hand."""

    def __init__(self, recipients: int) -> None:
        self.sender = Party("mk.ilecu")
        self.to = tuple(Party(f"n{number:03}.node") for number in range(recipients))
        body = tuple((f"/field/{number:02}", VALUE) for number in range(ROWS))
        self.ready = cleared(draft(self.sender, *self.to, body=body))
        self.targets = tuple(each.target for each in self.to)
        self.entropy = CountingEntropy("bench")
        self.message = self.seal()

    def seal(self) -> Envelope:
        """Return the message, sealed anew."""
        issue = Issue(NETWORK, NOW, 7, b"r" * 32)
        return seal(self.ready, self.targets, issue, self.sender.identity, self.entropy)

    def bare_seal(self) -> Callable[[], object]:
        """Return the primitives of a seal."""
        keys = [parse_recipient_public(each.public_key) for each in self.targets]
        secret, info, message = bytes(64), bytes(200), self.message.signed.payload
        plain, identity = bytes(padme(len(VALUE) * ROWS + 500)), self.sender.identity

        def work() -> None:
            for key in keys:
                _HPKE.encrypt(secret, key, info)
            identity.sign_ed25519(message)
            identity.sign_mldsa65(message)
            AESGCM(secret[:32]).encrypt(info[:12], plain, info)

        return work

    def opening(self) -> Callable[[], object]:
        """Return what a node does with a fetched delivery."""
        first, raw = self.to[0], deliver(self.message, self.to[0]).encode()
        ring = RecipientRing((recipient_seed(Channel("police"), (NOW, NOW + 604_800), first.seed),))
        reader, public = Reader(first.node, NETWORK, 1, ring), self.sender.identity.public
        return lambda: open_delivery(parse_delivery(raw), public, reader)

    def bare_opening(self) -> Callable[[], object]:
        """Return the primitives of an opening."""
        identity, message = self.sender.identity, self.message.signed.payload
        one, other = identity.sign_ed25519(message), identity.sign_mldsa65(message)
        ed25519 = VerifyKey(identity.public.ed25519)
        mldsa65 = MLDSA65PublicKey.from_public_bytes(identity.public.mldsa65)
        private, info = recipient_private(self.to[0].seed), bytes(200)
        wrapped = _HPKE.encrypt(bytes(64), parse_recipient_public(self.targets[0].public_key), info)
        sealed = AESGCM(bytes(32)).encrypt(bytes(12), bytes(padme(len(VALUE) * ROWS + 500)), info)

        def work() -> None:
            ed25519.verify(message, one)
            mldsa65.verify(other, message)
            _HPKE.decrypt(wrapped, private, info)
            AESGCM(bytes(32)).decrypt(bytes(12), sealed, info)

        return work


def message() -> list[Line]:
    """Return the figures of one message, each beside its target."""
    few = Bench(FEW)
    sealing = in_turns(few.seal, few.bare_seal())
    opening = in_turns(few.opening(), few.bare_opening())
    many = Bench(MANY)
    wide = in_turns(many.seal, many.bare_seal(), MANY_ROUNDS)
    return [
        _time(f"seal for {FEW}, median", sealing, SEAL_MS),
        _ratio(f"seal for {FEW} / bare primitives", sealing, SEAL_RATIO),
        _time("open, median", opening, OPEN_MS),
        _ratio("open / bare primitives", opening, OPEN_RATIO),
        _time(f"seal for {MANY}, median", wide, MANY_MS),
    ]


def _time(what: str, pair: Pair, most_ms: int) -> Line:
    return Line(what, f"{pair.ours * 1e3:.2f} ms", f"<= {most_ms} ms", pair.ours * 1e3 <= most_ms)


def _ratio(what: str, pair: Pair, most: float) -> Line:
    return Line(what, f"{pair.ratio:.2f}", f"<= {most}", pair.ratio <= most)
