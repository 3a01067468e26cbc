"""Which sentences tell of corrections, held messages and breaches, with the values that each names."""

from collections.abc import Mapping
from typing import Final

_DUE: Final = frozenset({"who", "due"})
CASE_TEXTS: Final[Mapping[str, frozenset[str]]] = {
    "correction.untold": _DUE,
    "correction.unconfirmed": _DUE,
    "correction.unapplied": _DUE,
    "correction.own": frozenset({"due"}),
    "correction.report": frozenset(),
    "hold.elsewhere": frozenset({"who"}),
    "hold.here": frozenset({"since"}),
    "breach.authority": frozenset({"due"}),
    "breach.authority-late": frozenset({"due"}),
    "breach.party": frozenset({"who"}),
}
TELL_HOLDERS: Final = "LED 7(3), 16(6), NET"
"""The law says without delay; the hours are the network's own."""
HOLD: Final = "NET"
TELL_AUTHORITY: Final = "LED 30(1), GDPR 33(1)"
TELL_PARTIES: Final = "LED 30(6)"
