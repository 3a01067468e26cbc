"""What a bundle proves, as values of JSON: every claim with who made it, when, and whether the log has it."""

from typing import Any, Final

from keys.evidence_check import Proved, ProvedEvent, ProvedHead, ProvedMessage, ProvedRecipient, ProvedUnserved
from protocol.evidence import ACCEPTANCE_NAME, EVENT_NAMES, Event
from protocol.fields import Row
from protocol.unserved import UNSERVED_NAME

NOT_PROVED: Final = (
    "content-read-or-understood",
    "person-behind-a-node",
    "truth-of-the-content",
    "nothing-else-was-sent",
    "who-made-this-file",
)
"""Codes of what no bundle proves; docs/evidence.md says each in words."""
EXPECTED: Final = (Event.CONTENT_HANDOVER, Event.CONTENT_ACCESS_TRACKING)


def document(proved: Proved) -> dict[str, Any]:
    """Return everything that a verified bundle says."""
    bundle, charter = proved.file.bundle, proved.directory.charter
    return {
        "verdict": proved.verdict.value,
        "lacks": [each.value for each in proved.lacks],
        "charter_compared": proved.anchored,
        "fingerprint": proved.file.fingerprint.hex(),
        "charter": bundle.charter.hex(),
        "network": bundle.network.hex(),
        "training": charter.training,
        "made": {"by": bundle.maker, "at": bundle.made_at, "proved": False},
        "directory": _head(proved.directory_head),
        "logs": [_head(each) for each in proved.heads],
        "messages": [_message(each) for each in proved.messages],
        "not_proved": list(NOT_PROVED),
        "members": [
            {"name": each.name, "length": each.length, "sha256": each.digest.hex()} for each in proved.file.members
        ],
    }


def missing_of(recipient: ProvedRecipient) -> list[str]:
    """Return the names of the usual evidence that the bundle does not bring of a recipient.

    None is missing of one that never fetched the message.
    """
    if recipient.unserved is not None:
        return []
    return [EVENT_NAMES[each] for each in EXPECTED if recipient.first(each) is None]


def _head(head: ProvedHead) -> dict[str, Any]:
    checkpoint, witnessed = head.head.checkpoint, head.witnessed
    seen = {} if witnessed is None else witnessed.seen
    return {
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "stated_at": head.head.time,
        "witnessed": witnessed is not None,
        "lasting": witnessed is not None and witnessed.lasting,
        "needed": head.quorum,
        "named": head.named,
        "witnesses": [{"name": name, "at": each.time, "both_keys": each.both} for name, each in sorted(seen.items())],
    }


def _message(message: ProvedMessage) -> dict[str, Any]:
    core = message.core
    return {
        "id": message.id.hex(),
        "from": {"node": core.sender, "label": message.sender.label, "country": message.sender.country},
        "channel": core.channel,
        "type": core.type,
        "purpose": core.purpose,
        "handling": list(core.handling),
        "in_reply_to": None if core.in_reply_to is None else core.in_reply_to.hex(),
        "issued_at": core.issued_at,
        "logged": {
            "event": ACCEPTANCE_NAME,
            "at": message.leaf.time,
            "index": message.logged.index,
            "directory_size": message.leaf.directory_size,
        },
        "key_ended_later": message.key_ended_later,
        "to": [_recipient(each) for each in message.recipients],
        "rows": [{"part": part, "path": row.path, "value": _value(row)} for part, rows in message.rows for row in rows],
        "withheld": message.withheld,
        "sealed_content": message.sealed,
    }


def _recipient(recipient: ProvedRecipient) -> dict[str, Any]:
    entry = recipient.entry
    return {
        "node": entry.node,
        "label": entry.label,
        "country": entry.country,
        "mode": str(recipient.mode),
        "events": [_event(each) for each in recipient.events],
        "unserved": _unserved(recipient.unserved),
        "missing": missing_of(recipient),
    }


def _unserved(found: ProvedUnserved | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "event": UNSERVED_NAME,
        "by": "hub",
        "ended_at": found.ended,
        "logged_at": found.leaf.time,
        "index": found.index,
        "number": found.number,
    }


def _event(event: ProvedEvent) -> dict[str, Any]:
    return {
        "event": EVENT_NAMES[event.event],
        "at": event.at,
        "logged_at": event.leaf.time,
        "index": event.index,
        "held": event.held,
    }


def _value(row: Row) -> Any:  # noqa: ANN401 - whatever a row holds
    return row.value.hex() if isinstance(row.value, bytes) else row.value
