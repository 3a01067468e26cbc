"""The property that every target has: any bytes are refused with a code, or understood and written the same again."""

from collections.abc import Callable
from dataclasses import dataclass

from egnatia.conformance.vector import OK
from protocol.errors import Fault

Again = Callable[[bytes], bytes]
SMALL = 20_000  # bytes; larger seeds make every run slow and teach nothing more


@dataclass(frozen=True, slots=True)
class Target:
    """``kind`` and ``field`` name the vectors whose bytes are the seeds, ``more`` are seeds from elsewhere."""

    name: str
    again: Again
    kind: str
    field: str
    more: tuple[bytes, ...] = ()


class Broken(AssertionError):
    """The property does not hold for an input."""


def check(target: Target, raw: bytes) -> str:
    """Return ``ok`` or the code of the refusal. Raises ``Broken`` if what was accepted has a second spelling."""
    try:
        again = target.again(raw)
    except Fault as fault:
        return str(fault.code)
    if again != raw:
        raise Broken(f"{target.name} accepts bytes that it would write otherwise")
    return OK
