"""The shipped vectors: enough of every kind, all of them right, none of them empty words, none written by hand."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.exceptions import InvalidSignature, InvalidTag

from egnatia.conformance.command import command
from egnatia.conformance.kinds import KINDS
from egnatia.conformance.run import answer
from egnatia.conformance.vector import OK, Vector, parse_question, parse_vector
from protocol.errors import Code
from tests.make_vectors.__main__ import VECTORS, stale
from tests.make_vectors.all_cases import all_cases
from tests.make_vectors.cast import Cast
from tests.make_vectors.stored import STORED, Missing, Store

LEAST = {
    "cbor": 70,
    "core": 90,
    "rows": 20,
    "document": 30,
    "envelope": 60,
    "delivery": 60,
    "statement": 75,
    "charter": 35,
    "evidence": 45,
    "token": 12,
    "mailbox": 12,
    "floe": 30,
    "hpke-wrap": 28,
    "padding": 20,
    "merkle-inclusion": 25,
    "merkle-consistency": 25,
    "checkpoint": 35,
    "keystore": 22,
    "disclosure": 30,
    "report": 12,
    "part-list": 18,
    "upload": 12,
    "directory": 35,
    "bundle": 15,
    "anchor": 15,
    "erasure": 15,
}
CODES = {
    "anchor": {Code.MALFORMED, Code.BAD_SIGNATURE, Code.UNKNOWN_KEY},
    "erasure": {Code.MALFORMED, Code.BAD_SIGNATURE, Code.UNKNOWN_KEY},
    "cbor": {Code.MALFORMED, Code.TOO_LARGE},
    "core": {
        *(Code.MALFORMED, Code.UNKNOWN_FIELD, Code.UNKNOWN_SUITE, Code.DUPLICATE_RECIPIENT, Code.SELF_RECIPIENT),
        Code.TOO_LARGE,
    },
    "rows": {Code.MALFORMED, Code.FIELD_ORDER, Code.FIELD_COMMITMENT},
    "document": {Code.MALFORMED, Code.FIELD_ORDER},
    "envelope": {
        *(Code.MALFORMED, Code.TOO_LARGE, Code.UNKNOWN_FIELD, Code.UNKNOWN_SUITE, Code.DOWNGRADE, Code.UNKNOWN_KEY),
        *(Code.MISSING_SIGNATURE, Code.DUPLICATE_SIGNATURE, Code.BAD_SIGNATURE, Code.WRAP_HASH, Code.BODY_HASH),
        Code.PART_MISSING,
    },
    "delivery": {
        *(Code.MALFORMED, Code.UNKNOWN_SUITE, Code.DOWNGRADE, Code.UNKNOWN_KEY, Code.BAD_SIGNATURE, Code.WRAP_HASH),
        *(Code.BODY_HASH, Code.PART_MISSING, Code.NOT_A_RECIPIENT, Code.UNKNOWN_DECRYPTION_KEY, Code.WRAP_DECRYPT),
        *(Code.MIXED_SUITE, Code.COMMITMENT, Code.BODY_DECRYPT, Code.PADDING, Code.FIELD_ORDER, Code.FIELD_COMMITMENT),
        *(Code.ATT_MISSING, Code.ATT_LENGTH, Code.NAME_REJECTED, Code.TOO_LARGE),
    },
    "statement": {
        *(Code.MALFORMED, Code.UNKNOWN_FIELD, Code.TOO_LARGE, Code.KEY_INVALID, Code.MISSING_SIGNATURE),
        *(Code.BAD_SIGNATURE, Code.UNKNOWN_KEY),
    },
    "charter": {Code.MALFORMED, Code.UNKNOWN_FIELD, Code.UNKNOWN_SUITE, Code.KEY_INVALID, Code.KEY_ALREADY_BOUND},
    "evidence": {
        *(Code.MALFORMED, Code.UNKNOWN_FIELD, Code.UNKNOWN_KEY, Code.BAD_SIGNATURE, Code.BAD_EVIDENCE),
        *(Code.BAD_INCLUSION, Code.BAD_CHECKPOINT, Code.MISSING_SIGNATURE),
    },
    "token": {Code.MALFORMED, Code.BAD_SIGNATURE, Code.UNKNOWN_KEY},
    "mailbox": {Code.MALFORMED, Code.UNKNOWN_FIELD, Code.BAD_SIGNATURE, Code.UNKNOWN_KEY},
    "floe": {Code.COMMITMENT, Code.BODY_DECRYPT},
    "hpke-wrap": {
        *(Code.MALFORMED, Code.TOO_LARGE, Code.MIXED_SUITE, Code.WRAP_DECRYPT, Code.UNKNOWN_DECRYPTION_KEY),
        Code.KEY_INVALID,
    },
    "padding": {Code.PADDING},
    "merkle-inclusion": {Code.BAD_INCLUSION},
    "merkle-consistency": {Code.BAD_CONSISTENCY},
    "checkpoint": {
        *(Code.BAD_CHECKPOINT, Code.MISSING_SIGNATURE, Code.BAD_SIGNATURE, Code.BAD_COSIGNATURE, Code.QUORUM),
    },
    "keystore": {
        *(Code.MALFORMED, Code.UNKNOWN_FIELD, Code.KEYSTORE_PARAMS, Code.KEYSTORE_AUTH, Code.KEYSTORE_MISMATCH),
    },
    "disclosure": {
        *(Code.MALFORMED, Code.UNKNOWN_FIELD, Code.DISCLOSURE, Code.FIELD_COMMITMENT, Code.UNKNOWN_KEY),
        *(Code.BAD_SIGNATURE, Code.BAD_EVIDENCE, Code.BAD_INCLUSION, Code.BAD_CHECKPOINT, Code.TOO_LARGE),
    },
    "report": {
        *(Code.MALFORMED, Code.UNKNOWN_FIELD, Code.DISCLOSURE, Code.BODY_HASH, Code.COMMITMENT, Code.NOT_A_RECIPIENT),
        *(Code.FIELD_COMMITMENT, Code.BAD_SIGNATURE, Code.UNKNOWN_KEY),
    },
    "part-list": {Code.MALFORMED, Code.TOO_LARGE, Code.TOO_MANY_PARTS, Code.ATT_LENGTH, Code.ATT_HASH},
    "upload": {Code.MALFORMED, Code.UNKNOWN_FIELD},
    "bundle": {
        *(Code.MALFORMED, Code.UNKNOWN_FIELD, Code.UNKNOWN_SUITE, Code.BAD_EVIDENCE, Code.ROOT_MISMATCH),
        *(Code.SPLIT_VIEW, Code.BAD_COSIGNATURE, Code.BAD_INCLUSION, Code.BAD_SIGNATURE, Code.KEY_REVOKED),
        Code.NOT_A_RECIPIENT,
    },
    "directory": {
        *(Code.MALFORMED, Code.ROOT_MISMATCH, Code.QUORUM, Code.KEY_POP, Code.KEY_ALREADY_BOUND, Code.KEY_CHAIN),
        *(Code.KEY_INVALID, Code.KEY_REVOKED, Code.NODE_SUSPENDED, Code.UNKNOWN_KEY, Code.UNKNOWN_SENDER),
        *(Code.STATEMENT_ORDER, Code.NOT_PERMITTED, Code.DOWNGRADE, Code.WRONG_AUDIENCE),
    },
}


@cache
def shipped() -> dict[str, Vector]:
    return {path.relative_to(VECTORS).as_posix(): parse_vector(path.read_bytes()) for path in VECTORS.rglob("*.txt")}


@cache
def answers() -> dict[str, str]:
    return {name: answer(vector) for name, vector in shipped().items()}


def test_every_vector_passes() -> None:
    wrong = {name: got for name, got in answers().items() if got != shipped()[name].expect}
    assert not wrong


def test_there_are_enough_of_every_kind() -> None:
    counts = Counter(vector.kind for vector in shipped().values())
    assert set(LEAST) == set(KINDS)
    assert not {kind: counts[kind] for kind, least in LEAST.items() if counts[kind] < least}
    assert sum(counts.values()) >= 300


@pytest.mark.parametrize("kind", CODES)
def test_every_code_of_a_kind_has_its_vector_and_so_has_success(kind: str) -> None:
    expected = {vector.expect for vector in shipped().values() if vector.kind == kind}
    assert expected == {OK, *CODES[kind]}


def test_a_changed_expectation_fails(tmp_path: Path) -> None:
    """The run has no way to pass by itself: one file of each kind, its expectation turned, fails."""
    for kind in KINDS:
        vectors = [vector for vector in shipped().values() if vector.kind == kind]
        good = next(each for each in vectors if each.expect == OK)
        bad = next(each for each in vectors if each.expect != OK)
        for vector, turned in ((good, Code.MALFORMED), (bad, OK), (bad, Code.INTERNAL)):
            wrong = Vector(kind, str(turned), vector.comment, vector.fields)
            (tmp_path / f"{kind}-{vector.expect}-{turned}.txt").write_bytes(wrong.encode())
    result = CliRunner().invoke(command, [str(tmp_path), "--json"])
    told = json.loads(result.output)
    assert (result.exit_code, told["passed"]) == (1, 0)
    assert told["failed"] == len(list(tmp_path.glob("*.txt"))) == 3 * len(KINDS)


def test_every_expectation_could_have_failed() -> None:
    """No answer equals two expectations, so whichever expectation is exchanged, the vector fails."""
    names = {OK, *map(str, Code)}
    assert all(sum(got == name for name in names) == 1 for got in answers().values())


def test_the_generator_writes_these_files() -> None:
    assert stale() == [], "run `python -m tests.make_vectors`"


def test_a_file_changed_by_hand_is_noticed(tmp_path: Path) -> None:
    copy = tmp_path / "vectors"
    copy.mkdir()
    first = min(VECTORS.rglob("*.txt")).relative_to(VECTORS)
    (copy / first.parent).mkdir()
    (copy / first).write_bytes((VECTORS / first).read_bytes() + b"\n")
    (copy / "left-over.txt").write_bytes(b"")
    found = stale(copy)
    assert {first.as_posix(), "left-over.txt"} <= set(found)
    assert len(found) == len(shipped()) + 1


def test_each_file_says_in_its_comment_what_is_wrong() -> None:
    comments = [vector.comment for vector in shipped().values()]
    assert all(len(comment) >= 5 and not comment.endswith(".") for comment in comments)


def test_a_stored_output_is_verified_whenever_it_is_used(tmp_path: Path) -> None:
    first, *rest = STORED.read_text(encoding="ascii").splitlines(keepends=True)
    label, _, value = first.rstrip("\n").partition(" ")
    other = ("B" if value[10] == "A" else "A").join((value[:10], value[11:]))
    path = tmp_path / "stored.txt"
    path.write_text("".join([f"{label} {other}\n", *rest]), encoding="ascii")
    with pytest.raises((InvalidSignature, InvalidTag, ValueError)):
        all_cases(Cast(Store(path, frozen=True)))
    path.write_text("".join(rest), encoding="ascii")
    with pytest.raises(Missing, match=label):
        all_cases(Cast(Store(path, frozen=True)))


def test_another_program_is_asked_the_same_without_the_answer() -> None:
    for vector in shipped().values():
        question = vector.question()
        assert parse_question(question) == Vector(vector.kind, OK, "", vector.fields)
        assert b"expect: " not in question
