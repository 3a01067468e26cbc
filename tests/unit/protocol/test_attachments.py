"""Attachments as the body tells of them, and a whole message with one from sealing to opening."""

import hashlib
from collections.abc import Iterable

import pytest

from protocol.attachments import Attachment, find_attachments, match_attachments, pad_pieces, trim_pieces
from protocol.cbor import Item
from protocol.envelope import Part, parse_envelope
from protocol.errors import Code, Fault
from protocol.fields import Field
from protocol.floe import sealed_length
from protocol.floe_stream import StreamOpener
from protocol.limits import MAX_ATTACHMENT
from protocol.padding import padme
from protocol.seal import Issue, finish, prepare, seal
from tests.simulators.attached import rows_of, seal_file
from tests.simulators.party import NETWORK, NOW, CountingEntropy, Party, cleared, deliver, draft
from tests.simulators.refusal import refused

SKOPJE, BELGRADE = Party("mk.ilecu"), Party("rs.ilecu")
ISSUE = Issue(NETWORK, NOW, 7, b"r" * 32)
CONTENT = b"what the witness said" * 50
SHA = hashlib.sha256(CONTENT).digest()


def test_the_rows_tell_what_a_reader_needs() -> None:
    rows = (*rows_of(1, b"", part="att-00"), *rows_of(0, CONTENT, part="att-07"), ("/note", "x"))
    first, second = find_attachments(rows)
    assert first == Attachment("att-00", "report 1.pdf", "application/pdf", 0, hashlib.sha256(b"").digest())
    assert second == Attachment("att-07", "report 0.pdf", "application/pdf", len(CONTENT), SHA)
    assert (first.sealed_length, second.sealed_length) == (sealed_length(256), sealed_length(padme(len(CONTENT))))


def test_other_rows_of_an_attachment_are_passed_over() -> None:
    rows = (*rows_of(0, CONTENT), ("/attachments/0/category", "DO"), ("/attachments/0/handling/0", "H1"))
    assert len(find_attachments(rows)) == 1
    assert find_attachments([("/attachments", []), ("/attachment/0/part", "att-00")]) == ()


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (rows_of(0, CONTENT, name=None), Code.MALFORMED),
        (rows_of(0, CONTENT, sha256=None), Code.MALFORMED),
        (rows_of(0, CONTENT, part="body"), Code.MALFORMED),
        (rows_of(0, CONTENT, part=7), Code.MALFORMED),
        (rows_of(0, CONTENT, name=7), Code.MALFORMED),
        (rows_of(0, CONTENT, name="../x"), Code.NAME_REJECTED),
        (rows_of(0, CONTENT, media_type="x" * 122), Code.MALFORMED),
        (rows_of(0, CONTENT, size=-1), Code.MALFORMED),
        (rows_of(0, CONTENT, size="1"), Code.MALFORMED),
        (rows_of(0, CONTENT, size=MAX_ATTACHMENT), Code.TOO_LARGE),
        (rows_of(0, CONTENT, sha256="AB" * 32), Code.MALFORMED),
        ((*rows_of(0, CONTENT), *rows_of(1, CONTENT, part="att-00")), Code.MALFORMED),
        ((("/attachments/00/part", "att-00"),), Code.MALFORMED),
        (tuple(row for number in range(65) for row in rows_of(number, b"", part="att-00")), Code.TOO_LARGE),
    ],
)
def test_other_rows_are_refused(rows: tuple[Field, ...], code: Code) -> None:
    with refused(code):
        find_attachments(rows)


def test_parts_and_rows_go_together() -> None:
    (told,) = find_attachments(rows_of(0, CONTENT))
    part = Part("att-00", told.sealed_length, b"r" * 32)
    body = Part("body", 400, b"b" * 32)
    assert match_attachments([told], [part, body]) == ((told, part),)
    for parts, code in (
        ([body], Code.ATT_MISSING),
        ([part, Part("att-01", 400, b"r" * 32)], Code.MALFORMED),
        ([Part("att-00", told.sealed_length + 1, b"r" * 32)], Code.ATT_LENGTH),
    ):
        with refused(code):
            match_attachments([told], parts)


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_missing_part_is_told_before_a_wrong_length(wrong: int) -> None:
    told = find_attachments((*rows_of(0, CONTENT, part="att-00"), *rows_of(1, CONTENT, part="att-01")))
    part = Part(f"att-0{wrong}", told[0].sealed_length + 1, b"r" * 32)
    with refused(Code.ATT_MISSING):
        match_attachments(told, [part])
    untold = Part("att-02", 400, b"r" * 32)
    with refused(Code.ATT_LENGTH):
        match_attachments(told[wrong : wrong + 1], [part, untold])


@pytest.mark.parametrize("size", [0, 1, 256, 257, 300_000])
def test_padding_is_zeros_up_to_the_padme_size(size: int) -> None:
    padded = b"".join(pad_pieces([b"a" * size], size))
    assert padded == b"a" * size + bytes(padme(size) - size)
    for step in (1_000, 70_000):
        pieces = [padded[at : at + step] for at in range(0, len(padded), step)]
        assert b"".join(trim_pieces(pieces, size)) == b"a" * size


@pytest.mark.parametrize("size", [3, 5])
def test_a_file_of_another_size_than_told_is_not_sealed(size: int) -> None:
    with refused(Code.ATT_LENGTH):
        list(pad_pieces([b"ab", b"cd"], size))


def filler(*pieces: bytes) -> Iterable[bytes]:
    return [b"abcd", *pieces]


@pytest.mark.parametrize(
    "pieces",
    [filler(bytes(251)), filler(bytes(253)), filler(bytes(251), b"\x01"), [b"abc"], filler(bytes(252), b"\x00")],
)
def test_other_padding_is_refused(pieces: Iterable[bytes]) -> None:
    with refused(Code.PADDING):
        list(trim_pieces(pieces, 4))


def with_rows(*rows: Field) -> tuple[tuple[str, Item], ...]:
    return (("/plate", "SK-1234-AB"), *rows)


def test_a_message_with_an_attachment_opens_as_it_was_sealed() -> None:
    one = cleared(draft(SKOPJE, BELGRADE, body=with_rows(*rows_of(0, CONTENT))))
    prepared = prepare(one, (BELGRADE.target,), ISSUE, CountingEntropy())
    file = seal_file(prepared, "att-00", CONTENT)
    envelope = finish(prepared, (file.list.part,), SKOPJE.identity)
    assert parse_envelope(envelope.encode()) == envelope
    assert [part.name for part in envelope.manifest.attachments] == ["att-00"]
    found = BELGRADE.opens(deliver(envelope, BELGRADE), SKOPJE)
    (attachment,) = found.attachments
    assert (attachment.part, attachment.about.sha256) == (file.list.part, SHA)
    assert dict(found.part_keys)["att-00"] == attachment.opening[0]
    opener = StreamOpener(*attachment.opening, attachment.part.length)
    content = b"".join(trim_pieces(opener.update(file.ciphertext), attachment.about.size))
    opener.finish()
    assert content == CONTENT
    assert CONTENT[:20] not in envelope.encode() + file.ciphertext


def test_keys_are_shown_nowhere() -> None:
    one = cleared(draft(SKOPJE, BELGRADE, body=with_rows(*rows_of(0, CONTENT))))
    prepared = prepare(one, (BELGRADE.target,), ISSUE, CountingEntropy())
    file = seal_file(prepared, "att-00", CONTENT)
    found = BELGRADE.opens(deliver(finish(prepared, (file.list.part,), SKOPJE.identity), BELGRADE), SKOPJE)
    assert repr(found.attachments[0]) == "OpenAttachment(att-00)"
    assert "content_key" not in repr(prepared)


def test_sealing_refuses_a_message_without_the_parts_it_tells_of() -> None:
    one = cleared(draft(SKOPJE, BELGRADE, body=with_rows(*rows_of(0, CONTENT))))
    with refused(Code.ATT_MISSING):
        seal(one, (BELGRADE.target,), ISSUE, SKOPJE.identity, CountingEntropy())


def test_sealing_refuses_a_misleading_name() -> None:
    one = cleared(draft(SKOPJE, BELGRADE, body=with_rows(*rows_of(0, CONTENT, name="..\\x"))))
    with refused(Code.NAME_REJECTED):
        prepare(one, (BELGRADE.target,), ISSUE, CountingEntropy())


def test_two_files_of_one_message_have_two_keys() -> None:
    one = cleared(draft(SKOPJE, BELGRADE))
    prepared = prepare(one, (BELGRADE.target,), ISSUE, CountingEntropy())
    (key0, aad0), (key1, aad1) = prepared.opening("att-00"), prepared.opening("att-01")
    assert key0 != key1
    assert aad0 != aad1


def test_a_signed_message_whose_rows_and_parts_differ_is_refused_at_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    one = cleared(draft(SKOPJE, BELGRADE, body=with_rows(*rows_of(0, CONTENT))))
    prepared = prepare(one, (BELGRADE.target,), ISSUE, CountingEntropy())
    monkeypatch.setattr("protocol.seal.match_attachments", lambda *_: ())  # what a hostile sender leaves out
    for parts, code in (((), Code.ATT_MISSING), ((Part("att-01", 400, b"r" * 32),), Code.ATT_MISSING)):
        envelope = finish(prepared, parts, SKOPJE.identity)
        with pytest.raises(Fault) as caught:
            BELGRADE.opens(deliver(envelope, BELGRADE), SKOPJE)
        assert caught.value.code is code
