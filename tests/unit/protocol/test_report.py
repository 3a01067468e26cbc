"""A report proves what a recipient was sent, by a part's key or by chosen rows, and nothing else."""

from dataclasses import replace

import pytest

from protocol.cbor import Item, decode, encode
from protocol.cose import sign
from protocol.disclosure import verify_logged
from protocol.domains import MESSAGE, REPORT
from protocol.errors import Code
from protocol.leaf import payload_digest
from protocol.limits import MAX_REPORT
from protocol.report import Report, open_part, parse_report, sign_report, verify_report
from tests.simulators.disclosing import Disclosing
from tests.simulators.party import NETWORK, Party
from tests.simulators.refusal import refused
from tests.simulators.small_log import ORIGIN

SCENE = Disclosing()
SENDER, REPORTER = SCENE.sender.identity, SCENE.reader.identity
BY_KEY = SCENE.report(SCENE.opening())
BY_ROWS = SCENE.report(SCENE.disclosure(logged=True))


def signed(report: Report) -> bytes:
    return sign_report(report, REPORTER, NETWORK)


def resigned(shown: Item) -> bytes:
    """Return a report whose shown part is any item, signed by the reporter."""
    payload = decode(parse_report(signed(BY_KEY)).signed.payload)
    return sign(REPORTER, REPORT, NETWORK, encode(dict(payload) | {4: shown}))  # type: ignore[call-overload]


def key_item() -> list[Item]:
    return list(decode(parse_report(signed(BY_KEY)).signed.payload)[4])  # type: ignore[index,call-overload,arg-type]


def test_a_key_proves_the_whole_part() -> None:
    found = parse_report(signed(BY_KEY))
    rows = verify_report(found, REPORTER.public, SENDER.public, NETWORK)
    assert rows == SCENE.opened.body
    assert found.report.message == SCENE.envelope.id
    assert found.id == payload_digest(found.signed.payload)
    assert found.report == BY_KEY
    leaf = verify_logged(found.report.shown.logged, found.report.message, ORIGIN, SCENE.log.keys)
    assert leaf.digest == SCENE.envelope.id


def test_rows_prove_themselves_only() -> None:
    found = parse_report(signed(BY_ROWS))
    rows = verify_report(found, REPORTER.public, SENDER.public, NETWORK)
    assert [row.path for row in rows] == ["/field1", "/field4"]
    assert found.report == BY_ROWS


def test_a_key_opens_its_own_part_only_and_stays_out_of_logs() -> None:
    assert "key" not in repr(SCENE.opening())
    with refused(Code.DISCLOSURE):
        open_part(SCENE.envelope.signed, "identity", (b"", b""))


def test_without_a_proof_of_the_log_the_report_still_holds() -> None:
    bare = replace(SCENE.opening(), logged=None)
    found = parse_report(signed(SCENE.report(bare)))
    assert found.report.shown == bare
    assert verify_report(found, REPORTER.public, SENDER.public, NETWORK) == SCENE.opened.body


def test_only_a_recipient_reports_and_signs_for_it() -> None:
    stranger = Party("al.ilecu")
    raw = sign_report(replace(BY_KEY, reporter=stranger.node), stranger.identity, NETWORK)
    with refused(Code.NOT_A_RECIPIENT):
        verify_report(parse_report(raw), stranger.identity.public, SENDER.public, NETWORK)
    with refused(Code.UNKNOWN_KEY):
        verify_report(parse_report(signed(BY_KEY)), stranger.identity.public, SENDER.public, NETWORK)
    with refused(Code.UNKNOWN_KEY):
        verify_report(parse_report(signed(BY_KEY)), REPORTER.public, stranger.identity.public, NETWORK)


def test_a_report_is_signed_for_its_own_kind_of_object() -> None:
    payload = parse_report(signed(BY_KEY)).signed.payload
    with refused(Code.BAD_SIGNATURE):
        verify_report(parse_report(sign(REPORTER, MESSAGE, NETWORK, payload)), REPORTER.public, SENDER.public, NETWORK)


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ([], Code.MALFORMED),
        ([1], Code.MALFORMED),
        ([3, b""], Code.MALFORMED),
        ([1, b"", b""], Code.MALFORMED),
        ([1, "rows"], Code.MALFORMED),
        ([2, b""], Code.MALFORMED),
        ([*key_item()[:4], b"short", None], Code.MALFORMED),
        ([*key_item()[:5], []], Code.MALFORMED),
        ([*key_item()[:2], "identity", *key_item()[3:]], Code.DISCLOSURE),
        ([*key_item()[:2], "x" * 65, *key_item()[3:]], Code.DISCLOSURE),
        ([*key_item()[:2], 7, *key_item()[3:]], Code.MALFORMED),
        ([*key_item()[:3], b"other", *key_item()[4:]], Code.BODY_HASH),
        ([*key_item()[:3], bytes(600_000), *key_item()[4:]], Code.BODY_HASH),
    ],
)
def test_another_shape_is_refused(shown: Item, code: Code) -> None:
    with refused(code):
        parse_report(resigned(shown))


def test_excess_is_refused() -> None:
    with refused(Code.TOO_LARGE):
        parse_report(bytes(MAX_REPORT + 1))
