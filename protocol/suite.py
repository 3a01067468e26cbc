"""The append-only registry of algorithm suites. Nothing is negotiated: a sender names one, a verifier knows it or not.

Suite 1: COSE_Sign by Ed25519 and ML-DSA-65; wraps by HPKE MLKEM768-X25519, SHAKE256, AES-256-GCM; content by FLOE
(AES-256-GCM, HKDF-SHA384, 1 MiB segments); SHA-256 for ids, commitments and logs. Bytes: docs/wire.md section 7.
"""

from typing import Final

from protocol.errors import Code, Fault

SUITE_1: Final = 1
SUITES: Final = frozenset({SUITE_1})


def check_suite(number: int, minimum: int) -> None:
    """Raise UNKNOWN_SUITE for a number outside the registry, DOWNGRADE for one below the network's minimum."""
    if number not in SUITES:
        raise Fault(Code.UNKNOWN_SUITE, str(number))
    if number < minimum:
        raise Fault(Code.DOWNGRADE, f"{number} < {minimum}")
