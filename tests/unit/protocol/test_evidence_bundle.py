"""The bundle file: digests before everything, every member in its one place, nothing beside them."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from protocol.cbor import decode, encode
from protocol.errors import Code
from protocol.evidence import Event
from protocol.evidence_bundle import encode_evidence_bundle, head_of, parse_evidence_bundle
from protocol.limits import MAX_CHECKPOINT, MAX_EVIDENCE_FILE, MAX_STATEMENT
from tests.simulators.bundles import TestCase, usual
from tests.simulators.refusal import refused

CASE = usual()
RAW = CASE.raw()
Change = Callable[[dict[int, Any], list[Any]], None]


def listed_anew(change: Change, raw: bytes = RAW) -> bytes:
    """Return the file after a change of manifest or members, with every digest made anew: a careful forger's file."""
    _, manifest, members = decode(raw)  # type: ignore[misc]  # a bundle is a list
    fields, bodies = dict(decode(manifest)), list(members)  # type: ignore[call-overload]  # a map
    fields[6] = [list(each) for each in fields[6]]
    change(fields, bodies)
    for row, body in zip(fields[6], bodies, strict=False):
        row[1:] = [len(body), hashlib.sha256(body).digest()]
    again = encode(fields)
    return encode([hashlib.sha256(again).digest(), again, bodies])


def test_what_is_parsed_is_written_the_same_again() -> None:
    found = parse_evidence_bundle(RAW)
    assert encode_evidence_bundle(found.bundle) == RAW
    assert [each.name for each in found.members] == [
        "directory",
        "directory-checkpoint",
        "checkpoint-000",
        "message-000",
    ]
    assert found.fingerprint == hashlib.sha256(decode(RAW)[1]).digest()  # type: ignore[index,arg-type,call-overload]
    assert found.bundle.messages == CASE.bundle().messages
    assert head_of(found.bundle.checkpoints[0]).size == 3


def _swap(fields: dict[int, Any], _: list[Any]) -> None:
    fields[6][0], fields[6][1] = fields[6][1], fields[6][0]


def _more(name: str, at: int, copied: int | None = None) -> Change:
    """A member of this name at a place, a copy of another or one byte."""

    def change(fields: dict[int, Any], bodies: list[Any]) -> None:
        fields[6].insert(at, [name, 1, b""])
        bodies.insert(at, b"x" if copied is None else bodies[copied])

    return change


CHANGES: dict[str, tuple[Code, Change]] = {
    "a version to come": (Code.UNKNOWN_SUITE, lambda fields, _: fields.update({1: 2})),
    "a network that is none": (Code.MALFORMED, lambda fields, _: fields.update({2: bytes(15)})),
    "a field more": (Code.UNKNOWN_FIELD, lambda fields, _: fields.update({7: 0})),
    "a maker that is none": (Code.MALFORMED, lambda fields, _: fields.update({4: "RS"})),
    "another name": (Code.UNKNOWN_FIELD, lambda fields, _: fields[6][3].__setitem__(0, "message-001")),
    "a name that is no text": (Code.MALFORMED, lambda fields, _: fields[6][3].__setitem__(0, 3)),
    "members exchanged": (Code.UNKNOWN_FIELD, _swap),
    "a member more": (Code.UNKNOWN_FIELD, _more("note", 4)),
    "a body more": (Code.BAD_EVIDENCE, lambda _, bodies: bodies.append(b"x")),
    "a message twice": (Code.BAD_EVIDENCE, _more("message-001", 4, 3)),
    "a checkpoint twice": (Code.BAD_EVIDENCE, _more("checkpoint-001", 3, 2)),
    "an empty directory": (Code.MALFORMED, lambda _, bodies: bodies.__setitem__(0, encode([]))),
    "an entry too large": (
        Code.TOO_LARGE,
        lambda _, bodies: bodies.__setitem__(0, encode([bytes(MAX_STATEMENT + 1)])),
    ),
    "a checkpoint too large": (Code.TOO_LARGE, lambda _, bodies: bodies.__setitem__(1, bytes(MAX_CHECKPOINT + 1))),
    "a checkpoint that is none": (Code.BAD_CHECKPOINT, lambda _, bodies: bodies.__setitem__(2, b"?")),
    "a message that is none": (Code.MALFORMED, lambda _, bodies: bodies.__setitem__(3, b"\xa0\x00")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_form_is_refused_although_its_digests_fit(name: str) -> None:
    code, change = CHANGES[name]
    with refused(code):
        parse_evidence_bundle(listed_anew(change))


@pytest.mark.parametrize("at", [0, 1, 2])
def test_digests_come_first(at: int) -> None:
    pieces = list(decode(RAW))  # type: ignore[arg-type,call-overload]  # a bundle is a list
    if at == 2:
        pieces[2] = [*pieces[2][:3], pieces[2][3][:-1] + bytes([pieces[2][3][-1] ^ 1])]
    else:
        pieces[at] = pieces[at][:-1] + bytes([pieces[at][-1] ^ 1])
    with refused(Code.BAD_EVIDENCE):
        parse_evidence_bundle(encode(pieces))


def test_a_member_of_another_length_than_the_list_says_is_refused() -> None:
    fingerprint, manifest, members = decode(RAW)  # type: ignore[misc]  # a bundle is a list
    with refused(Code.BAD_EVIDENCE):
        parse_evidence_bundle(encode([fingerprint, manifest, [*members[:3], members[3] + b"\x00"]]))


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    with refused(Code.TOO_LARGE):
        parse_evidence_bundle(bytes(MAX_EVIDENCE_FILE + 1))


def test_messages_stand_in_the_order_of_the_log() -> None:
    case = TestCase()
    case.send()
    second = case.send()
    case.say(second, Event.CONTENT_HANDOVER)
    bundle = case.bundle()
    assert len(parse_evidence_bundle(encode_evidence_bundle(bundle)).bundle.messages) == 2
    with refused(Code.BAD_EVIDENCE):
        parse_evidence_bundle(case.raw(messages=bundle.messages[::-1]))


def test_every_checkpoint_is_referred_to_and_none_is_missing() -> None:
    case = TestCase()
    case.send()
    first = case.bundle()
    case.send()
    with refused(Code.BAD_EVIDENCE):
        parse_evidence_bundle(case.raw(checkpoints=(*first.checkpoints, *case.bundle().checkpoints)))
    with refused(Code.BAD_EVIDENCE):
        parse_evidence_bundle(case.raw(checkpoints=first.checkpoints))
