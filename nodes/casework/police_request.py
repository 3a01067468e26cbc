"""A police request as the requester works it (WF-1): from the draft to the end of what it brought. Pure data."""

from typing import Final

from nodes.casework.machine import Condition, Machine, Signal, Stand, Transition, among, states
from nodes.casework.machine_parts import concluded, everyday
from nodes.people.roles import Permission

_AWAY: Final = ("sent", "delivered", "acknowledged", "partial")
_OPEN: Final = (*_AWAY, "to-clarify")
_DONE: Final = ("answered", "refused", "returned", "stopped", "unanswered")

POLICE_REQUEST: Final = Machine(
    "police-request",
    "WF-1",
    "draft",
    (
        *states(Stand.OURS, "draft", "check", "to-clarify", *_DONE),
        *states(Stand.THEIRS, "checked", *_AWAY),
        *states(Stand.RESTING, "closed", "review"),
        *states(Stand.OVER, "discarded", "erased"),
    ),
    (
        Transition(name="submit", before=among("draft"), after="check", permission=Permission.ASK),
        Transition(
            name="approve",
            before=among("check"),
            after="checked",
            permission=Permission.APPROVE,
            conditions=frozenset({Condition.SECOND_PERSON}),
            apart_from=frozenset({"submit"}),
        ),
        Transition(
            name="give-back",
            before=among("check"),
            after="draft",
            permission=Permission.APPROVE,
            conditions=frozenset({Condition.REASON}),
        ),
        Transition(name="discard", before=among("draft", "check"), after="discarded", permission=Permission.ASK),
        # A message that is queued passed the rules, those about a second person included.
        Transition(name="queued", before=among("draft", "check", "stopped"), after="checked", signal=Signal.QUEUED),
        Transition(
            name="send",
            before=among("draft", "check", "checked"),
            after="sent",
            permission=Permission.ASK,
            signal=Signal.SENT,
            sends="MT-01",
        ),
        Transition(name="stopped", before=among("draft", "check", "checked"), after="stopped", signal=Signal.STOPPED),
        Transition(name="delivered", before=among("sent"), after="delivered", signal=Signal.DELIVERED),
        Transition(
            name="acknowledged",
            before=among("sent", "delivered"),
            after="acknowledged",
            signal=Signal.ACKNOWLEDGED,
        ),
        Transition(name="asked", before=among(_OPEN), after="to-clarify", signal=Signal.ASKED),
        Transition(
            name="clarify",
            before=among("to-clarify"),
            after="acknowledged",
            permission=Permission.ASK,
            signal=Signal.CLARIFIED,
            sends="MT-08",
        ),
        Transition(name="delayed", before=among(_OPEN), signal=Signal.DELAYED),
        Transition(name="part-came", before=among(_OPEN), after="partial", signal=Signal.PART),
        Transition(name="part-refused", before=among(_OPEN), after="partial", signal=Signal.PART_REFUSED),
        Transition(name="answered", before=among(_OPEN, "unanswered"), after="answered", signal=Signal.ANSWERED),
        Transition(name="refused", before=among(_OPEN, "unanswered"), after="refused", signal=Signal.REFUSED),
        Transition(name="returned", before=among(_OPEN), after="returned", signal=Signal.RETURNED),
        Transition(
            name="wait-no-longer",
            before=among(_AWAY),
            after="unanswered",
            permission=Permission.CLOSE,
            conditions=frozenset({Condition.REASON, Condition.WAITED}),
        ),
        *everyday(among("draft", "check", "checked", _OPEN, _DONE)),
        *concluded(among(_DONE), reopened="answered"),
    ),
)
