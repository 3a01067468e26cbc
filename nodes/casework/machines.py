"""The machines of this release by name, and which one a message starts. Pure."""

from collections.abc import Mapping
from typing import Final

from nodes.casework.machine import Machine
from nodes.casework.police_answer import POLICE_ANSWER
from nodes.casework.police_consent import CONSENT_ASKED, CONSENT_OWED
from nodes.casework.police_correction import POLICE_CORRECTION
from nodes.casework.police_information import INFORMATION_GIVEN, INFORMATION_RECEIVED
from nodes.casework.police_request import POLICE_REQUEST

MACHINES: Final[Mapping[str, Machine]] = {
    each.name: each
    for each in (
        *(POLICE_REQUEST, POLICE_ANSWER, CONSENT_ASKED, CONSENT_OWED, POLICE_CORRECTION),
        *(INFORMATION_GIVEN, INFORMATION_RECEIVED),
    )
}
_REQUEST: Final = "MT-01"
_CONSENT: Final = "MT-11"
_CORRECTION: Final = "MT-12"


def machine_for(family: str, *, mine: bool) -> Machine:
    """Return the machine of a case that a message of this family starts, sent from here or received."""
    if family == _REQUEST:
        return POLICE_REQUEST if mine else POLICE_ANSWER
    if family == _CONSENT:
        return CONSENT_ASKED if mine else CONSENT_OWED
    if family == _CORRECTION:
        return POLICE_CORRECTION
    return INFORMATION_GIVEN if mine else INFORMATION_RECEIVED


def starts_anew(family: str, answers: str | None) -> bool:
    """Tell whether a message starts a case of its own although it may name another; ``answers`` is that one's family.

    A question about consent and a correction have their own states, whichever thread they stand in.
    """
    if answers is None:
        return True
    return family in (_CONSENT, _CORRECTION) and family != answers
