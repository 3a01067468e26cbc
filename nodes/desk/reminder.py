"""Reminders: offered where another contact point owes something, and addressed to whoever owes it."""

from typing import Final

from nodes.casework.clock_cases import Case
from nodes.casework.clocks import Clocks
from nodes.desk.visit import Visit
from protocol.errors import Fault
from protocol.ids import MessageId

REMINDER: Final = "MT-16"


async def debt_of(visit: Visit, message: MessageId) -> Case | None:
    """Return what is owed here since a message, the soonest due first; None where nobody owes anything.

    What rests is owed by nobody: the other side waits for an answer from here.
    """
    gateway, now = visit.gateway, visit.desk.now()
    try:
        found = (await Clocks(gateway.here, gateway.store, gateway.network.replica).of([message])).get(message, ())
    except Fault:
        return None  # a damaged row: what is wrong with it stands beside the seal
    mine = (each for each in found if each.owed_to == gateway.here.node and each.clock.closed_at is None)
    going = [each for each in mine if not each.clock.suspended(now)]
    return min(going, key=lambda each: (each.clock.due(now), each.owed_by, each.awaited.value), default=None)
