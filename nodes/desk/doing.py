"""Who a visit is written down as in the processing log: the person's id, the roles of this moment, and a reason.

The reason follows from the role in which somebody works; a page that knows it better says so with ``for_reason``.
"""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

from nodes.gateway.deeds import ITSELF, REASONS, Doer, Door
from nodes.gateway.journal import acting_as, doer_now
from nodes.people.acting import Acting
from nodes.people.roles import Role

_REASONS: Final = (
    ((Role.AUDITOR, Role.PROTECTION_OFFICER), "oversight"),
    ((Role.SUPERVISOR,), "supervision"),
    ((Role.DUTY_OFFICER,), "on-duty"),
)
_USUAL: Final = "own-case"


def doer_of(acting: Acting | None) -> Doer:
    """Return who is written down for a visit; a page that is open to everybody does nothing in anybody's name."""
    if acting is None:
        return ITSELF
    reason = next((reason for roles, reason in _REASONS if acting.roles & set(roles)), _USUAL)
    return Doer(acting.person, Door.DESK, reason, tuple(sorted(acting.roles)))


def for_reason(reason: str) -> AbstractContextManager[None]:
    """Let what is done inside be written down with another reason, one of ``REASONS``."""
    if reason not in REASONS:
        raise ValueError(f"{reason} is no reason")
    return acting_as(replace(doer_now(), reason=reason))
