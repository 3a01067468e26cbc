"""What the hub shows an auditor within its mandate: signed objects by their leaf, and counts of what was refused.

Everything signed comes as it was signed, so that an auditor verifies it and need not believe the hub; counts are the
hub's word. Bytes: docs/wire.md section 8.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.cbor import Item, decode, encode
from protocol.decision import Verdict
from protocol.errors import Malformed
from protocol.ids import Channel, NodeId, parse_channel, parse_node_id
from protocol.limits import MAX_OBJECT
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_text


@dataclass(frozen=True, slots=True)
class Record:
    """The object behind one leaf of the message log: of a message its signed manifest, of an act its signatures."""

    leaf: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records in the order of their leaves; the next page begins at leaf ``next``."""

    next: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule refused messages of a node in a channel on a day (days since 1970-01-01, UTC)."""

    day: int
    node: NodeId
    channel: Channel
    rule: str
    article: str
    verdict: Verdict
    count: int


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How often a node was refused with a code on a day, in any channel."""

    day: int
    node: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """What the hub counted of its refusals. ``next``: from which day, and which count of it, the rest is asked for."""

    rules: tuple[RuleCount, ...]
    codes: tuple[CodeCount, ...]
    next: tuple[int, int] | None = None


def encode_page(page: RecordPage) -> bytes:
    """Return the answer with a page of records."""
    return encode([page.next, [[each.leaf, each.raw] for each in page.records]])


def parse_page(raw: bytes) -> RecordPage:
    """Return the page in an answer; MALFORMED unless the leaves ascend below ``next``."""
    end, rows = as_fixed(decode(raw, MAX_OBJECT), "page", 2)
    last = as_int(end, "next")
    records = tuple(_record(row) for row in as_list(rows, "records"))
    leaves = [each.leaf for each in records]
    if leaves != sorted(set(leaves)) or (leaves and leaves[-1] >= last):
        raise Malformed("records not ascending")
    return RecordPage(last, records)


def encode_found(records: Sequence[Record]) -> bytes:
    """Return the answer about one message: its own record, and those of the evidence about it."""
    return encode([[each.leaf, each.raw] for each in records])


def parse_found(raw: bytes) -> tuple[Record, ...]:
    """Return the records about one message, the message's own first."""
    return tuple(_record(row) for row in as_list(decode(raw, MAX_OBJECT), "records", 1))


def encode_refusals(found: Refusals) -> bytes:
    """Return the answer with counts."""
    rules: list[Item] = [_item(each) for each in found.rules]
    codes: list[Item] = [_item(each) for each in found.codes]
    rest: list[Item] = [] if found.next is None else [list(found.next)]
    return encode([rules, codes, *rest])


def size_of(count: RuleCount | CodeCount) -> int:
    """Return the bytes that a count takes in an answer."""
    return len(encode(_item(count)))


def parse_refusals(raw: bytes) -> Refusals:
    """Return the counts in an answer, or raise MALFORMED."""
    rules, codes, *rest = as_list(decode(raw, MAX_OBJECT), "refusals", 2, 3)
    return Refusals(
        tuple(_rule_count(row) for row in as_list(rules, "rules")),
        tuple(_code_count(row) for row in as_list(codes, "codes")),
        _next(rest[0]) if rest else None,
    )


def _record(row: Item) -> Record:
    leaf, raw = as_fixed(row, "record", 2)
    return Record(as_int(leaf, "leaf"), as_bytes(raw, "object"))


def _item(count: RuleCount | CodeCount) -> list[Item]:
    if isinstance(count, CodeCount):
        return [count.day, count.node, count.code, count.count]
    return [count.day, count.node, count.channel, count.rule, count.article, str(count.verdict), count.count]


def _next(item: Item) -> tuple[int, int]:
    day, skip = as_fixed(item, "next", 2)
    return as_int(day, "day"), as_int(skip, "skip")


def _rule_count(row: Item) -> RuleCount:
    day, node, channel, rule, article, verdict, count = as_fixed(row, "count", 7)
    if not isinstance(verdict, str) or verdict not in {each.value for each in Verdict}:
        raise Malformed("verdict")
    return RuleCount(
        as_int(day, "day"),
        parse_node_id(node),
        parse_channel(channel),
        as_text(rule, "rule"),
        as_text(article, "article", 200),
        Verdict(verdict),
        as_int(count, "count", 1),
    )


def _code_count(row: Item) -> CodeCount:
    day, node, code, count = as_fixed(row, "count", 4)
    return CodeCount(as_int(day, "day"), as_text(node, "node"), as_text(code, "code"), as_int(count, "count", 1))
