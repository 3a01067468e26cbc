"""Small objects of the wire: each parses what it encodes and names what it refuses."""

import hashlib

import pytest

from protocol import domains
from protocol.api import VERBS, Problem, encode_problem, parse_problem
from protocol.cbor import Item, encode
from protocol.cose import sign
from protocol.decision import Asks, Decision, Duty, Finding, Verdict, encode_decision, parse_decision
from protocol.errors import Code, Fault, Malformed
from protocol.fields import Row, check_commitment, commit, encode_rows, parse_rows, salt_rows
from protocol.ids import (
    NodeId,
    PolicyDigest,
    Reference,
    message_id,
    parse_digest,
    parse_hex_digest,
    parse_node_id,
    parse_type_id,
)
from protocol.leaf import Leaf, LeafKind, encode_leaf, parse_leaf, payload_digest
from protocol.meanings import MEANINGS
from protocol.shapes import as_bool, as_bytes, as_int, as_map
from protocol.suite import check_suite
from protocol.tokens import Token, TokenKind, parse_token, sign_token, verify_token
from tests.simulators.faults import refused
from tests.simulators.party import NETWORK, NOW, CountingEntropy, PlainIdentity

DIGEST = PolicyDigest(b"d" * 32)


def test_every_code_has_one_meaning_and_none_is_left_over() -> None:
    assert set(MEANINGS) == set(Code)
    for code, meaning in MEANINGS.items():
        assert 400 <= meaning.status < 600, code
        assert meaning.sentence.endswith((".", "?")), code
        assert meaning.remedy.endswith("."), code


def test_verbs_name_known_codes_once() -> None:
    names = [verb.name for verb in VERBS]
    assert len(set(names)) == len(names)
    for verb in VERBS:
        assert len(set(verb.codes)) == len(verb.codes)


def test_fault_shows_code_and_detail() -> None:
    assert str(Fault(Code.QUOTA)) == "QUOTA"
    assert str(Malformed("core")) == "MALFORMED: core"


def test_ids() -> None:
    assert message_id(b"x") == hashlib.sha256(b"x").digest()
    assert parse_hex_digest("ab" * 32) == b"\xab" * 32
    assert parse_node_id("ba.ilecu-2") == "ba.ilecu-2"
    for bad in ("A" * 64, "ab" * 31, "AB" * 32, "../" + "a" * 61):
        with refused(Code.MALFORMED):
            parse_hex_digest(bad)
    for bad_node in ("a", "-ab", "ab-", "a" * 65, "a b", "č.ilecu", 5, "ab\n"):
        with refused(Code.MALFORMED):
            parse_node_id(bad_node)
    for bad_type in ("MT-01", "mt-01/1", 7, "MT-01/1 "):
        with refused(Code.MALFORMED):
            parse_type_id(bad_type)
    with refused(Code.MALFORMED):
        parse_digest("d" * 32)


def test_shapes_refuse_look_alikes() -> None:
    for wrong in (True, "1", -1, 1 << 53):
        with refused(Code.MALFORMED):
            as_int(wrong, "n")
    with refused(Code.MALFORMED):
        as_bool(1, "b")
    assert as_bool(value=True, name="b") is True
    with refused(Code.MALFORMED):
        as_bytes("text", "b")
    with refused(Code.MALFORMED):
        as_map([], "m", (1,))


def test_suites() -> None:
    check_suite(1, 1)
    with refused(Code.UNKNOWN_SUITE):
        check_suite(2, 1)
    with refused(Code.DOWNGRADE):
        check_suite(1, 2)


def test_rows_commit_to_salt_path_and_value() -> None:
    rows = salt_rows((("/b", 1), ("/a", None)), CountingEntropy())
    assert [row.path for row in rows] == ["/a", "/b"]
    assert parse_rows(encode_rows(rows)) == rows
    root = commit(rows)
    check_commitment(rows, root)
    for other in (
        (rows[0],),
        (rows[1], rows[0]),
        (Row(b"x" * 16, rows[0].path, rows[0].value), rows[1]),
        (Row(rows[0].salt, "/aa", rows[0].value), rows[1]),
        (Row(rows[0].salt, rows[0].path, 0), rows[1]),
    ):
        with refused(Code.FIELD_COMMITMENT):
            check_commitment(other, root)


def rows_of(*rows: list[Item]) -> bytes:
    return encode(list(rows))


BAD_ROWS: list[tuple[bytes, Code]] = [
    (rows_of(), Code.MALFORMED),
    (rows_of([b"s" * 15, "/a", 1]), Code.MALFORMED),
    (rows_of([b"s" * 16, "", 1]), Code.MALFORMED),
    (rows_of([b"s" * 16, "/a"]), Code.MALFORMED),
    (rows_of([b"s" * 16, "/a", 1], [b"t" * 16, "/a", 1]), Code.FIELD_ORDER),
    (rows_of([b"s" * 16, "/b", 1], [b"t" * 16, "/a", 1]), Code.FIELD_ORDER),
    (rows_of([b"s" * 16, "/a", 1], [b"s" * 16, "/b", 1]), Code.MALFORMED),
]


@pytest.mark.parametrize(("raw", "code"), BAD_ROWS)
def test_rows_refuse(raw: bytes, code: Code) -> None:
    with refused(code):
        parse_rows(raw)


def test_a_path_twice_cannot_be_salted() -> None:
    with refused(Code.FIELD_ORDER):
        salt_rows((("/a", 1), ("/a", 2)), CountingEntropy())


def test_leaf() -> None:
    leaf = Leaf(LeafKind.TOKEN, payload_digest(b"x"), NOW, 3, b"r" * 32)
    assert parse_leaf(encode_leaf(leaf)) == leaf
    for kind in (0, 9):
        with refused(Code.MALFORMED):
            parse_leaf(encode([kind, bytes(32), NOW, 3, bytes(32)]))


def test_a_decision_carries_what_is_to_be_done_and_by_when() -> None:
    duty = Duty("owner-told", Asks.NOTIFY_OWNER, "PCC 31(4)(a)", "obligation.owner-told", 86_400, ("me.ilecu",))
    decision = Decision(Verdict.ALLOW, DIGEST, (), ("not-evidence", "owner-told"), (duty,))
    raw = encode_decision(decision)
    assert parse_decision(raw) == decision
    assert encode_decision(parse_decision(raw)) == raw


@pytest.mark.parametrize(
    "owed",
    [
        7,
        ["a", "review-by", "NET", "t", 1],
        ["a", "know", "NET", "t", 1, []],
        ["a", 7, "NET", "t", 1, []],
        ["a", "dance", "NET", "t", 1, []],
        ["a", "review-by", "NET", "t", -1, []],
        ["a", "review-by", "NET", "t", 1, [7]],
    ],
)
def test_an_obligation_that_is_none_is_refused(owed: Item) -> None:
    with pytest.raises(Malformed):
        parse_decision(encode(["allow", DIGEST, [], [owed]]))


def test_an_obligation_to_act_stands_once() -> None:
    duty: Item = ["a", "review-by", "NET", "t", 1, []]
    for twice in ([duty, duty], ["a", duty]):
        with pytest.raises(Malformed):
            parse_decision(encode(["allow", DIGEST, [], twice]))


def test_decision() -> None:
    finding = Finding("r-agreement", "PCC 31", "agreement.missing", Verdict.DENY, NodeId("rs.ilecu"), (("k", "v"),))
    decision = Decision(Verdict.DENY, DIGEST, (finding, Finding("r", "a", "t", Verdict.HOLD)), ("notify",))
    assert parse_decision(encode_decision(decision)) == decision
    assert decision.refused() == {"rs.ilecu"}
    for verdict in ("maybe", 1):
        with refused(Code.MALFORMED):
            parse_decision(encode([verdict, DIGEST, [], []]))


def test_problem() -> None:
    for problem in (Problem(Code.QUOTA, NOW), Problem(Code.POLICY_DENIED, NOW, 30, b"decision")):
        assert parse_problem(encode_problem(problem)) == problem
    for bad in ({1: "NOPE", 2: 1}, {1: 7, 2: 1}, {1: "QUOTA", 2: 1, 4: "x"}):
        with refused(Code.MALFORMED):
            parse_problem(encode(bad))  # type: ignore[arg-type]  # maps of items


def test_token_is_its_holders() -> None:
    holder = PlainIdentity("rs.nada")
    token = Token(
        TokenKind.CONSENT, Reference(b"k" * 16), NodeId("rs.nada"), NodeId("rs.nada"), NodeId("at.lotse"), NOW
    )
    signed = parse_token(sign_token(token, holder, NETWORK))
    assert signed.token == token
    verify_token(signed, holder.public, NETWORK)
    with refused(Code.UNKNOWN_KEY):
        verify_token(signed, PlainIdentity("at.lotse").public, NETWORK)
    with refused(Code.BAD_SIGNATURE):
        verify_token(signed, holder.public, b"t" * 16)


def test_token_of_an_unknown_kind() -> None:
    payload = encode([9, b"k" * 16, "rs.nada", "rs.nada", "at.lotse", NOW])
    with refused(Code.MALFORMED):
        parse_token(sign(PlainIdentity("rs.nada"), domains.TOKEN, NETWORK, payload))
