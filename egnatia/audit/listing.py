"""What the lists of the audit commands are made of: rows out of the copy, ready to be shown. Nothing is written."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from egnatia.audit.bring import fold_of
from egnatia.audit.copy_store import Copy, Row
from egnatia.audit.lines import event_name
from egnatia.audit.showing import Cell, short
from keys.signed_head import all_charters, witnessed_head
from keys.summaries import when
from nodes.gateway.promises import promises_of
from protocol.api import MESSAGE_LOG
from protocol.checkpoint import messages_origin
from protocol.errors import Fault
from protocol.evidence import Event
from protocol.leaf import parse_leaf
from protocol.unserved import UNSERVED_EVENT

DAY: Final = 86_400
STATES: Final = ("waiting", "handed-over", "held", "opened", "failed", "rejected", "never-fetched")
_PAGE: Final = 4_096
_RANK: Final[Mapping[int, int]] = {
    UNSERVED_EVENT: -1,  # the hub's word; what a recipient itself signed goes before it
    Event.CONTENT_HANDOVER_FAILURE: 0,
    Event.CONTENT_HANDOVER: 1,
    Event.CONTENT_ACCESS_TRACKING: 2,
    Event.CONSIGNMENT_REJECTION: 2,
}
_STATE_OF: Final[Mapping[int, str]] = {
    UNSERVED_EVENT: "never-fetched",
    Event.CONTENT_HANDOVER_FAILURE: "failed",
    Event.CONTENT_HANDOVER: "handed-over",
    Event.CONTENT_ACCESS_TRACKING: "opened",
    Event.CONSIGNMENT_REJECTION: "rejected",
}
Listed = dict[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is searched; None does not matter. Times are seconds UTC, from ``since`` to before ``until``."""

    begin: str | None = None
    sender: str | None = None
    recipient: str | None = None
    channel: str | None = None
    type: str | None = None
    evidence: str | None = None
    since: int | None = None
    until: int | None = None
    limit: int = 200


def messages(copy: Copy, query: Query) -> list[Listed]:
    """Return a row for each message and recipient, the newest first."""
    found: list[Listed] = []
    for row in copy.rows(*_search(query)):
        leaf, digest, at, sender, channel, kind, node = row
        state, since = _state(copy, digest, node)
        if query.evidence is not None and state != query.evidence:
            continue
        listed: Listed = {"leaf": leaf, "id": short(digest), "logged": when(at), "sender": sender, "recipient": node}
        found.append(listed | {"channel": channel, "type": kind, "evidence": state, "evidence at": since})
        if len(found) == query.limit:
            break
    return found


def _search(query: Query) -> tuple[str, Row]:
    tests = [
        ("hex(message.id) LIKE ?", None if query.begin is None else f"{query.begin}%"),
        ("sender = ?", query.sender),
        ("addressee.node = ?", query.recipient),
        ("channel = ?", query.channel),
        ("(type = ? OR type LIKE ? || '/%')", query.type),
        ("at >= ?", query.since),
        ("at < ?", query.until),
    ]
    asked = [(text, value) for text, value in tests if value is not None]
    where = " AND ".join(text for text, _ in asked) or "1"
    values = tuple(value for text, value in asked for _ in range(text.count("?")))
    columns = "message.leaf, message.id, at, sender, channel, type, addressee.node"
    joined = "message JOIN addressee ON addressee.leaf = message.leaf"
    return f"SELECT {columns} FROM {joined} WHERE {where} ORDER BY message.leaf DESC, addressee.node", values  # noqa: S608


def _state(copy: Copy, message: bytes, node: str) -> tuple[str, str | None]:
    """Return how far a recipient is, by its signed evidence, and since when by the hub's time."""
    text = "SELECT event, at, held FROM evidence WHERE message = ? AND node = ? ORDER BY leaf"
    rows = copy.rows(text, (message, node))
    if not rows:
        return "waiting", None
    event, at, held = max(rows, key=lambda row: _RANK[row[0]])
    state = "held" if held and event == Event.CONTENT_HANDOVER else _STATE_OF[event]
    return state, when(at)


def decisions(copy: Copy, span: tuple[int | None, int | None], *, by_node: bool) -> list[Listed]:
    """Return counts by rule and article, the most frequent first: the hub's own, then what recipients reported."""
    first = 0 if span[0] is None else span[0] // DAY
    last = 1 << 40 if span[1] is None else span[1] // DAY
    rules = copy.rows("SELECT * FROM rule_count WHERE day >= ? AND day < ?", (first, last))
    counted: Counter[tuple[str, ...]] = Counter()
    for _, node, channel, rule, article, verdict, count in rules:
        counted["hub", rule, article, verdict, channel, node if by_node else ""] += count
    text = (
        "SELECT evidence.node, event, held, channel FROM evidence JOIN message ON message.id = evidence.message "
        "WHERE evidence.at >= ? AND evidence.at < ?"
    )
    for node, event, held, channel in copy.rows(text, (first * DAY, last * DAY)):
        what = "hold" if held else event_name(event)
        if held or event in (Event.CONTENT_HANDOVER_FAILURE, Event.CONSIGNMENT_REJECTION):
            counted["recipient", "told to the sender only", "", what, channel, node if by_node else ""] += 1
    names = ("decided by", "rule", "article", "verdict", "channel", "node")
    out: list[Listed] = []
    for key, count in sorted(counted.items(), key=lambda each: (each[0][0] != "hub", -each[1], each[0])):
        row: Listed = {name: value or None for name, value in zip(names, key, strict=True)}
        out.append((row if by_node else {k: v for k, v in row.items() if k != "node"}) | {"count": count})
    return out


def overdue(copy: Copy, hours: int | None) -> list[Listed]:
    """Return leaves that should be witnessed by now and are not, and messages that were not handed over in time.

    What is due when follows from leaf time and terms alone (``nodes.gateway.promises``); ``hours`` asks for less
    patience with recipients. Now is when the copy was brought.
    """
    noted = copy.fact("brought-at")
    now = noted if isinstance(noted, int) else 0
    return [*_unwitnessed(copy, now), *_not_handed_over(copy, now, hours)]


def _unwitnessed(copy: Copy, now: int) -> list[Listed]:
    start, size = _witnessed(copy), copy.size(MESSAGE_LOG)
    late: list[int] = []
    while start < size:
        entries = copy.entries(MESSAGE_LOG, start, min(size, start + _PAGE))
        late += [
            due for due in (promises_of(parse_leaf(each).time, None).witnessed_by for each in entries) if due < now
        ]
        start += len(entries)
    if not late:
        return []
    return [_late("witnessed", f"{len(late)} leaves", None, min(late), (now - min(late)) // 60)]


def _witnessed(copy: Copy) -> int:
    """Return how many leaves a quorum cosigned; what the hub calls witnessed counts as far as that verifies."""
    rows = copy.rows("SELECT raw FROM witnessed WHERE log = ? ORDER BY size DESC", (MESSAGE_LOG,))
    if not rows:
        return 0
    directory = fold_of(copy)
    for (raw,) in rows:
        try:
            found, _ = witnessed_head(raw, messages_origin(directory.network_id), all_charters(directory))
        except Fault:
            continue  # a verification names it
        return found.size
    return 0


def _not_handed_over(copy: Copy, now: int, hours: int | None) -> list[Listed]:
    text = (
        "SELECT message.id, message.at, expires_at, addressee.node FROM message "
        "JOIN addressee ON addressee.leaf = message.leaf "
        "WHERE NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.message = message.id "
        "AND evidence.node = addressee.node) ORDER BY message.at"
    )
    out = []
    for digest, at, ends, node in copy.rows(text):
        due = promises_of(at, ends).fetched_by if hours is None else at + hours * 3_600
        if due < now:
            out.append(_late("handed over", short(digest), node, due, (now - due) // 60))
    return out


def _late(promise: str, what: str, node: str | None, due: int, minutes: int) -> Listed:
    return {"promise": promise, "what": what, "node": node, "due": when(due), "overdue by minutes": minutes}


def statistics(copy: Copy, *, by_day: bool) -> list[Listed]:
    """Return how many leaves of each kind there are, their bytes, and when the first and last came."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 1 << 60, 0, 0])
    kept: dict[int, int] = dict(copy.rows("SELECT leaf, length(raw) FROM record"))
    start, size = 0, copy.size(MESSAGE_LOG)
    while start < size:
        entries = copy.entries(MESSAGE_LOG, start, min(size, start + _PAGE))
        for at, entry in enumerate(entries, start):
            leaf = parse_leaf(entry)
            day = when(leaf.time)[:10] if by_day else ""
            row = found[day, leaf.kind.name.lower()]
            row[0] += 1
            row[1] += len(entry)
            row[2], row[3] = min(row[2], leaf.time), max(row[3], leaf.time)
            row[4] += kept.get(at, 0)
        start += len(entries)
    out: list[Listed] = []
    for (day, kind), (count, raw, first, last, objects) in sorted(found.items()):
        shown: Listed = {"day": day} if by_day else {}
        out.append(
            shown
            | {"kind": kind, "leaves": count, "bytes": raw, "bytes of objects here": objects}
            | {"first": when(first), "last": when(last)}
        )
    return out
