"""Whatever asks for no answer: information given unasked, an alert, a note. It is read, kept or filed. Pure data."""

from typing import Final

from nodes.casework.machine import Machine, Signal, Stand, Transition, among, states
from nodes.casework.machine_parts import concluded, everyday
from nodes.people.roles import Permission

_SENT: Final = ("queued", "sent")

INFORMATION_GIVEN: Final = Machine(
    "information-given",
    "WF-1",
    "queued",
    (
        *states(Stand.THEIRS, "queued"),
        *states(Stand.RESTING, "sent", "closed", "review"),
        *states(Stand.OURS, "to-read", "stopped", "returned"),
        *states(Stand.OVER, "erased"),
    ),
    (
        Transition(
            name="send",
            before=among("queued", "stopped"),
            after="sent",
            permission=Permission.ASK,
            signal=Signal.SENT,
            sends="MT-05",
        ),
        Transition(name="stopped", before=among("queued"), after="stopped", signal=Signal.STOPPED),
        Transition(name="returned", before=among("sent"), after="returned", signal=Signal.RETURNED),
        Transition(name="wrote", before=among("sent"), after="to-read", signal=Signal.WROTE),
        Transition(name="seen", before=among("to-read"), after="sent", permission=Permission.RECEIVE),
        *everyday(among(_SENT, "to-read", "stopped", "returned")),
        *concluded(among("sent", "to-read", "stopped", "returned"), reopened="to-read"),
    ),
)
INFORMATION_RECEIVED: Final = Machine(
    "information-received",
    "WF-2",
    "received",
    (
        *states(Stand.OURS, "received", "held", "evaluating", "returned"),
        *states(Stand.RESTING, "kept", "closed", "review"),
        *states(Stand.OVER, "erased"),
    ),
    (
        Transition(name="held", before=among("received"), after="held", signal=Signal.HELD),
        Transition(name="released", before=among("held"), after="received", signal=Signal.RELEASED),
        Transition(name="returned", before=among("held", "received"), after="returned", signal=Signal.RETURNED),
        Transition(
            name="acknowledge",
            before=among("received"),
            after="evaluating",
            permission=Permission.RECEIVE,
            signal=Signal.ACKNOWLEDGED,
            sends="MT-02",
        ),
        Transition(name="evaluate", before=among("received"), after="evaluating", permission=Permission.RECEIVE),
        Transition(name="keep", before=among("received", "evaluating"), after="kept", permission=Permission.RECEIVE),
        Transition(name="wrote", before=among("kept"), after="evaluating", signal=Signal.WROTE),
        *everyday(among("received", "held", "evaluating", "kept", "returned")),
        *concluded(among("received", "evaluating", "kept", "returned"), reopened="evaluating"),
    ),
)
