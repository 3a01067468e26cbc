"""What the alarms of witnesses mean and what to do about them, in words."""

from collections.abc import Mapping
from typing import Final

from nodes.gateway.witness_rules import Finding

WITNESS_OFF: Final = "WITNESS_OFF"
WITNESS_KEYS: Final = "WITNESS_KEYS"

WITNESS_ALARMS: Final[Mapping[str, tuple[str, str]]] = {
    Finding.FORK.value: (
        "The hub signed a log that does not continue the one it signed before: an entry was changed or left out.",
        "Rely on no new evidence. Export the finding with `egnatia node witness` and tell registrars and an auditor.",
    ),
    Finding.WITHHELD_MESSAGE.value: (
        "The hub signed for entries of the log that it does not show.",
        "Ask its operator why; if it lasts, export the finding with `egnatia node witness` and tell an auditor.",
    ),
    Finding.LATE_ENTRY.value: (
        "The log holds an entry that claims an earlier time than when the log stood without it.",
        "Deadlines that begin with it are doubtful: export the finding with `egnatia node witness`, tell an auditor.",
    ),
    Finding.CLOCK_DRIFT.value: (
        "The hub's clock and the clock here are more than five minutes apart.",
        "Compare the clock here with a time server first; if it is right, tell the hub's operator.",
    ),
    WITNESS_OFF: (
        "The charter names this node as a witness, and its settings turned that off: the network has one witness less.",
        "Set `witness.on` to true, or ask the registrars for a charter that names another witness.",
    ),
    WITNESS_KEYS: (
        "The charter names this node as a witness with other keys than those in its keystore: it cannot witness.",
        "Use the keystore that was made for the ceremony, or ask the registrars for a charter with the present keys.",
    ),
}
"""SPLIT_VIEW and ROLLBACK have the words of the refusals with these codes."""
