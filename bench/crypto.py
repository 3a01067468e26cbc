"""Sealing, opening and verifying on one core, beside the bare primitives of the same run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from protocol import domains
from protocol.cose import verify
from protocol.envelope import parse_envelope
from protocol.seal import Issue, seal
from tests.simulators.party import NETWORK, NOW, CountingEntropy, Party, cleared, deliver, draft

ROUNDS = 300
ROWS = 20
VALUE = "x" * 90  # 20 rows of about 100 bytes: a 2 KiB body


@dataclass(frozen=True, slots=True)
class Timing:
    """Median and 99th percentile of one operation, in seconds."""

    median: float
    p99: float


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> Timing:
    work()
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    spent.sort()
    return Timing(statistics.median(spent), spent[int(len(spent) * 0.99)])


def crypto(recipients: int = 5) -> dict[str, Timing]:
    """Time each step of one message of 2 KiB in 20 rows."""
    sender = Party("mk.ilecu")
    to = tuple(Party(f"n{n:03}.node") for n in range(recipients))
    body = tuple((f"/field/{n:02}", VALUE) for n in range(ROWS))
    ready = cleared(draft(sender, *to, body=body))
    targets = tuple(each.target for each in to)
    issue = Issue(NETWORK, NOW, 7, b"r" * 32)
    entropy = CountingEntropy("bench")
    envelope = seal(ready, targets, issue, sender.identity, entropy)
    raw = envelope.encode()
    delivery = deliver(envelope, to[0])
    message = b"m" * 300
    public = sender.identity.public

    def admit() -> None:
        parsed = parse_envelope(raw)
        verify(parsed.signed, public, domains.MESSAGE, NETWORK)

    return {
        "seal": timed(lambda: seal(ready, targets, issue, sender.identity, entropy)),
        "open": timed(lambda: to[0].opens(delivery, sender)),
        "parse and verify": timed(admit),
        "verify both signatures": timed(lambda: verify(envelope.signed, public, domains.MESSAGE, NETWORK)),
        "sign Ed25519": timed(lambda: sender.identity.sign_ed25519(message)),
        "sign ML-DSA-65": timed(lambda: sender.identity.sign_mldsa65(message)),
    }
