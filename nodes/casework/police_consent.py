"""A consent to use or pass on information (WF-4), as who asks and as who is asked works it. Pure data.

No answer in time is a no: that is the meaning of the end of its clock, and nobody has to note it.
"""

from typing import Final

from nodes.casework.machine import Condition, Machine, Signal, Stand, Transition, among, states
from nodes.casework.machine_parts import concluded, everyday
from nodes.people.roles import Permission

_AWAY: Final = ("queued", "asked")
_ENDED: Final = ("granted", "denied", "expired", "withdrawn", "stopped", "returned")
_WORK: Final = ("received", "weighing")
_DECIDED: Final = ("granted", "denied", "expired", "withdrawn", "returned")

CONSENT_ASKED: Final = Machine(
    "consent-asked",
    "WF-4",
    "queued",
    (
        *states(Stand.THEIRS, *_AWAY),
        *states(Stand.OURS, *_ENDED),
        *states(Stand.RESTING, "closed", "review"),
        *states(Stand.OVER, "erased"),
    ),
    (
        Transition(
            name="send",
            before=among("queued"),
            after="asked",
            permission=Permission.ANSWER,
            signal=Signal.SENT,
            sends="MT-11",
        ),
        Transition(name="stopped", before=among("queued"), after="stopped", signal=Signal.STOPPED),
        Transition(name="queued-again", before=among("stopped"), after="queued", signal=Signal.QUEUED),
        Transition(name="granted", before=among("asked", "expired"), after="granted", signal=Signal.GRANTED),
        Transition(name="denied", before=among("asked", "expired"), after="denied", signal=Signal.DENIED),
        Transition(name="no-answer", before=among("asked"), after="expired", signal=Signal.NO_ANSWER),
        Transition(name="returned", before=among("asked"), after="returned", signal=Signal.RETURNED),
        Transition(name="withdrawn", before=among("granted"), after="withdrawn", signal=Signal.WITHDRAWN),
        *everyday(among(_AWAY, _ENDED)),
        *concluded(among(_ENDED), reopened="asked"),
    ),
)
CONSENT_OWED: Final = Machine(
    "consent-owed",
    "WF-4",
    "received",
    (
        *states(Stand.OURS, *_WORK, "held", *_DECIDED),
        *states(Stand.RESTING, "closed", "review"),
        *states(Stand.OVER, "erased"),
    ),
    (
        Transition(name="held", before=among("received"), after="held", signal=Signal.HELD),
        Transition(name="released", before=among("held"), after="received", signal=Signal.RELEASED),
        Transition(name="returned", before=among("held", "received"), after="returned", signal=Signal.RETURNED),
        Transition(
            name="weigh",
            before=among("received"),
            after="weighing",
            permission=Permission.ANSWER,
            conditions=frozenset({Condition.ASSIGNEE}),
        ),
        Transition(
            name="grant",
            before=among(_WORK, "expired"),
            after="granted",
            permission=Permission.ANSWER,
            signal=Signal.GRANTED,
            sends="MT-11",
        ),
        Transition(
            name="deny",
            before=among(_WORK, "expired"),
            after="denied",
            permission=Permission.ANSWER,
            signal=Signal.DENIED,
            sends="MT-11",
        ),
        Transition(name="no-answer", before=among(_WORK), after="expired", signal=Signal.NO_ANSWER),
        Transition(
            name="withdraw",
            before=among("granted"),
            after="withdrawn",
            permission=Permission.ANSWER,
            signal=Signal.WITHDRAWN,
            sends="MT-11",
        ),
        *everyday(among(_WORK, "held", _DECIDED)),
        *concluded(among(_DECIDED), reopened="weighing"),
    ),
)
