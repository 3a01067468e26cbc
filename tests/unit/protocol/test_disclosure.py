"""Chosen rows under the sender's own signatures: what is shown is proved, what is withheld stays unknown."""

from dataclasses import replace

import pytest

from protocol.cbor import Item, decode, encode
from protocol.disclosure import (
    Disclosure,
    disclose,
    encode_disclosure,
    parse_disclosure,
    verify_logged,
    verify_rows,
)
from protocol.errors import Code
from protocol.evidence import Inclusion
from protocol.fields import Row, row_hash, salt_rows
from protocol.leaf import LeafKind
from protocol.limits import MAX_CHECKPOINT, MAX_DISCLOSURE
from protocol.stages import Addressee
from tests.simulators.disclosing import Disclosing
from tests.simulators.party import NETWORK, NOW, CountingEntropy
from tests.simulators.refusal import refused
from tests.simulators.small_log import ORIGIN

SCENE = Disclosing()
SENDER = SCENE.sender.identity.public
PLAIN = SCENE.disclosure()
RAW = encode_disclosure(PLAIN)


def changed(**labels: object) -> bytes:
    """Return the bytes with values of labels replaced; None removes one."""
    fields = dict(decode(RAW))  # type: ignore[call-overload]  # a disclosure is a map
    for name, value in labels.items():
        fields[int(name[1:])] = value
    return encode({label: value for label, value in fields.items() if value is not None})


def slots(*, at: int, to: Item) -> bytes:
    found = list(decode(RAW)[3])  # type: ignore[index,call-overload,arg-type]  # a disclosure is a map
    found[at] = to
    return changed(_3=found)


def test_the_rows_chosen_are_proved_and_the_others_are_counted() -> None:
    rows = verify_rows(parse_disclosure(RAW), SENDER, NETWORK)
    assert [(row.path, row.value) for row in rows] == [("/field1", "value 1"), ("/field4", "value 4")]
    assert (PLAIN.withheld, PLAIN.message, PLAIN.attachments_withheld) == (4, SCENE.envelope.id, ())
    assert encode_disclosure(parse_disclosure(RAW)) == RAW


def test_a_proof_of_one_row_is_a_disclosure_of_one_row() -> None:
    single = SCENE.disclosure("/field3")
    assert [row.path for row in verify_rows(single, SENDER, NETWORK)] == ["/field3"]
    assert single.withheld == 5


def test_withheld_rows_leave_nothing_but_their_number() -> None:
    shown = {row.path for row in PLAIN.slots if isinstance(row, Row)}
    for row in SCENE.opened.body:
        if row.path not in shown:
            assert row.salt not in RAW
            assert row.path.encode() not in RAW
            assert str(row.value).encode() not in RAW


def test_equal_values_under_other_salts_hash_differently() -> None:
    one, other = (salt_rows((("/plate", "SK-1234-AB"),), CountingEntropy(seed)) for seed in ("one", "other"))
    assert row_hash(one[0]) != row_hash(other[0])


def test_an_identity_part_is_disclosed_under_its_own_commitment() -> None:
    to = (Addressee(SCENE.reader.node, reads_identity=True),)
    changes = {"channel": "cso", "identity": (("/family", "X"), ("/given", "Y")), "to": to}
    plain = {"handling": (), "urgency": None}
    scene = Disclosing(changes=changes | plain)
    found = disclose(scene.source("identity"), ["/given"])
    assert [row.value for row in verify_rows(found, SENDER, NETWORK)] == ["Y"]
    assert parse_disclosure(encode_disclosure(found)).part == "identity"
    with refused(Code.FIELD_COMMITMENT):
        verify_rows(replace(found, part="body"), SENDER, NETWORK)


@pytest.mark.parametrize("paths", [(), ("/nothing",), ("/field1", "/nothing")])
def test_nothing_is_disclosed_for_a_choice_that_fits_no_row(paths: tuple[str, ...]) -> None:
    with refused(Code.DISCLOSURE):
        disclose(SCENE.source(), paths)


def test_nobody_makes_a_disclosure_that_nobody_could_verify() -> None:
    with refused(Code.FIELD_COMMITMENT):
        disclose(replace(SCENE.source(), rows=SCENE.opened.body[1:]), ["/field1"])


def test_rows_that_a_recipient_would_have_refused_are_refused_here_too() -> None:
    """A sender who commits to unsorted rows gains nothing by having them disclosed."""
    rows = tuple(reversed(SCENE.opened.body))
    core = replace(PLAIN.manifest.core, body_root=_commit(rows))
    found = replace(PLAIN, slots=rows, manifest=replace(PLAIN.manifest, core=core))
    with refused(Code.FIELD_ORDER):
        verify_rows(found, SENDER, NETWORK)


def _commit(rows: tuple[Row, ...]) -> bytes:
    from protocol.fields import commit

    return commit(rows)


@pytest.mark.parametrize(
    "raw",
    [
        changed(_2="identity"),
        changed(_2="att-00"),
        changed(_2=1),
        changed(_3=[bytes(32)] * 6),
        changed(_4=[["att-00", "att-01"]]),
        slots(at=0, to=b"x" * 31),
        slots(at=0, to=[bytes(15), "/a", 1]),
        slots(at=0, to=["salt", "/a", 1]),
        slots(at=0, to=[bytes(16), "/a"]),
        slots(at=0, to="row"),
        slots(at=0, to=[bytes(16), "/field1", 1]),
    ],
)
def test_what_proves_nothing_is_refused(raw: bytes) -> None:
    with refused(Code.DISCLOSURE):
        parse_disclosure(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        encode([]),
        RAW + b"\x00",
        changed(_1=b""),
        changed(_3=[]),
        changed(_3=None),
        changed(_4=[]),
        changed(_4=[["att-00"]]),
        changed(_5=[]),
        changed(_5=[[b"leaf", 0, 1, []], "checkpoint"]),
        slots(at=0, to=[bytes(16), 1, 1]),
        slots(at=0, to=[bytes(16), "/" + "a" * 128, 1]),
    ],
)
def test_another_shape_is_refused(raw: bytes) -> None:
    with refused(Code.MALFORMED):
        parse_disclosure(raw)


def test_unknown_labels_and_excess_are_refused() -> None:
    with refused(Code.UNKNOWN_FIELD):
        parse_disclosure(changed(_6=1))
    with refused(Code.TOO_LARGE):
        parse_disclosure(bytes(MAX_DISCLOSURE + 1))
    with refused(Code.TOO_LARGE):
        parse_disclosure(changed(_5=[[b"leaf", 0, 1, []], bytes(MAX_CHECKPOINT + 1)]))


def test_another_signer_or_network_is_refused() -> None:
    with refused(Code.UNKNOWN_KEY):
        verify_rows(PLAIN, SCENE.reader.identity.public, NETWORK)
    with refused(Code.BAD_SIGNATURE):
        verify_rows(PLAIN, SENDER, bytes(16))


def test_the_log_is_proved_with_the_disclosure() -> None:
    found = parse_disclosure(encode_disclosure(SCENE.disclosure(logged=True)))
    assert verify_logged(found.logged, found.message, ORIGIN, SCENE.log.keys).time == NOW
    assert encode_disclosure(found) == encode_disclosure(parse_disclosure(encode_disclosure(found)))


def test_a_proof_that_is_missing_or_about_something_else_is_no_proof() -> None:
    log = SCENE.log.keys
    with refused(Code.BAD_EVIDENCE):
        verify_logged(None, PLAIN.message, ORIGIN, log)
    for changes in ({"digest": bytes(32)}, {"kind": LeafKind.EVIDENCE}):
        with refused(Code.BAD_EVIDENCE):
            verify_logged(SCENE.proof(**changes), PLAIN.message, ORIGIN, log)
    proof = SCENE.proof()
    with refused(Code.BAD_CHECKPOINT):
        verify_logged(proof, PLAIN.message, "other/messages", log)
    moved = replace(proof.inclusion, index=proof.inclusion.index - 1)
    with refused(Code.BAD_INCLUSION):
        verify_logged(replace(proof, inclusion=moved), PLAIN.message, ORIGIN, log)
    assert isinstance(moved, Inclusion)


def with_attachments(*carried: tuple[str, str]) -> Disclosure:
    """A disclosure of a message with two attachments."""
    parts = (*_attachments(), *PLAIN.manifest.parts)
    return replace(PLAIN, manifest=replace(PLAIN.manifest, parts=parts), carried=carried)


def _attachments() -> tuple[object, ...]:
    from protocol.envelope import Part

    return tuple(Part(f"att-{number:02}", 300, bytes(32)) for number in range(2))


def test_attachments_are_withheld_unless_they_are_named() -> None:
    assert with_attachments().attachments_withheld == ("att-00", "att-01")
    assert with_attachments(("att-01", "att-00")).attachments_withheld == ("att-00",)


@pytest.mark.parametrize(
    "carried",
    [
        (("att-02", "att-00"),),
        (("att-00", "body"),),
        (("att-00", ""),),
        (("att-00", "x" * 65),),
        (("body", "att-00"),),
        (("att-00", "att-00"), ("att-00", "att-01")),
        (("att-01", "att-01"), ("att-00", "att-00")),
        (("att-00", "att-03"), ("att-01", "att-03")),
    ],
)
def test_an_attachment_is_one_of_the_message_and_comes_once(carried: tuple[tuple[str, str], ...]) -> None:
    from protocol.disclosure import parse_carried

    item: list[Item] = [list(each) for each in carried]
    with refused(Code.DISCLOSURE):
        parse_carried(item, with_attachments().manifest)


def test_an_attachment_that_comes_along_has_two_names() -> None:
    from protocol.disclosure import parse_carried

    for item in (["att-00", 0], [None, "att-00"], ["att-00"], "att-00"):
        with refused(Code.MALFORMED):
            parse_carried([item], with_attachments().manifest)


def test_attachments_that_come_along_are_told_in_their_order() -> None:
    from protocol.disclosure import parse_carried

    manifest = with_attachments().manifest
    assert parse_carried([["att-00", "att-01"], ["att-01", "att-00"]], manifest) == (
        ("att-00", "att-01"),
        ("att-01", "att-00"),
    )
    assert 4 in decode(encode_disclosure(with_attachments(("att-00", "att-00"))))  # type: ignore[operator]
