"""A correction, erasure or restriction and everybody who holds the data (WF-10). Pure data.

How far the holders are is folded in ``nodes.casework.corrections``; this machine only repeats what that says.
"""

from typing import Final

from nodes.casework.machine import Machine, Signal, Stand, Transition, among, states
from nodes.casework.machine_parts import concluded, everyday
from nodes.people.roles import Permission

_AWAY: Final = ("sent", "confirmed")
_OPEN: Final = ("raised", *_AWAY, "applied")

POLICE_CORRECTION: Final = Machine(
    "police-correction",
    "WF-10",
    "raised",
    (
        *states(Stand.OURS, "raised", "held", "applied", "verified", "returned", "stopped"),
        *states(Stand.THEIRS, *_AWAY),
        *states(Stand.RESTING, "closed", "review"),
        *states(Stand.OVER, "erased"),
    ),
    (
        Transition(name="held", before=among("raised"), after="held", signal=Signal.HELD),
        Transition(name="released", before=among("held"), after="raised", signal=Signal.RELEASED),
        Transition(name="returned", before=among("held", "raised"), after="returned", signal=Signal.RETURNED),
        Transition(name="stopped", before=among("raised"), after="stopped", signal=Signal.STOPPED),
        Transition(
            name="tell-holders",
            before=among("raised", "stopped"),
            after="sent",
            permission=Permission.CORRECT,
            signal=Signal.SENT,
            sends="MT-12",
        ),
        Transition(name="confirmed", before=among("raised", "sent"), after="confirmed", signal=Signal.CONFIRMED),
        Transition(name="applied", before=among("raised", "sent", "confirmed"), after="applied", signal=Signal.APPLIED),
        Transition(name="verified", before=among(_OPEN), after="verified", signal=Signal.VERIFIED),
        *everyday(among(_OPEN, "held", "verified", "returned", "stopped")),
        *concluded(among("verified", "returned", "stopped"), reopened="applied"),
    ),
)
