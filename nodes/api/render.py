"""Values of the gateway as JSON: ids in hex, times in seconds UTC, documents as they were written."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from keys.directory import Directory
from nodes.gateway.alarm_words import alarm_words
from nodes.gateway.alarms import Alarm
from nodes.gateway.bundles import Bundle
from nodes.gateway.evidences import HUB, Proof, subject_of
from nodes.gateway.inbox import InRow
from nodes.gateway.outbox import OutRow, Sent
from nodes.gateway.overlay import Overlay
from nodes.gateway.promise_book import Owing
from nodes.gateway.reading import Message, ReceivedMessage, SentMessage, Thread
from nodes.gateway.restarts import LOST
from nodes.gateway.voids import WORDS, Closed
from nodes.gateway.why import Step
from policies.explain import Explanation
from protocol.catalogue.rows import unflatten
from protocol.cbor import Item
from protocol.core import Core
from protocol.errors import Code
from protocol.evidence import ACCEPTANCE_NAME, EVENT_NAMES, Event
from protocol.fields import Field
from protocol.meanings import MEANINGS
from protocol.records import Participant
from protocol.stages import Draft
from protocol.unserved import UNSERVED_NAME

Json = dict[str, Any]


def in_row(row: InRow) -> Json:
    """Return a received item without its content."""
    return {
        "box": "inbox",
        "id": _hex(row.message),
        "state": row.state.value,
        "code": None if row.code is None else row.code.value,
        "channel": row.channel,
        "number": row.number,
        "from": row.sender,
        "type": row.type,
        "mode": None if row.mode is None else str(row.mode),
        "conversation": _hex(row.conversation),
        "in_reply_to": _hex(row.in_reply_to),
        "reference": row.reference,
        "sequence": row.sequence,
        "out_of_order": row.out_of_order,
        "logged_at": row.logged_at,
        "received_at": row.received_at,
        "expires_at": row.expires_at,
        "read_at": row.read_at,
        "released_at": row.released_at,
        "returned_at": row.returned_at,
    }


def out_row(row: OutRow, people: Sequence[Sent] = ()) -> Json:
    """Return a sent message without its content."""
    return {
        "box": "outbox",
        "id": _hex(row.message),
        "state": row.state.value,
        "code": None if row.code is None else row.code.value,
        "channel": row.channel,
        "type": row.type,
        "conversation": _hex(row.conversation),
        "in_reply_to": _hex(row.in_reply_to),
        "reference": row.reference,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "accepted_at": row.accepted_at,
        "attempts": row.attempts,
        "next_at": row.next_at,
        "replaces": _hex(row.replaces),
        "replaced_by": _hex(row.replaced_by),
        "to": [sent(each) for each in people],
    }


def sent(who: Sent) -> Json:
    """Return one addressee with what it confirmed, in its own times."""
    return {
        "node": who.node,
        "mode": str(who.mode),
        "sequence": who.sequence,
        "handed_over_at": who.handed_over_at,
        "held": who.held,
        "held_rule": who.held_rule,
        "read_at": who.read_at,
        "failed_at": who.failed_at,
        "rejected_at": who.rejected_at,
        "unserved_at": who.unserved_at,
    }


def message(found: Message) -> Json:
    """Return a message with its header and documents, as far as they may be shown."""
    if isinstance(found, ReceivedMessage):
        core = None if found.opened is None else header(found.opened.core)
        return in_row(found.row) | {
            "header": core,
            "document": document(found.body),
            "identity": document(found.identity),
        }
    return out_row(found.row, found.people) | _draft(found)


def closed_hub(code: Code | None) -> Json | None:
    """Return why the hub takes no messages for now, in words; None while it does."""
    if code is None:
        return None
    return {"code": code.value, "title": MEANINGS[code].sentence, "remedy": MEANINGS[code].remedy}


def header(core: Core | Draft) -> Json:
    """Return what the sender says about a message outside its sealed parts."""
    return {
        "from": core.sender,
        "to": [each.node for each in core.to],
        "purpose": core.purpose,
        "language": core.language,
        "urgency": core.urgency,
        "urgency_ground": core.urgency_ground,
        "classification": core.classification,
        "handling": list(core.handling),
        "person_roles": list(core.person_roles),
        "data_categories": list(core.data_categories),
        "erase_by": core.erase_by,
        "consents": [each.hex() for each in core.consents],
        "approvals": [each.hex() for each in core.approvals],
    }


def core(found: Core) -> Json:
    """Return everything that a core says, in words where it has any: what a disclosure always shows."""
    return header(found) | {
        "channel": found.channel,
        "type": found.type,
        "conversation": found.conversation.hex(),
        "in_reply_to": _hex(found.in_reply_to),
        "issued_at": found.issued_at,
        "expires_at": found.expires_at,
        "policy": found.policy.hex(),
        "directory_size": found.directory_size,
        "identity_part": found.identity_root is not None,
    }


def value(item: Item) -> object:
    """Return the value of a row; what JSON has no form for becomes words."""
    return item if isinstance(item, str | int | bool | None) or item in ({}, []) else "(not shown)"


def document(fields: tuple[Field, ...]) -> object:
    """Return the document that rows stand for, None without rows."""
    return unflatten(list(fields)) if fields else None


def thread(found: Thread) -> Json:
    """Return a conversation in the order of this node's clock."""
    rows = [out_row(row) for row in found.sent] + [in_row(row) for row in found.received]
    return {"messages": sorted(rows, key=lambda row: row.get("received_at") or row.get("created_at") or 0)}


def step(each: Step) -> Json:
    """Return one line of the answer to why."""
    return {
        "where": each.where,
        "who": each.who,
        "node": each.node,
        "code": None if each.code is None else each.code.value,
        "rule": each.rule,
        "article": each.article,
        "overlay": each.overlay,
        "sentence": each.sentence,
        "remedy": each.remedy,
    }


def overlay(own: Overlay, bundle: Bundle | None) -> Json:
    """Return which rules of its own this node lays over a channel, and whether they fit the policy in force."""
    laid = None if bundle is None else own.over(bundle)
    return {
        "file": str(own.path),
        "channel": own.channel,
        "digest": own.digest.hex(),
        "rules": [] if laid is None else sorted(laid.own),
        "fits": None if bundle is None else laid is not None,
    }


def explanation(each: Explanation) -> Json:
    """Return one finding in words."""
    return {
        "rule": each.rule,
        "verdict": str(each.verdict),
        "recipient": each.recipient,
        "sentence": each.sentence,
        "article": each.article,
        "remedy": each.remedy,
    }


def proof(each: Proof) -> Json:
    """Return one piece of evidence with the bytes that prove it; ``recipient`` is whom the hub says it about."""
    issuer = each.issuer.removeprefix(LOST)
    about = subject_of(issuer)
    return {
        "event": _event_name(issuer, each.event),
        "issuer": issuer if about is None else HUB,
        "recipient": about,
        "leaf_lost": issuer != each.issuer,
        "at": each.at,
        "logged_at": each.logged_at,
        "statement": base64_of(each.raw) if each.raw else None,
        "proof": base64_of(each.proof),
    }


def _event_name(issuer: str, event: int) -> str:
    if issuer == HUB:
        return ACCEPTANCE_NAME
    return EVENT_NAMES[Event(event)] if subject_of(issuer) is None else UNSERVED_NAME


def promises(owed: Owing) -> Json:
    """Return what was promised for a message, how many witnesses cover it, and what is overdue."""
    return {
        "leaf": owed.leaf,
        "witnessed_by": owed.promises.witnessed_by,
        "fetched_by": owed.promises.fetched_by,
        "witnesses": owed.standing.seen,
        "of": owed.standing.of,
        "witnessed_at": owed.standing.at,
        "checkpoint": None if owed.note is None else base64_of(owed.note),
        "overdue": [
            {"what": each.what.value, "seconds": each.by, "kept": each.kept, "node": each.node} for each in owed.overdue
        ],
    }


def participant(each: Participant) -> Json:
    """Return a participant as the directory shows it."""
    return {
        "node": each.node,
        "label": each.label,
        "kind": str(each.kind),
        "family": str(each.family),
        "country": each.country,
        "channels": list(each.channels),
        "languages": list(each.languages),
        "valid_until": each.valid_until,
        "suspended": each.suspended,
        "revoked": each.revoked,
    }


def directory(found: Directory, now: int) -> Json:
    """Return the directory at the size this node has verified."""
    return {
        "network": found.network_id.hex(),
        "size": found.size,
        "root": found.root.hex(),
        "participants": [participant(each) for each in found.participants(now)],
    }


def closed(each: Closed) -> Json:
    """Return a number of another node that no message bears, with the reason."""
    return {
        "sender": each.sender,
        "channel": each.channel,
        "sequence": each.sequence,
        "reason": each.reason.name.lower(),
        "sentence": WORDS[each.reason],
        "logged_at": each.logged_at,
    }


def alarm(each: Alarm) -> Json:
    """Return one finding for the operator."""
    return {
        "code": each.code,
        "subject": each.subject,
        "first_at": each.first_at,
        "last_at": each.last_at,
        "times": each.times,
        "sentence": alarm_words(each.code)[0],
        "remedy": alarm_words(each.code)[1],
    }


def _draft(found: SentMessage) -> Json:
    if found.draft is None:
        return {"header": None, "document": None, "identity": None}
    return {
        "header": header(found.draft),
        "document": document(found.draft.body),
        "identity": document(found.draft.identity),
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def base64_of(value: bytes) -> str:
    """Return bytes as JSON carries them."""
    return base64.b64encode(value).decode()


def findings(each: Sequence[Explanation]) -> Sequence[Mapping[str, Any]]:
    """Return findings in words as the list of a problem."""
    return [explanation(one) for one in each]
