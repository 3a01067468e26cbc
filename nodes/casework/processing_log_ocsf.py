"""Entries of the processing log as events of the Open Cybersecurity Schema Framework, for a monitoring system. Pure.

Every act is an event of the class Web Resources Activity (6001), whose activities are those of this log: read, search,
share, delete. What that class has no name for stands under ``unmapped``, as the framework asks.
"""

from collections.abc import Mapping
from typing import Any, Final

from nodes.casework.processing_log import Kept
from nodes.casework.processing_log_entry import Entry
from nodes.gateway.deeds import Act, Operation

SCHEMA: Final = "1.3.0"
_CLASS: Final = 6001
_CATEGORY: Final = 6
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
_DEEDS: Final[Mapping[str, int]] = {"search": 5, "export": 7, "export-log": 7}


def event_of(kept: Kept, entry: Entry) -> dict[str, Any]:
    """Return one entry as an event; times are milliseconds since 1970, ids are hexadecimal."""
    act, doer = entry.act, entry.doer
    activity = _DEEDS.get(act.deed, _ACTIVITIES[act.operation])
    user: dict[str, Any] = {"uid": doer.who}
    if doer.roles:
        user["groups"] = [{"name": each} for each in doer.roles]
    return {
        "activity_id": activity,
        "activity_name": _NAMES[activity],
        "actor": {"user": user, "app_name": doer.door.value},
        "category_name": "Application Activity",
        "category_uid": _CATEGORY,
        "class_name": "Web Resources Activity",
        "class_uid": _CLASS,
        "metadata": {
            "product": {"name": "node", "uid": entry.node},
            "sequence": entry.number,
            "uid": kept.hash.hex(),
            "version": SCHEMA,
        },
        "severity": "Informational",
        "severity_id": 1,
        "time": entry.at * 1_000,
        "type_uid": _CLASS * 100 + activity,
        "unmapped": told(act) | {"operation": act.operation.value, "deed": act.deed, "reason": doer.reason},
        "web_resources": [{"uid": each.hex(), "type": "message"} for each in act.objects],
    }


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
    }
    return {key: value for key, value in found.items() if value not in (None, [])}


def _hex(raw: bytes | None) -> str | None:
    return None if raw is None else raw.hex()
