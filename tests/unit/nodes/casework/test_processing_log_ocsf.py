"""Entries as events for a monitoring system."""

import json
from typing import Any

import pytest

from nodes.casework.processing_log import Kept
from nodes.casework.processing_log_entry import encode_entry, make_entry
from nodes.casework.processing_log_ocsf import event_of, told
from nodes.gateway.deeds import ITSELF, Act, Doer, Door, Operation
from protocol.ids import Channel, NodeId

HERE, MESSAGE = NodeId("rs.ilecu"), b"m" * 32
OFFICER = Doer("p-4711", Door.DESK, "own-case", ("case-officer",))
KINDS = [
    *((Operation.COLLECTION, "receive", 6, "Import"), (Operation.ALTERATION, "correct", 3, "Update")),
    *((Operation.CONSULTATION, "show", 2, "Read"), (Operation.CONSULTATION, "search", 5, "Search")),
    *((Operation.DISCLOSURE, "disclose", 8, "Share"), (Operation.DISCLOSURE, "export", 7, "Export")),
    *((Operation.TRANSFER, "send", 8, "Share"), (Operation.COMBINATION, "match", 99, "Other")),
    *((Operation.ERASURE, "erase", 4, "Delete"),),
]


@pytest.mark.parametrize(("operation", "deed", "activity", "name"), KINDS)
def test_each_operation_is_an_activity_of_the_class(operation: Operation, deed: str, activity: int, name: str) -> None:
    found = event(Act(operation=operation, deed=deed, objects=(MESSAGE,)))
    assert (found["activity_id"], found["activity_name"]) == (activity, name)
    assert found["type_uid"] == 600_100 + activity
    assert found["unmapped"] == {"operation": operation.value, "deed": deed, "reason": "own-case"}


def test_all_operations_are_covered() -> None:
    assert {each[0] for each in KINDS} == set(Operation) - {Operation.SECURITY}
    assert {event(Act(operation=each, deed="x"))["class_uid"] for each in Operation} == {6001, 3001}


@pytest.mark.parametrize(
    ("deed", "kind", "activity", "status"),
    [
        ("sign-in", 3002, 1, "Success"),
        ("sign-in-failed", 3002, 1, "Failure"),
        ("sign-out", 3002, 2, "Success"),
        ("account-roles", 3001, 99, "Success"),
        ("token-made", 3001, 99, "Success"),
    ],
)
def test_the_security_record_has_the_classes_of_identity(deed: str, kind: int, activity: int, status: str) -> None:
    found = event(Act(operation=Operation.SECURITY, deed=deed, objects=(b"p" * 16,)))
    assert (found["class_uid"], found["activity_id"], found["type_uid"]) == (kind, activity, kind * 100 + activity)
    assert (found["status"], found["user"]) == (status, {"uid": "70" * 16})
    assert (found["category_uid"], "web_resources" in found) == (3, False)
    assert "user" not in event(Act(operation=Operation.SECURITY, deed=deed))


def test_an_event_says_who_when_and_about_what() -> None:
    found = event(Act(operation=Operation.TRANSFER, deed="send", objects=(MESSAGE,), recipients=(NodeId("mk.ilecu"),)))
    assert found["time"] == 1_790_000_000_000
    assert found["actor"] == {"user": {"uid": "p-4711", "groups": [{"name": "case-officer"}]}, "app_name": "desk"}
    assert found["web_resources"] == [{"uid": MESSAGE.hex(), "type": "message"}]
    assert event(Act(operation=Operation.ALTERATION, deed="hold", objects=(b"c" * 16,)))["web_resources"] == [
        {"uid": "63" * 16, "type": "case"}
    ]
    assert found["metadata"]["sequence"] == 7
    assert found["unmapped"]["recipients"] == ["mk.ilecu"]
    assert json.loads(json.dumps(found)) == found
    assert "groups" not in event(Act(operation=Operation.ERASURE, deed="erase"), ITSELF)["actor"]["user"]


def test_what_an_act_does_not_say_is_left_out() -> None:
    act = Act(operation=Operation.DISCLOSURE, deed="x", channel=Channel("police"), digest=b"\x01", consents=(b"\x02",))
    assert told(act) == {"channel": "police", "digest": "01", "consents": ["02"]}


def event(act: Act, doer: Doer = OFFICER) -> dict[str, Any]:
    entry = make_entry(7, 1_790_000_000, HERE, doer, act)
    objects = frozenset(act.objects)
    kept = Kept(7, entry.at, act.operation.value, doer.who, encode_entry(entry), b"h" * 32, objects)
    return event_of(kept, entry)
