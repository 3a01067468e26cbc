"""SQL of what auditors read, and the test of each row against a mandate: parties, channel and the leaf's time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from hub.log_store import read_entries, read_entry_at
from hub.quota import DAY
from hub.schema import ANCHOR, DECIDED, HUB_ACT, MESSAGE, RECEIPT, REFUSAL, TOKEN, UNSERVED, VOID, WRAP
from keys.directory import Directory
from protocol.api import MESSAGE_LOG
from protocol.audit import CodeCount, Record, Refusals, RuleCount, size_of
from protocol.decision import Verdict
from protocol.hub_acts import ActKind
from protocol.ids import Channel, MessageId, NodeId
from protocol.leaf import Leaf, parse_leaf
from protocol.mandate import Mandate


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and the directory that says where each party is."""

    directory: Directory
    mandate: Mandate

    def may_see(self, row: "Row", leaf: Leaf) -> bool:
        """Return whether an object lies within the mandate, its parties where they were at the leaf's directory."""
        if row.everybody:
            return True
        if row.parties is None:
            return self.mandate.covers_time(leaf.time)
        found = (self.directory.participant_at(NodeId(each), leaf.directory_size) for each in row.parties)
        countries = {each.country for each in found if each is not None}
        return self.mandate.covers(countries, row.channel, leaf.time)


@dataclass(frozen=True, slots=True)
class Row:
    """One stored object: its leaf, who it is between (None: the hub's own), its channel if it stands in one.

    What ``everybody`` sees is shown whatever the mandate: who the operators are, by which any later act is verified.
    """

    leaf: int
    raw: bytes
    parties: Collection[str] | None
    channel: Channel | None
    everybody: bool = False


def records_between(connection: Connection, reader: Reader, start: int, end: int) -> list[Record]:
    """Return the objects behind the leaves [start, end) that the reader may see and that are still kept."""
    entries = read_entries(connection, MESSAGE_LOG, start, end)
    leaves = {start + at: parse_leaf(entry) for at, entry in enumerate(entries)}
    rows = sorted(_rows(connection, start, end), key=lambda row: row.leaf)
    return [Record(row.leaf, row.raw) for row in rows if reader.may_see(row, leaves[row.leaf])]


def records_of(connection: Connection, reader: Reader, message: MessageId) -> list[Record]:
    """Return a message's signed header and then the evidence about it; nothing outside the mandate."""
    leaf = connection.execute(select(MESSAGE.c.leaf).where(MESSAGE.c.id == message)).scalar_one_or_none()
    if leaf is None:
        return []
    said = [
        *_receipts(connection, RECEIPT.c.message == leaf),
        *_unserved(connection, (UNSERVED.c.leaf == leaf) & UNSERVED.c.logged.is_not(None)),
    ]
    rows = [*_messages(connection, MESSAGE.c.leaf == leaf), *sorted(said, key=lambda row: row.leaf)]
    known = read_entry_at(connection, MESSAGE_LOG, [row.leaf for row in rows])
    seen = [Record(row.leaf, row.raw) for row in rows if reader.may_see(row, parse_leaf(known[row.leaf]))]
    return seen if seen and seen[0].leaf == leaf else []


def counted(connection: Connection, reader: Reader, day: int) -> Sequence[RuleCount | CodeCount]:
    """Return the counts of a day that lies within the mandate from its first second to its last: rules, then codes.

    Codes are counted over all channels, so only who may see all of them sees those.
    """
    mandate = reader.mandate
    if not (mandate.covers_time(day * DAY) and mandate.covers_time((day + 1) * DAY - 1)):
        return ()
    rules = connection.execute(select(DECIDED).where(DECIDED.c.day == day).order_by(*DECIDED.primary_key)).all()
    codes = connection.execute(select(REFUSAL).where(REFUSAL.c.day == day).order_by(*REFUSAL.primary_key)).all()
    return (
        *(
            RuleCount(row[0], NodeId(row[1]), Channel(row[2]), row[3], row[4], Verdict(row[5]), row[6])
            for row in rules
            if _counts_for(reader, row[1], Channel(row[2]), row[0])
        ),
        *(CodeCount(*row) for row in codes if _counts_for(reader, row[1], None, row[0])),
    )


def fitting(days: Iterable[tuple[int, Sequence[RuleCount | CodeCount]]], skip: int, room: int) -> Refusals:
    """Return the counts of these days in one answer of at most ``room`` bytes, without the first ``skip`` of them.

    What does not fit any more begins where its ``next`` says.
    """
    rules: list[RuleCount] = []
    codes: list[CodeCount] = []
    size = 0
    for day, counts in days:
        for at, each in enumerate(counts[skip:], skip):
            size += size_of(each)
            if size > room:
                return Refusals(tuple(rules), tuple(codes), (day, at))
            if isinstance(each, RuleCount):
                rules.append(each)
            else:
                codes.append(each)
        skip = 0
    return Refusals(tuple(rules), tuple(codes))


def _counts_for(reader: Reader, node: str, channel: Channel | None, day: int) -> bool:
    found = reader.directory.participant(NodeId(node))
    return reader.mandate.covers(() if found is None else (found.country,), channel, day * DAY)


def _rows(connection: Connection, start: int, end: int) -> Iterator[Row]:
    yield from _messages(connection, (MESSAGE.c.leaf >= start) & (MESSAGE.c.leaf < end))
    yield from _receipts(connection, (RECEIPT.c.leaf >= start) & (RECEIPT.c.leaf < end))
    yield from _unserved(connection, (UNSERVED.c.logged >= start) & (UNSERVED.c.logged < end))
    for row in connection.execute(select(VOID).where(VOID.c.leaf >= start, VOID.c.leaf < end)):
        yield Row(row.leaf, row.raw, (row.sender, row.node), Channel(row.channel))
    for row in connection.execute(select(TOKEN).where(TOKEN.c.leaf >= start, TOKEN.c.leaf < end)):
        yield Row(row.leaf, row.raw, (row.holder, row.sender, row.recipient), None)
    for row in connection.execute(select(ANCHOR).where(ANCHOR.c.leaf >= start, ANCHOR.c.leaf < end)):
        yield Row(row.leaf, row.raw, (row.node,), None)
    acts = select(HUB_ACT.c.leaf, HUB_ACT.c.raw, HUB_ACT.c.kind)
    for row in connection.execute(acts.where(HUB_ACT.c.leaf >= start, HUB_ACT.c.leaf < end)):
        yield Row(row.leaf, row.raw, None, None, everybody=row.kind == ActKind.OPERATORS)


def _messages(connection: Connection, where: ColumnElement[bool]) -> Iterator[Row]:
    columns = (MESSAGE.c.leaf, MESSAGE.c.sender, MESSAGE.c.channel, MESSAGE.c.signed)
    rows = connection.execute(select(*columns).where(where, MESSAGE.c.signed.is_not(None))).all()
    to = _recipients(connection, [row.leaf for row in rows])
    for row in rows:
        yield Row(row.leaf, row.signed, (row.sender, *to[row.leaf]), Channel(row.channel))


def _receipts(connection: Connection, where: ColumnElement[bool]) -> Iterator[Row]:
    columns = (RECEIPT.c.leaf, RECEIPT.c.raw, RECEIPT.c.message, MESSAGE.c.sender, MESSAGE.c.channel)
    query = select(*columns).join(MESSAGE, MESSAGE.c.leaf == RECEIPT.c.message).where(where).order_by(RECEIPT.c.leaf)
    rows = connection.execute(query).all()
    to = _recipients(connection, [row.message for row in rows])
    for row in rows:
        yield Row(row.leaf, row.raw, (row.sender, *to[row.message]), Channel(row.channel))


def _unserved(connection: Connection, where: ColumnElement[bool]) -> Iterator[Row]:
    columns = (UNSERVED.c.logged, UNSERVED.c.raw, UNSERVED.c.leaf, MESSAGE.c.sender, MESSAGE.c.channel)
    query = select(*columns).join(MESSAGE, MESSAGE.c.leaf == UNSERVED.c.leaf).where(where)
    rows = connection.execute(query.order_by(UNSERVED.c.logged)).all()
    to = _recipients(connection, [row.leaf for row in rows])
    for row in rows:
        yield Row(row.logged, bytes(row.raw), (row.sender, *to[row.leaf]), Channel(row.channel))


def _recipients(connection: Connection, leaves: Sequence[int]) -> Mapping[int, list[str]]:
    out: dict[int, list[str]] = defaultdict(list)
    for leaf, node in connection.execute(select(WRAP.c.leaf, WRAP.c.node).where(WRAP.c.leaf.in_(leaves))):
        out[leaf].append(node)
    return out
