"""Anchors of one batch: each says that a node's own log has come further, never that it went back."""

from sqlalchemy import Connection, func, select

from hub.batch import Batch
from hub.intake_evidence import find_logged
from hub.items import Logged, NewAnchor
from hub.quota import ANCHORS
from hub.rows import insert_rows
from hub.schema import ANCHOR
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from protocol.leaf import LeafKind
from protocol.limits import MAX_BATCH


def store_anchor(batch: Batch, item: NewAnchor) -> Logged | Exception:
    """Log an anchor; a repeat gets its first answer.

    ANCHOR_ORDER for one that covers no more entries than an earlier one of the same node: a log that is older than its
    own anchor, or another log under the same count, is found here at the latest. QUOTA after too many in a day.
    """
    known = find_logged(batch, ANCHOR.c.id, ANCHOR.c.leaf, item.anchor.id)
    if known is not None:
        return known
    anchor = item.anchor.anchor
    if anchor.count <= _highest(batch.connection, anchor.node, int(anchor.kind)):
        return Fault(Code.ANCHOR_ORDER)
    refused = batch.counts.check(anchor.node, {ANCHORS: 1})
    if refused is not None:
        return refused
    leaf, entry = batch.append(LeafKind.ANCHOR, item.anchor.id)
    row = (leaf, item.anchor.id, anchor.node, int(anchor.kind), anchor.count, item.anchor.signed.raw)
    insert_rows(batch.connection, ANCHOR, [row])
    return Logged(leaf, entry, fresh=True)


def anchors_after(connection: Connection, node: NodeId, count: int) -> list[bytes]:
    """Return the anchors of a node that cover more than ``count`` entries, ascending, at most 64."""
    query = select(ANCHOR.c.raw).where(ANCHOR.c.node == node, ANCHOR.c.count > count)
    return [bytes(raw) for raw in connection.execute(query.order_by(ANCHOR.c.count).limit(MAX_BATCH)).scalars()]


def _highest(connection: Connection, node: str, kind: int) -> int:
    query = select(func.max(ANCHOR.c.count)).where(ANCHOR.c.node == node, ANCHOR.c.kind == kind)
    return connection.execute(query).scalar_one() or 0
