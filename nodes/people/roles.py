"""Roles and permissions of a contact point: what each may do and what no right may ever add to it. Pure.

The roles are RP-1 to RP-4, RP-17 to RP-19 and RP-22 of the requirements. A person may hold several; whatever one of
them may never do stays forbidden whichever other role is held with it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person is at this contact point."""

    DUTY_OFFICER = "duty-officer"  # RP-1
    CASE_OFFICER = "case-officer"  # RP-2
    SUPERVISOR = "supervisor"  # RP-3
    INVESTIGATOR = "investigator"  # RP-4, of the national police, not of the contact point
    PROTECTION_OFFICER = "data-protection-officer"  # RP-17
    AUDITOR = "auditor"  # RP-18
    ADMINISTRATOR = "administrator"  # RP-19, accounts and keys, never content
    DIRECTORY_EDITOR = "directory-editor"  # RP-22


class Permission(StrEnum):
    """One act, as routes and transitions name it. Need-to-know and separation of duties come on top."""

    SEE_OWN = "see-own"  # cases the person takes part in
    SEE_ALL = "see-all"  # every case of this contact point that is not closed to a group
    RECEIVE = "receive"  # acknowledge, triage, assign
    ASK = "ask"  # draft and send to another participant
    ASK_HERE = "ask-here"  # draft a request for the contact point to send
    ANSWER_GREEN = "answer-green"  # answer what the screening put in the green lane
    ANSWER = "answer"
    REFUSE = "refuse"
    APPROVE = "approve"  # release what needs a second person
    CLOSE = "close"
    CORRECT = "correct"  # corrections, withdrawals
    RELEASE = "release"  # let a held message in, or send it back
    SEARCH = "search"  # over the cases the person may see
    REVIEW = "review"  # retention reviews, break-glass reviews
    BREAK_GLASS = "break-glass"  # open a case of others, with a reason that is reviewed
    SEE_LOG = "see-log"  # the processing log and the proofs, without content
    SEE_DIRECTORY = "see-directory"
    EDIT_DIRECTORY = "edit-directory"
    SEE_STATISTICS = "see-statistics"
    KEEP_ROSTER = "keep-roster"
    SEE_ALERTS = "see-alerts"  # how many urgent items wait and whether the channels work; send a test; no content
    KEEP_PEOPLE = "keep-people"  # accounts, roles, invitations
    KEEP_KEYS = "keep-keys"


_P = Permission
_WORK: Final = frozenset({_P.SEE_OWN, _P.SEE_ALL, _P.SEARCH, _P.SEE_DIRECTORY, _P.BREAK_GLASS})
_CONTENT: Final = frozenset(
    {
        *(_P.SEE_OWN, _P.SEE_ALL, _P.RECEIVE, _P.ASK, _P.ASK_HERE, _P.ANSWER_GREEN, _P.ANSWER, _P.REFUSE),
        *(_P.APPROVE, _P.CLOSE, _P.CORRECT, _P.RELEASE, _P.SEARCH, _P.BREAK_GLASS),
    }
)
"""Whoever has one of these reads or changes what a message says."""

MAY: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.DUTY_OFFICER: _WORK | {_P.RECEIVE, _P.ASK, _P.ANSWER_GREEN, _P.SEE_ALERTS},
    Role.CASE_OFFICER: _WORK | {_P.RECEIVE, _P.ASK, _P.ANSWER_GREEN, _P.ANSWER, _P.CLOSE, _P.CORRECT, _P.SEE_ALERTS},
    Role.SUPERVISOR: _WORK
    | {_P.RECEIVE, _P.ASK, _P.ANSWER_GREEN, _P.ANSWER, _P.CLOSE, _P.CORRECT}
    | {_P.REFUSE, _P.APPROVE, _P.RELEASE, _P.REVIEW, _P.SEE_STATISTICS, _P.KEEP_ROSTER, _P.SEE_LOG, _P.SEE_ALERTS},
    Role.INVESTIGATOR: frozenset({_P.SEE_OWN, _P.ASK_HERE}),
    Role.PROTECTION_OFFICER: frozenset({_P.SEE_LOG, _P.SEE_STATISTICS, _P.SEE_DIRECTORY, _P.BREAK_GLASS}),
    Role.AUDITOR: frozenset({_P.SEE_LOG, _P.SEE_STATISTICS, _P.SEE_DIRECTORY}),
    Role.ADMINISTRATOR: frozenset({_P.KEEP_PEOPLE, _P.KEEP_KEYS, _P.SEE_DIRECTORY, _P.SEE_ALERTS}),
    Role.DIRECTORY_EDITOR: frozenset({_P.SEE_DIRECTORY, _P.EDIT_DIRECTORY}),
}
NEVER: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.INVESTIGATOR: frozenset({_P.ASK, _P.SEE_ALL}),  # never addresses a foreign contact point
    Role.PROTECTION_OFFICER: _CONTENT - {_P.BREAK_GLASS},  # reads content case by case, for a reason; never alters
    Role.AUDITOR: _CONTENT | {_P.KEEP_PEOPLE, _P.KEEP_KEYS, _P.EDIT_DIRECTORY, _P.KEEP_ROSTER},
    Role.ADMINISTRATOR: _CONTENT | {_P.SEE_LOG},  # RP-23: who keeps the accounts does not keep the log
}


def permissions(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return what somebody with these roles may do: all that one of them may, less what any of them may never."""
    held = frozenset(roles)
    may = frozenset[Permission]().union(*(MAY[role] for role in held))
    return may - frozenset[Permission]().union(*(NEVER.get(role, frozenset()) for role in held))


def is_separable(roles: Iterable[Role]) -> bool:
    """Tell whether these roles may be held by one person: none of them takes away what another one gives."""
    held = frozenset(roles)
    return permissions(held) == frozenset[Permission]().union(*(MAY[role] for role in held))
