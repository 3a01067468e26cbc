"""Journals for tests that are about something else, and for those that look at what was written down."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from nodes.gateway.deeds import Act, Doer
from nodes.gateway.journal import doer_now


class Silent:
    """Keeps nothing: for tests of the gateway alone."""

    def note(self, connection: Connection, act: Act) -> None:
        del connection, act


@dataclass
class Remembering:
    """Keeps what it was told, with who did it."""

    noted: list[tuple[Doer, Act]] = field(default_factory=list)

    def note(self, connection: Connection, act: Act) -> None:
        del connection
        self.noted.append((doer_now(), act))

    def deeds(self) -> list[str]:
        """The operations and deeds in their order."""
        return [f"{act.operation}/{act.deed}" for _, act in self.noted]
