"""SQL of the acts that several people sign. No decisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from hub.act_rules import ActState
from hub.rows import upsert_rows
from hub.schema import HUB_ACT
from protocol.hub_acts import ACT_LIFE, HubAct, SignedAct, parse_signatures


@dataclass(frozen=True, slots=True)
class StoredAct:
    """An act under the signatures it has so far; ``leaf`` is None until it is carried out."""

    id: bytes
    signatures: tuple[SignedAct, ...]
    raw: bytes
    leaf: int | None

    @property
    def act(self) -> HubAct:
        """What is to be done."""
        return self.signatures[0].act

    def signers(self) -> set[bytes]:
        """Return the ids of the Ed25519 keys that signed."""
        return {each.signed.ed_kid for each in self.signatures}


def find_act(connection: Connection, act: bytes) -> StoredAct | None:
    """Return an act by the digest of its payload."""
    row = connection.execute(select(HUB_ACT).where(HUB_ACT.c.id == act)).one_or_none()
    return None if row is None else StoredAct(row.id, parse_signatures(row.raw), row.raw, row.leaf)


def list_acts(connection: Connection, limit: int) -> Sequence[StoredAct]:
    """Return what waits, and then what was carried out, each with the newest first."""
    order = (HUB_ACT.c.leaf.is_not(None), HUB_ACT.c.issued_at.desc(), HUB_ACT.c.id)
    rows = connection.execute(select(HUB_ACT).order_by(*order).limit(limit))
    return [StoredAct(row.id, parse_signatures(row.raw), row.raw, row.leaf) for row in rows]


def put_act(connection: Connection, act: StoredAct) -> None:
    """Store an act, or replace what was stored of it."""
    row = (act.id, int(act.act.kind), act.act.issued_at, act.raw, act.leaf)
    upsert_rows(connection, HUB_ACT, [row])


def drop_lapsed(connection: Connection, now: int) -> int:
    """Delete proposals that were not confirmed in time; return how many."""
    lapsed = (HUB_ACT.c.leaf.is_(None), HUB_ACT.c.issued_at < now - ACT_LIFE)
    return connection.execute(delete(HUB_ACT).where(*lapsed)).rowcount


def read_state(connection: Connection) -> ActState:
    """Return what the acts that were carried out say together, in the order of their leaves."""
    state = ActState()
    for row in connection.execute(select(HUB_ACT.c.raw).where(HUB_ACT.c.leaf.is_not(None)).order_by(HUB_ACT.c.leaf)):
        state = state.after(parse_signatures(row.raw)[0].act)
    return state
