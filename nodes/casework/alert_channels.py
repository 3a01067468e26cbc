"""The ways by which a person is reached outside the desk, and what is said on them: always the same, never content."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from nodes.people.refusals import NotDone

TIMEOUT: Final = NotDone(
    "ALERT_TIMEOUT", "It did not answer in time.", "Check that it runs, or raise channel_timeout_s in [alerts]."
)
UNREACHABLE: Final = NotDone(
    "ALERT_UNREACHABLE", "It cannot be reached.", "Check host, port and network in [alerts], and that it runs."
)
TLS: Final = NotDone(
    "ALERT_TLS",
    "The connection could not be protected.",
    "Check the certificate of the other side, and `authority` and `starttls` in [alerts].",
)
REFUSED: Final = NotDone(
    "ALERT_REFUSED", "It refused the alert.", "Ask whoever runs it whether it takes alerts from this machine."
)
NO_ADDRESS: Final = NotDone(
    "ALERT_NO_ADDRESS",
    "Nobody who was to be told has an address for alerts.",
    "Each person enters one on the page My account.",
)
NO_COMMAND: Final = NotDone(
    "ALERT_NO_COMMAND",
    "The command could not be started.",
    "Check that the file named first in [alerts.pager] is there and may be run by the node.",
)
FAILED: Final = NotDone(
    "ALERT_FAILED", "The command ended with an error.", "Run it by hand as the node's user, and mend what it says."
)
BROKEN: Final = NotDone(
    "ALERT_BROKEN", "It failed in a way that nobody foresaw.", "See the node's log, and tell whoever runs the node."
)
TROUBLES: Final[Mapping[str, NotDone]] = {
    each.code: each for each in (TIMEOUT, UNREACHABLE, TLS, REFUSED, NO_ADDRESS, NO_COMMAND, FAILED, BROKEN)
}
"""Every way in which a channel fails, by its code."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is said: a fixed sentence, the node's name, whether it is a test. ``addresses`` are those of the persons."""

    text: str
    node: str
    test: bool
    at: int
    addresses: tuple[str, ...] = ()

    def fields(self) -> dict[str, object]:
        """Return what programs are given, always with the same keys."""
        return {"text": self.text, "node": self.node, "test": self.test}


class Channel(Protocol):
    """One way to tell somebody."""

    @property
    def name(self) -> str:
        """The name in settings, pages and logs."""
        ...

    async def tell(self, call: Call) -> NotDone | None:
        """Return None once the other side has taken the call, else what went wrong. May raise; takes its own time."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """How one channel did. ``trouble`` is None when it took the call; ``error`` is for the log alone."""

    channel: str
    trouble: NotDone | None = None
    error: Exception | None = None


async def tell_all(channels: Sequence[Channel], call: Call, timeout_s: float) -> tuple[Told, ...]:
    """Return how every channel did. All are tried at once, so that a slow or broken one holds up no other."""
    return tuple(await asyncio.gather(*(_tell(each, call, timeout_s) for each in channels)))


async def _tell(channel: Channel, call: Call, timeout_s: float) -> Told:
    try:
        async with asyncio.timeout(timeout_s):
            return Told(channel.name, await channel.tell(call))
    except TimeoutError:
        return Told(channel.name, TIMEOUT)
    except Exception as err:  # noqa: BLE001 - whatever breaks in one channel is shown, and stops no other
        return Told(channel.name, BROKEN, err)
