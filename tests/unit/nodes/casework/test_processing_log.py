"""The processing log: what an entry holds, and what breaks the chain."""

from dataclasses import fields, replace

import pytest

from nodes.casework.processing_log import (
    Break,
    Broken,
    Head,
    Kept,
    Verified,
    Verifier,
    beginning,
    link,
    trimmed,
)
from nodes.casework.processing_log_entry import Entry, encode_entry, make_entry, parse_entry
from nodes.gateway.deeds import ITSELF, UNSTATED, Act, Doer, Door, Operation
from protocol.cbor import decode, encode
from protocol.errors import Fault
from protocol.ids import Channel, NodeId, TypeId

HERE = NodeId("rs.ilecu")
OFFICER = Doer("p-4711", Door.DESK, "own-case", ("case-officer", "duty-officer"))
WHOLE = Act(
    operation=Operation.TRANSFER,
    deed="send",
    objects=(b"m" * 32, b"n" * 32),
    recipients=(NodeId("mk.ilecu"), NodeId("al.ilecu")),
    channel=Channel("police"),
    type=TypeId("MT-01/1"),
    purpose="investigate",
    handling=("H1",),
    person_roles=("suspect",),
    categories=("ID", "VE"),
    consents=(b"c" * 16,),
    policy=b"p" * 32,
    verdict="allow",
    rules=("police/terms",),
    digest=b"d" * 32,
    terms=b"t" * 16,
    count=3,
    opening=7,
    ground="danger-to-life",
)
SHOWN = Act(operation=Operation.CONSULTATION, deed="show", objects=(b"m" * 32,))


def kept(acts: list[Act], start: Head | None = None, node: NodeId = HERE) -> list[Kept]:
    head, out = start or beginning(HERE), []
    for act in acts:
        entry = make_entry(head.number + 1, 100 + head.number, node, OFFICER, act)
        body = encode_entry(entry)
        head = link(head, body)
        objects = frozenset(entry.act.objects)
        out.append(Kept(entry.number, entry.at, entry.act.operation.value, OFFICER.who, body, head.hash, objects))
    return out


def verify(rows: list[Kept], start: Head | None = None, known: tuple[Head, ...] = ()) -> Broken | Verified:
    verifier = Verifier(HERE, start, known)
    for each in rows:
        broken = verifier.take(each)
        if broken is not None:
            return broken
    return verifier.end()


@pytest.mark.parametrize("act", [WHOLE, SHOWN])
def test_an_entry_comes_back_as_it_was_written(act: Act) -> None:
    entry = make_entry(7, 1_790_000_000, HERE, OFFICER, act)
    assert entry == Entry(7, 1_790_000_000, HERE, OFFICER, act)
    assert parse_entry(encode_entry(entry)) == entry


def test_every_field_of_an_act_but_its_own_reason_is_stored() -> None:
    plain = Act(operation=Operation.TRANSFER, deed="send")
    for each in fields(Act):
        if each.name not in ("operation", "deed", "reason"):
            changed = replace(plain, **{each.name: getattr(WHOLE, each.name)})
            assert encode_entry(make_entry(1, 1, HERE, ITSELF, changed)) != encode_entry(
                make_entry(1, 1, HERE, ITSELF, plain)
            ), each.name


def test_the_reason_of_the_act_takes_the_place_of_the_one_given_at_the_door() -> None:
    program = Doer("program", Door.API, UNSTATED)
    assert make_entry(1, 1, HERE, program, SHOWN).doer.reason == UNSTATED
    assert make_entry(1, 1, HERE, program, replace(SHOWN, reason="correction")).doer.reason == "correction"


def test_what_is_no_code_never_enters_the_log() -> None:
    name = "Jovan Petrovic, Nis"
    act = replace(WHOLE, purpose=name, deed=name, rules=(name,), verdict=name, handling=(name,), categories=(name,))
    entry = make_entry(1, 1, HERE, Doer(name, Door.API, name, (name,)), replace(act, person_roles=(name,)))
    assert b"Jovan" not in encode_entry(entry)
    assert (entry.act.purpose, entry.doer.who, entry.doer.reason) == ("uncoded",) * 3


@pytest.mark.parametrize("label", [1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 24])
def test_a_body_of_other_shape_is_malformed(label: int) -> None:
    found = dict(decode(encode_entry(make_entry(1, 1, HERE, OFFICER, WHOLE))))  # type: ignore[arg-type]
    for value in ("Not A Value", -1):
        with pytest.raises(Fault):
            parse_entry(encode(found | {label: [value] if label in (9, 11) else value}))


def test_an_unknown_label_is_refused() -> None:
    found = dict(decode(encode_entry(make_entry(1, 1, HERE, OFFICER, SHOWN))))  # type: ignore[arg-type]
    with pytest.raises(Fault):
        parse_entry(encode(found | {99: "x"}))


def test_a_whole_chain_says_what_it_covers() -> None:
    rows = kept([SHOWN, WHOLE, SHOWN])
    assert verify(rows) == Verified(beginning(HERE), rows[-1].head, 3, 100, 102)
    assert verify([]) == Verified(beginning(HERE), beginning(HERE), 0, None, None)
    assert verify(rows[:1]) == Verified(beginning(HERE), rows[0].head, 1, 100, 100)


def test_every_flipped_bit_breaks_the_chain_where_it_is() -> None:
    rows = kept([SHOWN, WHOLE, SHOWN])
    for at in range(len(rows[1].body)):
        body = bytearray(rows[1].body)
        body[at] ^= 1
        assert verify([rows[0], replace(rows[1], body=bytes(body)), rows[2]]) == Broken(2, Break.CHANGED)
    assert verify([rows[0], replace(rows[1], hash=bytes(32)), rows[2]]) == Broken(2, Break.CHANGED)


def test_what_is_left_out_put_between_or_swapped_is_named() -> None:
    rows = kept([SHOWN, WHOLE, SHOWN])
    assert verify([rows[0], rows[2]]) == Broken(2, Break.MISSING)
    assert verify(rows[1:]) == Broken(1, Break.MISSING)
    assert verify([rows[0], rows[0], rows[1]]) == Broken(2, Break.MISSING)
    other = kept([SHOWN, SHOWN, SHOWN])
    assert verify([rows[0], other[1], rows[2]]) == Broken(3, Break.CHANGED)


def test_columns_that_say_something_else_than_the_entry_are_named() -> None:
    rows = kept([SHOWN, WHOLE])
    for change in ({"at": 1}, {"operation": "erasure"}, {"who": "node"}, {"objects": frozenset()}):
        assert verify([rows[0], replace(rows[1], **change)]) == Broken(2, Break.INDEX)  # type: ignore[arg-type]
    assert verify(kept([SHOWN], node=NodeId("mk.ilecu"))) == Broken(1, Break.INDEX)


def test_an_entry_that_is_bound_but_cannot_be_read_is_named() -> None:
    head = link(beginning(HERE), b"\xff")
    assert verify([Kept(1, 1, "erasure", "node", b"\xff", head.hash)]) == Broken(1, Break.UNREADABLE)


def test_a_log_written_anew_or_cut_short_is_found_by_a_head_kept_elsewhere() -> None:
    rows = kept([SHOWN, WHOLE, SHOWN])
    heads = tuple(each.head for each in rows)
    assert isinstance(verify(rows, known=heads), Verified)
    assert verify(kept([SHOWN, SHOWN, SHOWN]), known=heads[1:2]) == Broken(2, Break.OTHER_PAST)
    assert verify(rows[:2], known=heads[2:]) == Broken(3, Break.OTHER_PAST)


def test_a_shortened_log_holds_when_it_says_itself_where_it_begins() -> None:
    rows = kept([SHOWN, WHOLE, SHOWN])
    start = rows[1].head
    rest = [rows[2], *kept([trimmed(start), SHOWN], rows[2].head)]
    assert verify(rest, start) == Verified(start, rest[-1].head, 3, 102, 104)
    assert isinstance(verify(rest, start, (rows[0].head,)), Verified)  # older than its beginning: cannot be asked
    assert verify([rows[2]], start) == Broken(3, Break.CUT)
    wrong = [rows[2], *kept([trimmed(rows[0].head), SHOWN], rows[2].head)]
    assert verify(wrong, start) == Broken(3, Break.CUT)


def test_the_beginning_is_of_one_node() -> None:
    assert beginning(HERE) != beginning(NodeId("mk.ilecu"))
