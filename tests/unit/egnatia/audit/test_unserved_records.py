"""What the hub says of who never fetched, in an auditor's copy: listed, searched, verified against its leaf."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest

from egnatia.audit.copy_store import Copy
from egnatia.audit.index import index_records
from egnatia.audit.lines import line_of
from egnatia.audit.listing import Query, messages, overdue
from egnatia.audit.objects import Known, verify_object
from protocol.audit import Record
from protocol.errors import Code
from protocol.evidence import Event
from protocol.leaf import parse_leaf
from tests.simulators.bundles import TestCase
from tests.simulators.network import AL, MK, RS
from tests.simulators.refusal import refused


@pytest.fixture(scope="module")
def case() -> TestCase:
    case = TestCase(members=(RS, MK, AL))
    said = case.send(RS, (MK, AL))
    case.say(said, Event.CONTENT_HANDOVER)
    case.clock.now = said.envelope.manifest.core.expires_at
    case.never_handed_out(said, AL)
    return case


@pytest.fixture
def copy(case: TestCase, tmp_path: Path) -> Iterator[Copy]:
    copy = Copy.open(tmp_path, pin=case.pin)
    leaves = {at: parse_leaf(each) for at, each in enumerate(case.tree.entries)}
    (said,) = case.said
    raws = (said.envelope.signed.raw, said.receipts[0][0], said.unserved[0][0].encode())
    with copy.page():
        assert index_records(copy, [Record(at, raw) for at, raw in enumerate(raws)], leaves) == ()
    with click.Context(click.Command("search")):
        yield copy
    copy.close()


def test_it_is_told_searched_and_no_longer_overdue(case: TestCase, copy: Copy) -> None:
    line = line_of(copy, "messages", 2, case.tree.entries[2])
    assert (line["kind"], line["event"], line["by"], line["of"]) == (
        "unserved",
        "ContentHandoverFailure",
        "hub",
        AL.node,
    )
    assert line["about"] == case.said[0].envelope.id.hex()
    assert {str(each["recipient"]): each["evidence"] for each in messages(copy, Query())} == {
        AL.node: "never-fetched",
        MK.node: "handed-over",
    }
    assert [each["recipient"] for each in messages(copy, Query(evidence="never-fetched"))] == [AL.node]
    copy.put_fact("brought-at", case.clock() + 30 * 86_400)
    assert [each for each in overdue(copy, None) if each["promise"] == "handed over"] == []
    outside = line_of(copy, "messages", 9, case.tree.entries[2])
    assert "event" not in outside, "an object that the mandate does not show"


def test_it_is_verified_against_its_leaf(case: TestCase) -> None:
    known = Known(case.network.directory, {})
    record, index = case.said[0].unserved[0]
    leaf = parse_leaf(case.tree.entries[index])
    verify_object(index, leaf, record.encode(), known)
    with refused(Code.ROOT_MISMATCH):
        verify_object(index, leaf, replace(record, number=2).encode(), known)
    early = replace(leaf, time=record.expires_at - 1)
    with refused(Code.BAD_EVIDENCE):
        verify_object(index, early, record.encode(), known)
