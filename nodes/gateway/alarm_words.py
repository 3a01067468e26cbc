"""What each alarm means and what to do about it, in words."""

from typing import Final

from nodes.gateway.incoming import REFUSED_YET_DELIVERED, UNSERVED_YET_CONFIRMED
from nodes.gateway.witness_words import WITNESS_ALARMS
from protocol.errors import Code
from protocol.meanings import MEANINGS

SCAN_FAILED: Final = "SCAN_FAILED"
ALERT_CHANNEL: Final = "ALERT_CHANNEL"
ALERT_UNANSWERED: Final = "ALERT_UNANSWERED"
_ALARMS: Final = {
    ALERT_CHANNEL: (
        "A channel that tells people of urgent items did not take an alert; the others were tried all the same.",
        "Open Alerts and send a test: it says what is wrong with the channel and what to do.",
    ),
    ALERT_UNANSWERED: (
        "Nobody on the roster took an urgent item, so the supervisors are told.",
        "Take the item on the page Today, and see that the roster names people who can be reached.",
    ),
    SCAN_FAILED: (
        "The scanner for malware does not answer, or its answers cannot be read: files are shown as not checked.",
        "Look whether the scanner runs at the address in `[scanner]`, and whether it takes files of this size.",
    ),
    Code.QUORUM.value: (
        "Too few witnesses have cosigned the newest directory, or the log of messages: only the hub vouches for it.",
        "Messages pass all the same. If it lasts for days, ask the operators of the witnesses whether they run.",
    ),
    Code.ANCHOR_ORDER.value: (
        "The processing log here is older than what this node anchored of it in the network's log.",
        "Verify the log: it names the acts that are missing. Tell the data protection officer.",
    ),
    Code.UNKNOWN_DECRYPTION_KEY.value: (
        "An older copy of the database was put back: what it held opens no more, its keys were destroyed since.",
        "`egnatia node retention --lost` lists the messages by their ids. Ask their senders for what is needed.",
    ),
    **WITNESS_ALARMS,
    REFUSED_YET_DELIVERED: (
        "The hub refused a message that a recipient proves to have received: it gave two answers about one message.",
        "Show the receipt (`evidence`) to the operator of the hub and to an auditor; do not send the message again.",
    ),
    UNSERVED_YET_CONFIRMED: (
        "The hub signed that nobody was handed a message which its recipient proves to have: one of them lies.",
        "Show both proofs (`evidence`) to an auditor and to the registrars. The recipient's own signature counts.",
    ),
}
"""Alarms that mean something else than a refusal with the same code."""
_REFUSALS: Final = (
    *(Code.ROLLBACK, Code.SPLIT_VIEW, Code.ROOT_MISMATCH, Code.BAD_CONSISTENCY, Code.BAD_CHECKPOINT),
    *(Code.BAD_SIGNATURE, Code.MISSING_SIGNATURE, Code.STALE_CHECKPOINT, Code.POLICY_UNKNOWN, Code.NOT_YET_VALID),
    *(Code.ATT_MISSING, Code.KEY_REVOKED, Code.SEQUENCE_GAP, Code.SENDER_EQUIVOCATION, Code.UNKNOWN_MESSAGE),
    *(Code.BAD_EVIDENCE, Code.POLICY_DENIED, Code.MALFORMED, Code.BAD_INCLUSION, Code.TLS_PEER_UNKNOWN),
)
"""Codes of refusals that alarms bear; what they mean stands with the refusals."""
USUAL: Final = tuple(dict.fromkeys((*_ALARMS, *(each.value for each in _REFUSALS))))
"""The codes whose words are translated. Another one may come from a hub that is broken; it is shown in English."""


def alarm_words(code: str) -> tuple[str, str]:
    """Return what an alarm means and what to do; a code without words of its own has those of its refusals."""
    if code in _ALARMS:
        return _ALARMS[code]
    meaning = MEANINGS.get(Code(code)) if code in set(Code) else None
    return ("", "") if meaning is None else (meaning.sentence, meaning.remedy)
