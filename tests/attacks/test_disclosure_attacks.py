"""Attacks on what a recipient passes on or reports: forged rows, forged keys, borrowed envelopes."""

from dataclasses import replace

import pytest

from protocol.disclosure import Disclosure, encode_disclosure, parse_disclosure, verify_rows
from protocol.errors import Code
from protocol.fields import Row, row_hash
from protocol.report import parse_report, sign_report, verify_report
from tests.simulators.disclosing import Disclosing
from tests.simulators.party import NETWORK, CountingEntropy
from tests.simulators.refusal import refused

SCENE = Disclosing()
OTHER = Disclosing(changes={"body": (("/other", "message"),), "entropy": CountingEntropy("other")})
SENDER, REPORTER = SCENE.sender.identity, SCENE.reader.identity
PLAIN = SCENE.disclosure("/field0", "/field2", "/field5")


def judged(disclosure: Disclosure) -> tuple[Row, ...]:
    """Verify as a third party does: from bytes."""
    return verify_rows(parse_disclosure(encode_disclosure(disclosure)), SENDER.public, NETWORK)


def test_the_plain_disclosure_is_good() -> None:
    assert len(judged(PLAIN)) == 3


def test_attack_056_report_with_altered_text() -> None:
    """A row that says something else than the sender's is not one the core commits to."""
    false = replace(PLAIN, slots=(Row(PLAIN.slots[0].salt, "/field0", "what was never said"), *PLAIN.slots[1:]))  # type: ignore[union-attr]
    raw = sign_report(SCENE.report(false), REPORTER, NETWORK)
    with refused(Code.FIELD_COMMITMENT):
        verify_report(parse_report(raw), REPORTER.public, SENDER.public, NETWORK)


def test_attack_057_report_with_the_key_of_another_message() -> None:
    raw = sign_report(SCENE.report(SCENE.opening(key=dict(OTHER.opened.part_keys)["body"])), REPORTER, NETWORK)
    with refused(Code.COMMITMENT):
        verify_report(parse_report(raw), REPORTER.public, SENDER.public, NETWORK)


def test_attack_058_report_with_the_body_of_another_message() -> None:
    borrowed = replace(SCENE.opening(), ciphertext=OTHER.envelope.contents[0])
    raw = sign_report(SCENE.report(borrowed), REPORTER, NETWORK)
    with refused(Code.BODY_HASH):
        parse_report(raw)


@pytest.mark.parametrize("at", range(6))
def test_attack_059_altered_row_or_hash(at: int) -> None:
    slot = PLAIN.slots[at]
    other = replace(slot, value="altered") if isinstance(slot, Row) else row_hash(Row(bytes(16), "/field1", "guessed"))
    with refused(Code.FIELD_COMMITMENT):
        judged(replace(PLAIN, slots=(*PLAIN.slots[:at], other, *PLAIN.slots[at + 1 :])))


@pytest.mark.parametrize("at", range(6))
def test_attack_059_dropped_or_added_slot(at: int) -> None:
    with refused(Code.FIELD_COMMITMENT):
        judged(replace(PLAIN, slots=PLAIN.slots[:at] + PLAIN.slots[at + 1 :]))
    with refused(Code.FIELD_COMMITMENT):
        judged(replace(PLAIN, slots=(*PLAIN.slots[:at], bytes(32), *PLAIN.slots[at:])))


@pytest.mark.parametrize(("a", "b"), [(0, 1), (0, 2), (1, 3), (2, 5), (3, 4)])
def test_attack_059_reordered_slots(a: int, b: int) -> None:
    slots = list(PLAIN.slots)
    slots[a], slots[b] = slots[b], slots[a]
    with refused(Code.FIELD_COMMITMENT):
        judged(replace(PLAIN, slots=tuple(slots)))


def test_attack_059_rows_under_the_signature_of_another_message() -> None:
    with refused(Code.FIELD_COMMITMENT):
        judged(replace(PLAIN, signed=OTHER.envelope.signed))


def test_attack_060_row_twice_short_salt_or_short_hash() -> None:
    row = PLAIN.slots[0]
    assert isinstance(row, Row)
    for slot in (replace(row, value="again"), replace(row, salt=bytes(15), path="/new"), bytes(31), bytes(33)):
        with refused(Code.DISCLOSURE):
            judged(replace(PLAIN, slots=(*PLAIN.slots, slot)))


def test_attack_059_every_flipped_byte_is_refused() -> None:
    """A disclosure holds nothing that is not checked: no byte of it can be changed."""
    raw = bytearray(encode_disclosure(PLAIN))
    accepted = []
    for at in range(0, len(raw), 7):
        raw[at] ^= 1
        try:
            found = parse_disclosure(bytes(raw))
            verify_rows(found, SENDER.public, NETWORK)
        except Exception as err:  # noqa: BLE001 - what is raised is the assertion
            assert type(err).__module__ == "protocol.errors", err  # noqa: PT017 - any of its codes
        else:
            accepted.append(at)
        raw[at] ^= 1
    assert not accepted
