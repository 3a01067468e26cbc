"""Whether this node witnesses its network's logs: it does where the charter names it, unless somebody turned it off.

A node that is named and does not witness says so in its status for as long as that lasts: the others count on it.
"""

from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from keys.log_signer import LogSigner
from nodes.gateway.alarms import clear_alarm, raise_alarm
from nodes.gateway.here import Here
from nodes.gateway.stores import Network, Store
from nodes.gateway.witness import Stand, Witness
from nodes.gateway.witness_settings import WitnessSettings
from nodes.gateway.witness_words import WITNESS_KEYS, WITNESS_OFF
from protocol.charter import Charter
from protocol.checkpoint import LogKeys
from runtime.events import Event
from runtime.log import Log

_SUBJECT: Final = "witness"
_PAUSE_S: Final = 1.0  # between two turns, whatever the hub answers
_AFTER_FINDING_S: Final = 30.0
_FAR_S: Final = 3_600.0


class Duty(StrEnum):
    """What the charter and the settings make of this node."""

    NONE = "none"
    ON = "on"
    OFF = WITNESS_OFF
    WRONG_KEYS = WITNESS_KEYS


def duty_of(charter: Charter, node: str, keys: LogKeys | None, *, on: bool) -> Duty:
    """Return the duty of a node that holds these checkpoint keys; None for a keystore without any."""
    named = next((each for each in charter.witnesses if each.name == node), None)
    if named is None:
        return Duty.NONE
    if not on:
        return Duty.OFF
    return Duty.ON if named.keys == keys else Duty.WRONG_KEYS


class WitnessDuty:
    """Knows this node's duty, and tells of it; gives the witness where there is one."""

    def __init__(
        self, here: Here, network: Network, store: Store, signer: LogSigner | None, settings: WitnessSettings
    ) -> None:
        self._here = here
        self._network = network
        self._database = store.database
        self._signer = signer
        self.settings: Final = settings
        self._witness: Witness | None = None
        self._told: Duty | None = None

    async def look(self) -> Duty:
        """Return this node's duty now; a change shows in the alarms before this returns."""
        keys = None if self._signer is None else self._signer.keys
        charter = self._network.replica.directory.charter
        duty = duty_of(charter, self._here.node, keys, on=self.settings.on)
        if duty is not self._told:
            await self._database.write(lambda connection: _tell(connection, duty, self._here.clock()))
            self._told = duty
        return duty

    async def witness(self) -> Witness | None:
        """Return the witness this node is by its duty; None where it has none."""
        if await self.look() is not Duty.ON or self._signer is None:
            return None
        if self._witness is None:
            here, network = self._here, self._network
            self._witness = Witness(
                Stand(here.node, self._signer, network.replica, network.sync, self._database, network.hub, here.clock)
            )
        return self._witness


class WitnessRounds:
    """The node's rounds as a witness, one for each log."""

    def __init__(self, duty: WitnessDuty, log: Log) -> None:
        self._duty = duty
        self._log = log

    async def turn(self, log: str) -> float:
        """Take one turn where it is this node's duty; return the seconds until the next one."""
        witness = await self._duty.witness()
        if witness is None:
            return _FAR_S
        done = await witness.turn(log, self._duty.settings.wait_s)
        for each in done.found:
            self._log.write(Event.LOG_CONTRADICTED, kind=log, code=each.finding.value, tree_size=done.size)
        if done.cosigned:
            self._log.write(Event.COSIGNED, kind=log, tree_size=done.size)
        return _AFTER_FINDING_S if done.found else _PAUSE_S


def _tell(connection: Connection, duty: Duty, now: int) -> None:
    for each in (Duty.OFF, Duty.WRONG_KEYS):
        if duty is each:
            raise_alarm(connection, each.value, _SUBJECT, now)
        else:
            clear_alarm(connection, each.value, _SUBJECT)
