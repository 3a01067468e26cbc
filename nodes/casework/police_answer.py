"""A police request as the requested side works it (WF-2): from its arrival to the answer and its review. Pure data."""

from typing import Final

from nodes.casework.machine import Condition, Machine, Signal, Stand, Transition, among, states
from nodes.casework.machine_parts import concluded, everyday
from nodes.people.roles import Permission

_OWN: Final = frozenset({Condition.ASSIGNEE})
_OWN_REASON: Final = frozenset({Condition.ASSIGNEE, Condition.REASON})
_NEW: Final = ("received", "triage")
_WAITING: Final = ("agency", "court", "owner", "clarifying")
_WORK: Final = ("assigned", "reply", "check", "approved", "partial")
_OPEN: Final = (*_NEW, *_WAITING, *_WORK)
_DONE: Final = ("answered", "refused", "returned")

POLICE_ANSWER: Final = Machine(
    "police-answer",
    "WF-2",
    "received",
    (
        *states(Stand.OURS, *_NEW, "held", *_WORK, *_DONE),
        *states(Stand.THEIRS, *_WAITING),
        *states(Stand.RESTING, "closed", "review"),
        *states(Stand.OVER, "erased"),
    ),
    (
        Transition(name="held", before=among("received"), after="held", signal=Signal.HELD),
        Transition(name="released", before=among("held"), after="received", signal=Signal.RELEASED),
        Transition(name="returned", before=among("held", "received"), after="returned", signal=Signal.RETURNED),
        Transition(name="triage", before=among("received"), after="triage", permission=Permission.RECEIVE),
        Transition(
            name="acknowledge",
            before=among("received"),
            after="triage",
            permission=Permission.RECEIVE,
            signal=Signal.ACKNOWLEDGED,
            sends="MT-02",
        ),
        Transition(
            name="work",
            before=among(_NEW),
            after="assigned",
            permission=Permission.RECEIVE,
            conditions=_OWN,
        ),
        Transition(
            name="ask-agency",
            before=among("assigned", "partial"),
            after="agency",
            permission=Permission.ANSWER,
            green=Permission.ANSWER_GREEN,
            conditions=_OWN_REASON,
        ),
        Transition(
            name="ask-owner",
            before=among("assigned", "partial"),
            after="owner",
            permission=Permission.ANSWER,
            signal=Signal.CONSENT_ASKED,
            sends="MT-11",
        ),
        Transition(
            name="delay",
            before=among(_NEW, "assigned", "agency", "owner", "partial"),
            after="court",
            permission=Permission.ANSWER,
            signal=Signal.DELAYED,
            sends="MT-09",
        ),
        Transition(
            name="ask-question",
            before=among(_NEW, "assigned", "agency", "court", "owner", "reply", "partial"),
            after="clarifying",
            permission=Permission.RECEIVE,
            signal=Signal.ASKED,
            sends="MT-07",
        ),
        Transition(name="clarified", before=among("clarifying"), after="assigned", signal=Signal.CLARIFIED),
        Transition(
            name="go-on",
            before=among(_WAITING),
            after="assigned",
            permission=Permission.ANSWER,
            green=Permission.ANSWER_GREEN,
            conditions=_OWN_REASON,
        ),
        Transition(
            name="draft-reply",
            before=among("assigned", "partial"),
            after="reply",
            permission=Permission.ANSWER,
            green=Permission.ANSWER_GREEN,
            conditions=_OWN,
        ),
        Transition(
            name="ask-check",
            before=among("reply"),
            after="check",
            permission=Permission.ANSWER,
            green=Permission.ANSWER_GREEN,
            conditions=_OWN,
        ),
        Transition(
            name="approve",
            before=among("check"),
            after="approved",
            permission=Permission.APPROVE,
            conditions=frozenset({Condition.SECOND_PERSON}),
            apart_from=frozenset({"draft-reply", "ask-check"}),
        ),
        Transition(
            name="give-back",
            before=among("check", "approved"),
            after="reply",
            permission=Permission.APPROVE,
            conditions=frozenset({Condition.REASON}),
        ),
        Transition(
            name="answer-part",
            before=among(_OPEN),
            after="partial",
            permission=Permission.ANSWER,
            green=Permission.ANSWER_GREEN,
            signal=Signal.PART,
            sends="MT-03",
        ),
        Transition(
            name="answer",
            before=among(_OPEN),
            after="answered",
            permission=Permission.ANSWER,
            green=Permission.ANSWER_GREEN,
            signal=Signal.ANSWERED,
            sends="MT-03",
        ),
        Transition(
            name="refuse-part",
            before=among(_OPEN),
            after="partial",
            permission=Permission.REFUSE,
            signal=Signal.PART_REFUSED,
            sends="MT-10",
        ),
        Transition(
            name="refuse",
            before=among(_OPEN),
            after="refused",
            permission=Permission.REFUSE,
            signal=Signal.REFUSED,
            sends="MT-10",
        ),
        Transition(
            name="file",
            before=among(_NEW, "assigned"),
            after="closed",
            permission=Permission.CLOSE,
            conditions=frozenset({Condition.NOTHING_OWED, Condition.REASON}),
        ),
        *everyday(among(_OPEN, "held", _DONE)),
        *concluded(among(_DONE), reopened="assigned"),
    ),
)
