"""What each alarm means and what to do about it, in words."""

from typing import Final

from nodes.gateway.incoming import REFUSED_YET_DELIVERED
from protocol.errors import Code
from protocol.meanings import MEANINGS

_ALARMS: Final = {
    Code.QUORUM.value: (
        "Too few witnesses have cosigned the newest directory, so nobody but the hub vouches for it yet.",
        "Messages pass all the same. If it lasts for days, ask the operators of the witnesses whether they run.",
    ),
    REFUSED_YET_DELIVERED: (
        "The hub refused a message that a recipient proves to have received: it gave two answers about one message.",
        "Show the receipt (`evidence`) to the operator of the hub and to an auditor; do not send the message again.",
    ),
}
"""Alarms that mean something else than a refusal with the same code."""


def alarm_words(code: str) -> tuple[str, str]:
    """Return what an alarm means and what to do; a code without words of its own has those of its refusals."""
    if code in _ALARMS:
        return _ALARMS[code]
    meaning = MEANINGS.get(Code(code)) if code in set(Code) else None
    return ("", "") if meaning is None else (meaning.sentence, meaning.remedy)
