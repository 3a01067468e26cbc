"""The loops that keep a node going. Each waits for its work or its time, and none of them ever dies of what it meets.

A failure is logged and followed by a pause that grows; a person sees it in the status. Only a database that cannot be
trusted any more ends the process, and that is decided elsewhere.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from nodes.config import GatewaySettings
from nodes.gateway.backoff import delay_s
from nodes.gateway.here import Here
from nodes.gateway.trouble import HubTrouble
from protocol.errors import Code, Fault
from runtime.events import Event
from runtime.log import Log

_IDLE_S: Final = 30  # the longest a loop sleeps without looking whether something is due

Turn = Callable[[], Awaitable[float]]
"""One round of a loop: does what is due and returns the seconds until the next round at the latest."""


@dataclass(slots=True)
class Health:
    """How the loops are doing, for the status: when the hub last answered, and what last went wrong in which loop."""

    hub_answered_at: int = 0
    troubles: dict[str, Code] = field(default_factory=dict)


class Watch:
    """Runs loops until it is cancelled."""

    def __init__(self, here: Here, settings: GatewaySettings, log: Log) -> None:
        self._here = here
        self._settings = settings
        self._log = log
        self._bells: dict[str, asyncio.Event] = {}
        self._turns: dict[str, Turn] = {}
        self.health = Health()

    def add(self, name: str, turn: Turn) -> None:
        """Add a loop under a name; before ``run``."""
        self._turns[name] = turn
        self._bells[name] = asyncio.Event()

    def ring(self, name: str) -> None:
        """Let a loop take its next round at once."""
        self._bells[name].set()

    async def run(self) -> None:
        """Run all loops until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._turns:
                group.create_task(self._loop(name), name=f"watch-{name}")

    async def _loop(self, name: str) -> None:
        failures = 0
        while True:
            self._bells[name].clear()
            try:
                pause = await self._turns[name]()
                failures = 0
                self.health.troubles.pop(name, None)
                self.health.hub_answered_at = self._here.clock()
            except (HubTrouble, Fault) as trouble:
                failures += 1
                pause = self._note(name, trouble.code, failures)
            except Exception as err:  # noqa: BLE001 - a loop survives what nobody foresaw; the place is logged
                failures += 1
                self._log.unexpected(err, name)
                pause = self._note(name, Code.INTERNAL, failures)
            await self._rest(name, pause)

    def _note(self, name: str, code: Code, failures: int) -> float:
        self.health.troubles[name] = code
        settings = self._settings
        pause = delay_s(failures, settings.retry_base_s, settings.retry_cap_s, self._here.entropy)
        self._log.write(Event.NOT_READY, reason=f"{name}:{code}")
        return pause

    async def _rest(self, name: str, pause: float) -> None:
        try:
            async with asyncio.timeout(min(pause, _IDLE_S) if pause else 0.0):
                await self._bells[name].wait()
        except TimeoutError:
            return
