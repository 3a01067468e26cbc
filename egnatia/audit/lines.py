"""One entry of either log as names and values: what it is, between whom, and when, as far as the copy may know."""

from egnatia.audit.copy_store import Copy
from egnatia.audit.index import is_logged
from keys.summaries import when
from protocol.api import DIRECTORY_LOG
from protocol.evidence import Event
from protocol.hub_acts import parse_signatures
from protocol.leaf import Leaf, LeafKind, parse_leaf
from protocol.statements import kind_of, parse_entry
from protocol.unserved import UNSERVED_NAME, parse_unserved

Line = dict[str, str | int | None]


def line_of(copy: Copy, log: str, index: int, entry: bytes) -> Line:
    """Return an entry as a flat line; an object that the mandate does not show is named by its digest alone."""
    if log == DIRECTORY_LOG:
        found = parse_entry(entry)
        node = getattr(found.body, "node", None)
        kind = kind_of(found.body).name.lower()
        return {"log": log, "index": index, "at": None, "kind": kind, "node": node, "digest": found.id.hex()}
    leaf = parse_leaf(entry)
    line: Line = {"log": log, "index": index, "at": when(leaf.time), "kind": leaf.kind.name.lower()}
    return line | _seen(copy, index, leaf) | {"digest": leaf.digest.hex()}


def _seen(copy: Copy, index: int, leaf: Leaf) -> Line:
    match leaf.kind:
        case LeafKind.MESSAGE:
            row = copy.row("SELECT sender, channel, type FROM message WHERE leaf = ?", (index,))
            if row is None:
                return {}
            to = [node for (node,) in copy.rows("SELECT node FROM addressee WHERE leaf = ? ORDER BY node", (index,))]
            return {"sender": row[0], "to": ", ".join(to), "channel": row[1], "type": row[2]}
        case LeafKind.EVIDENCE:
            row = copy.row("SELECT node, event, message FROM evidence WHERE leaf = ?", (index,))
            return {} if row is None else {"event": event_name(row[1]), "by": row[0], "about": bytes(row[2]).hex()}
        case LeafKind.UNSERVED:
            row = copy.row("SELECT raw FROM record WHERE leaf = ?", (index,))
            if row is None or not is_logged(leaf, row[0]):
                return {}
            record = parse_unserved(row[0])
            return {"event": UNSERVED_NAME, "by": "hub", "of": record.recipient, "about": record.message.hex()}
        case LeafKind.ADMINISTRATION:
            row = copy.row("SELECT raw FROM record WHERE leaf = ?", (index,))
            if row is None or not is_logged(leaf, row[0]):
                return {}
            return {"act": parse_signatures(row[0])[0].act.kind.name.lower()}
        case _:
            return {}


def event_name(number: int) -> str:
    """Return the name of an event as ETSI EN 319 522-3 spells it."""
    return "".join(part.capitalize() for part in Event(number).name.split("_"))
