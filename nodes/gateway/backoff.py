"""When to try again: exponential, with full jitter from injected entropy, so that many nodes never return at once."""

from typing import Final

from protocol.ports import Entropy

_DOUBLINGS: Final = 16


def delay_s(attempts: int, base_s: int, cap_s: int, entropy: Entropy) -> int:
    """Return the seconds until the next try after ``attempts`` failures: 1 to min(cap, base * 2^(attempts-1)).

    One attempt waits at most ``base_s``. Four bytes of entropy are used.
    """
    ceiling = max(1, min(cap_s, base_s << min(max(attempts - 1, 0), _DOUBLINGS)))
    return 1 + int.from_bytes(entropy(4), "big") % ceiling
