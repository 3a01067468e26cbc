"""Any choice of rows is proved, nothing else is shown, and what a parser accepts encodes to the same bytes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.disclosure import disclose, encode_disclosure, parse_disclosure, verify_rows
from protocol.errors import Fault
from protocol.report import parse_report, sign_report
from protocol.short_reference import new_reference, read_reference
from tests.simulators.disclosing import BODY, Disclosing
from tests.simulators.party import NETWORK

SCENE = Disclosing()
SENDER = SCENE.sender.identity.public
PATHS = [path for path, _ in BODY]
RAW = encode_disclosure(SCENE.disclosure(logged=True))
REPORT = sign_report(SCENE.report(SCENE.opening()), SCENE.reader.identity, NETWORK)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(PATHS), min_size=1))
def test_every_choice_is_proved_and_shows_nothing_else(chosen: set[str]) -> None:
    raw = encode_disclosure(disclose(SCENE.source(), chosen))
    found = parse_disclosure(raw)
    assert encode_disclosure(found) == raw
    assert {row.path for row in verify_rows(found, SENDER, NETWORK)} == chosen
    assert found.withheld == len(PATHS) - len(chosen)
    assert not [row for row in SCENE.opened.body if row.path not in chosen and row.salt in raw]


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_an_accepted_disclosure_encodes_to_itself(at: int, flip: int) -> None:
    raw = RAW[:at] + bytes((RAW[at] ^ flip,)) + RAW[at + 1 :]
    try:
        found = parse_disclosure(raw)
    except Fault:
        return
    assert encode_disclosure(found) == raw


@given(st.integers(0, len(REPORT) - 1), st.integers(1, 255))
def test_an_accepted_report_says_what_was_signed(at: int, flip: int) -> None:
    raw = REPORT[:at] + bytes((REPORT[at] ^ flip,)) + REPORT[at + 1 :]
    try:
        found = parse_report(raw)
    except Fault:
        return
    again = parse_report(sign_report(found.report, SCENE.reader.identity, NETWORK))
    assert again.signed.payload == found.signed.payload


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_with_a_fault(raw: bytes) -> None:
    for parse in (parse_disclosure, parse_report):
        try:
            parse(raw)
        except Fault:
            continue
        raise AssertionError("no writer wrote this")


@given(st.binary(min_size=7, max_size=7), st.text(alphabet=" -", max_size=4))
def test_every_reference_is_read_back(raw: bytes, noise: str) -> None:
    made = new_reference(lambda _: raw)
    assert read_reference(noise + made.lower() + noise) == made
