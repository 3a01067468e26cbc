"""Which own consents are to be asked again: before they end, after half a year, or at a new stage (T-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, select

from nodes.gateway.consent_store import current_matrix, own_consents, story
from nodes.gateway.contents import parse_draft
from nodes.gateway.here import Here
from nodes.gateway.search import items_with
from nodes.gateway.stores import Store
from nodes.schema import outbox
from policies.consent import ConsentMatrix
from protocol.charter import DAY
from protocol.ids import Reference

LONGEST_DAYS: Final = 182
"""A consent is asked again within six months at the latest (the network's own figure)."""
AHEAD_DAYS: Final = 14
"""So long before it is due a renewal is listed (the network's own figure)."""
_STAGE: Final = "/x_stage"


class Ground(StrEnum):
    """Why a consent is asked again."""

    ENDS = "ends"
    HALF_YEAR = "half-year"
    STAGE = "stage"


@dataclass(frozen=True, slots=True)
class Renewal:
    """A consent that is to be renewed by ``due_at`` (seconds UTC)."""

    consent: Reference
    version: int
    ground: Ground
    due_at: int


class Renewals:
    """Tells which consents are to be renewed."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    async def due(self) -> Sequence[Renewal]:
        """Return the own consents that still run and are to be renewed soon, the earliest due first."""
        now, node = self._here.clock(), self._here.node

        def load(connection: Connection) -> Sequence[Renewal]:
            found = (self._due(connection, each, now) for each in own_consents(connection, node))
            return sorted((each for each in found if each is not None), key=lambda each: each.due_at)

        return await self._store.database.read(load)

    def _due(self, connection: Connection, identifier: Reference, now: int) -> Renewal | None:
        matrix = current_matrix(connection, self._store.vault, identifier)
        if matrix is None or matrix.withdrawn_at is not None or now >= matrix.expires_at:
            return None
        changed = self._stage_changed(connection, matrix)
        if changed is not None:
            return Renewal(identifier, matrix.version, Ground.STAGE, changed)
        half_year = matrix.valid_from + LONGEST_DAYS * DAY
        ground = Ground.ENDS if matrix.expires_at <= half_year else Ground.HALF_YEAR
        due_at = min(matrix.expires_at, half_year)
        return Renewal(identifier, matrix.version, ground, due_at) if now >= due_at - AHEAD_DAYS * DAY else None

    def _stage_changed(self, connection: Connection, matrix: ConsentMatrix) -> int | None:
        """Return when a message under the newest version first told of another stage than the one before it."""
        since = max(row.recorded_at for row in story(connection, matrix.consent))
        tags = self._store.search.query(matrix.consent.hex())
        query = select(outbox.c.item, outbox.c.created_at).where(
            outbox.c.item.in_(items_with(tags)), outbox.c.created_at >= since
        )
        stage = None
        for row in connection.execute(query.order_by(outbox.c.number)).all():
            content = self._store.vault.get(connection, row.item)
            told = None if content is None else dict(parse_draft(content).body).get(_STAGE)
            if stage is not None and told is not None and told != stage:
                return int(row.created_at)
            stage = stage if told is None else told
        return None
