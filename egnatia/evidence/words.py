"""What a bundle proves, in words for a terminal: the verdict first, then each claim, then what is not proved."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from egnatia.evidence.document import missing_of
from keys.evidence_check import (
    Lack,
    Proved,
    ProvedEvent,
    ProvedHead,
    ProvedMessage,
    ProvedRecipient,
    ProvedUnserved,
    Verdict,
)
from protocol.evidence import EVENT_NAMES, Event
from protocol.unserved import UNSERVED_NAME

_VERIFIED: Final = "VERIFIED. Every signature and every place in the log holds, and witnesses cosigned the log."
_NOT_WITNESSED: Final = "COMPLETE, NOT YET WITNESSED. Everything holds, but part of it rests on the hub's word alone:"
LACKS: Final = {
    Lack.MESSAGES: "Too few witnesses have signed the log of messages so far. Have it exported again later.",
    Lack.DIRECTORY: "Too few witnesses have signed the directory so far. Have it exported again later.",
    Lack.SINCE: "Witnesses have not signed the directory since they saw the message; they do within a day. Have it "
    "exported again then.",
    Lack.ENDED: "Keys that signed here were revoked or replaced before witnesses signed the directory in this file. "
    "That they signed before their end is the hub's word.",
}
_NOT_COMPARED: Final = (
    "HOLDS, CHARTER NOT COMPARED. You gave no --charter, so this file is proved against the network that it names "
    "itself, whichever that is. Taken on trust: the charter's digest below. Compare it with paper."
)
_TRAINING: Final = "TRAINING: this network was founded for training. Nothing here happened."
_LAST: Final = 253_402_300_799  # the last second of the year 9999
_EVENTS: Final = {
    Event.CONTENT_HANDOVER: "handed over to the recipient's system",
    Event.CONTENT_ACCESS_TRACKING: "opened there by a person",
    Event.CONTENT_HANDOVER_FAILURE: "could not be opened there",
    Event.CONSIGNMENT_REJECTION: "sent back to its sender",
}
NOT_PROVED: Final = (
    "that anybody read or understood the message: opening is recorded, not reading",
    "which person acted: keys belong to contact points and organisations",
    "that what a message says is true",
    "that nothing else was sent or confirmed: a file shows what its maker put in",
    "who made this file",
)


def tell(proved: Proved) -> Iterator[str]:
    """Yield the lines. What others wrote stays within its line: no row of a message draws one that looks like these."""
    return ("".join(each if each.isprintable() else "\ufffd" for each in line) for line in _lines(proved))


def _lines(proved: Proved) -> Iterator[str]:
    bundle = proved.file.bundle
    if proved.verdict is Verdict.NOT_WITNESSED:
        yield _NOT_WITNESSED
        yield from (f"  {LACKS[each]}" for each in proved.lacks)
    if not proved.anchored:
        yield _NOT_COMPARED
    elif proved.verdict is Verdict.VERIFIED:
        yield _VERIFIED
    if proved.directory.charter.training:
        yield _TRAINING
    yield ""
    yield f"Fingerprint  {proved.file.fingerprint.hex()}"
    yield f"Charter      {bundle.charter.hex()}{'' if proved.anchored else '  (not compared)'}"
    yield _head("Directory", proved.directory_head)
    for each in proved.heads:
        yield _head("Log", each)
    for message in proved.messages:
        yield ""
        yield from _message(message)
    yield ""
    yield "What this does not prove:"
    yield from (f"  - {each}" for each in NOT_PROVED)
    yield f"{bundle.maker} says that it put this file together on {_when(bundle.made_at)}; nothing proves that."


def _head(name: str, head: ProvedHead) -> str:
    start = f"{name:<12} {head.head.checkpoint.size} entries"
    if head.witnessed is None:
        return f"{start}, signed by the hub, NOT witnessed ({head.quorum} of {head.named} witnesses are needed)"
    who = ", ".join(f"{name} {_when(at)}" for name, at in sorted(head.witnessed.times.items()))
    lasting = "" if head.witnessed.lasting else "; with the older kind of signature only"
    return f"{start}, signed by the hub and by {len(head.witnessed.seen)} of {head.named} witnesses: {who}{lasting}"


def _message(message: ProvedMessage) -> Iterator[str]:
    core = message.core
    yield f"Message {message.id.hex()}"
    yield f"  Sent by {core.sender} ({message.sender.label}, {message.sender.country}), whose keys were valid then."
    if message.key_ended_later:
        yield "  Its keys were replaced or revoked later; that does not change what they signed before."
    written = _when(core.issued_at)
    yield f"  Logged {_when(message.leaf.time)} as entry {message.logged.index}. Its sender's own clock said {written}."
    yield f"  {core.type} in the channel {core.channel}, purpose {core.purpose}."
    for each in message.recipients:
        yield from _recipient(each)
    for part, rows in message.rows:
        yield f"  Rows of the part {part} that its sender wrote ({message.withheld} are withheld):"
        yield from (f"    {row.path} = {row.value!s}" for row in rows)
    if message.sealed:
        yield "  Its ciphertext is in the file, and is the one that was signed."


def _recipient(recipient: ProvedRecipient) -> Iterator[str]:
    entry = recipient.entry
    yield f"  To {entry.node} ({entry.label}, {entry.country}), for {recipient.mode}:"
    yield from (f"    {_event(each)}" for each in recipient.events)
    if recipient.unserved is not None:
        yield f"    {_unserved(recipient.unserved)}"
    for name in missing_of(recipient):
        yield f"    MISSING: no evidence of {name} in this file."


def _event(event: ProvedEvent) -> str:
    held = ", where a rule held it for a person" if event.held else ""
    words = f"{_EVENTS[event.event]}{held} {_when(event.at)} by its own clock"
    return f"{words}, logged {_when(event.leaf.time)}. [{EVENT_NAMES[event.event]}]"


def _unserved(found: ProvedUnserved) -> str:
    words = f"never fetched from the hub before the message's life ended {_when(found.ended)}"
    return f"{words}, as the hub logged {_when(found.leaf.time)}. [{UNSERVED_NAME}, by the hub]"


def _when(at: int) -> str:
    if at > _LAST:
        return f"{at} seconds after the start of 1970"  # somebody states a time that no calendar has
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
