"""Entries of the processing log as events of the Open Cybersecurity Schema Framework, for a monitoring system. Pure.

Every act is an event of the class Web Resources Activity (6001), whose activities are those of this log: read, search,
share, delete. Signing in and out are of the class Authentication (3002), changes of accounts and tokens of the class
Account Change (3001). What a class has no name for stands under ``unmapped``, as the framework asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nodes.casework.processing_log import Kept
from nodes.casework.processing_log_entry import Entry
from nodes.gateway.deeds import Act, Operation
from protocol.ids import DIGEST_SIZE

SCHEMA: Final = "1.3.0"
_OTHER: Final = 99
_NAMES: Final[Mapping[int, str]] = {
    2: "Read",
    3: "Update",
    4: "Delete",
    5: "Search",
    6: "Import",
    7: "Export",
    8: "Share",
    _OTHER: "Other",
}
_ACTIVITIES: Final[Mapping[Operation, int]] = {
    Operation.COLLECTION: 6,
    Operation.ALTERATION: 3,
    Operation.CONSULTATION: 2,
    Operation.DISCLOSURE: 8,
    Operation.TRANSFER: 8,
    Operation.COMBINATION: _OTHER,
    Operation.ERASURE: 4,
}
_SESSIONS: Final[Mapping[str, int]] = {"sign-in": 1, "sign-in-failed": 1, "sign-out": 2}
_DEEDS: Final[Mapping[str, int]] = {"search": 5, "export": 7, "export-log": 7}


@dataclass(frozen=True, slots=True)
class _Kind:
    """A class of the framework with the names of its activities."""

    uid: int
    name: str
    category: int
    category_name: str
    names: Mapping[int, str]


_IDENTITY: Final = "Identity & Access Management"
_RESOURCES: Final = _Kind(6001, "Web Resources Activity", 6, "Application Activity", _NAMES)
_AUTHENTICATION: Final = _Kind(3002, "Authentication", 3, _IDENTITY, {1: "Logon", 2: "Logoff"})
_ACCOUNTS: Final = _Kind(3001, "Account Change", 3, _IDENTITY, {_OTHER: "Other"})


def event_of(kept: Kept, entry: Entry) -> dict[str, Any]:
    """Return one entry as an event; times are milliseconds since 1970, ids are hexadecimal."""
    act, doer = entry.act, entry.doer
    activity, kind = _activity(act)
    user: dict[str, Any] = {"uid": doer.who}
    if doer.roles:
        user["groups"] = [{"name": each} for each in doer.roles]
    return {
        "activity_id": activity,
        "activity_name": kind.names[activity],
        "actor": {"user": user, "app_name": doer.door.value},
        "category_name": kind.category_name,
        "category_uid": kind.category,
        "class_name": kind.name,
        "class_uid": kind.uid,
        "metadata": {
            "product": {"name": "node", "uid": entry.node},
            "sequence": entry.number,
            "uid": kept.hash.hex(),
            "version": SCHEMA,
        },
        "severity": "Informational",
        "severity_id": 1,
        "time": entry.at * 1_000,
        "type_uid": kind.uid * 100 + activity,
        "unmapped": told(act) | {"operation": act.operation.value, "deed": act.deed, "reason": doer.reason},
        **_about(act, kind),
    }


def _activity(act: Act) -> tuple[int, _Kind]:
    """Return the activity and the class of an act: signing in and rights have classes of their own."""
    if act.operation is not Operation.SECURITY:
        return _DEEDS.get(act.deed, _ACTIVITIES[act.operation]), _RESOURCES
    if act.deed in _SESSIONS:
        return _SESSIONS[act.deed], _AUTHENTICATION
    return _OTHER, _ACCOUNTS


def _about(act: Act, kind: _Kind) -> dict[str, Any]:
    """Return what an act was about, under the names of its class; whether a sign-in succeeded is a status."""
    if kind is _RESOURCES:
        return {"web_resources": [{"uid": each.hex(), "type": _type_of(each)} for each in act.objects]}
    status = (2, "Failure") if act.deed == "sign-in-failed" else (1, "Success")
    users = [{"uid": each.hex()} for each in act.objects]
    return {"status_id": status[0], "status": status[1]} | ({"user": users[0]} if users else {})


def _type_of(identifier: bytes) -> str:
    return "message" if len(identifier) == DIGEST_SIZE else "case"


def told(act: Act) -> dict[str, Any]:
    """Return what an act says beside its operation, what was done and to which objects; only what it does say."""
    found: dict[str, Any] = {
        "recipients": list(act.recipients),
        "channel": act.channel,
        "type": act.type,
        "purpose": act.purpose,
        "handling": list(act.handling),
        "person_roles": list(act.person_roles),
        "categories": list(act.categories),
        "consents": [each.hex() for each in act.consents],
        "policy": _hex(act.policy),
        "verdict": act.verdict,
        "rules": list(act.rules),
        "digest": _hex(act.digest),
        "terms": _hex(act.terms),
        "count": act.count,
        "opening": act.opening,
        "ground": act.ground,
    }
    return {key: value for key, value in found.items() if value not in (None, [])}


def _hex(raw: bytes | None) -> str | None:
    return None if raw is None else raw.hex()
