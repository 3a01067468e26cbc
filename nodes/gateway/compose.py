"""From a wish to a draft: documents checked against the catalogue, everything else filled in from what is known. Pure.

Nobody types what the system knows: channel, conversation, language, purpose, life, date of erasure, roles and
categories of persons, handling codes of the items. What was given stays as given, and the policy judges it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from keys.directory import Directory
from nodes.gateway.acts import issuer_path
from nodes.gateway.bundles import Bundle
from nodes.gateway.wishes import InputFault, Wish
from policies.predicates.times import Days
from protocol.catalogue.content import ContentSummary, summarise
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten
from protocol.catalogue.types import MessageType
from protocol.catalogue.validate import FieldCode, validate
from protocol.charter import DAY
from protocol.errors import Fault
from protocol.ids import Channel, MessageId, NodeId, Reference, TypeId
from protocol.records import Participant
from protocol.stages import Addressee, Draft

CODED: Final = frozenset({Channel("police"), Channel("joint-centre"), Channel("rogatory")})
"""Channels whose cores carry classification, handling, roles, categories and urgency."""
_OPEN_LEVEL: Final = "BPL"
_NO_RESTRICTION: Final = "H0"
_URGENT: Final = "urgent"
_ERASE_DAYS: Final = 180  # unless the channel's policy asks for less
_FALLBACK: Final = "en"


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that a wish answers, as far as the answer takes over from it."""

    message: MessageId
    sender: NodeId
    channel: Channel
    type: TypeId
    conversation: Reference
    language: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What composing stands on."""

    me: NodeId
    bundle: Bundle
    directory: Directory
    now: int
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A wish whose addressees and channel are settled, so that the conversation and consents can be looked up."""

    wish: Wish
    type: MessageType
    to: tuple[Addressee, ...]
    channel: Channel
    summary: ContentSummary


def plan(wish: Wish, ground: Ground) -> Plan | tuple[InputFault, ...]:
    """Return the wish with recipients and channel settled and documents found valid, or every fault."""
    type_ = ground.bundle.catalogue.types.get(wish.type)
    if type_ is None:
        return (InputFault("/type", "UNKNOWN_TYPE", f"There is no message type {wish.type}."),)
    faults = [*_document_faults(wish, type_)]
    to = wish.to or _answer_to(ground)
    if not to:
        faults.append(InputFault("/to", "MISSING", "Nobody is addressed."))
    strangers = tuple(_recipient_faults(to, ground))
    faults += strangers
    channel = wish.channel or _channel(type_, to, ground)
    if channel is None and to and not strangers:  # whom it goes to decides which channels there are
        open_ = ", ".join(sorted(type_.channels))
        faults.append(InputFault("/channel", "MISSING", f"Say on which channel: {wish.type} travels on {open_}."))
    if faults or channel is None:
        return tuple(faults)
    summary = summarise(
        ground.bundle.catalogue, type_, dict(wish.document), None if wish.identity is None else dict(wish.identity)
    )
    return Plan(wish, type_, to, channel, summary)


def compose(
    planned: Plan, ground: Ground, conversation: Reference, consents: Sequence[Reference]
) -> Draft | tuple[InputFault, ...]:
    """Return the draft, or the fault of what could not be filled in."""
    wish, summary = planned.wish, planned.summary
    too_long = _life_fault(planned, ground)
    if too_long is not None:
        return (too_long,)
    purpose = wish.purpose or _purpose(planned, ground)
    if purpose is None:
        choices = ", ".join(_purposes(planned, ground)) or "none is agreed with all recipients"
        return (InputFault("/purpose", "MISSING", f"Say for which purpose: {choices}."),)
    coded = planned.channel in CODED
    urgency, urgent_ground = _urgency(wish)
    return Draft(
        sender=ground.me,
        to=planned.to,
        channel=planned.channel,
        type=wish.type,
        purpose=purpose,
        conversation=conversation,
        language=wish.language or _language(planned, ground),
        life=_life(planned, ground),
        body=tuple(flatten(dict(wish.document))),
        identity=() if wish.identity is None else tuple(flatten(dict(wish.identity))),
        in_reply_to=wish.in_reply_to,
        urgency=urgency if coded else wish.urgency,
        urgency_ground=urgent_ground if coded else wish.urgency_ground,
        classification=wish.classification or (_OPEN_LEVEL if coded else None),
        handling=_handling(wish, summary) if coded else wish.handling,
        person_roles=tuple(sorted(summary.person_roles)) if coded else (),
        data_categories=tuple(sorted(summary.data_categories)) if coded else (),
        erase_by=wish.erase_by or _erase_by(planned, ground),
        consents=tuple(sorted({*wish.consents, *consents})),
        approvals=wish.approvals,
    )


def _document_faults(wish: Wish, type_: MessageType) -> Iterable[InputFault]:
    later = set() if wish.sign_as is None else {f"/document/{issuer_path(type_)}"}
    if wish.approve_as:
        later.add(f"/document{approvals_path(type_, wish.document)}")
    for fault in document_faults(wish.document, "body", type_):
        if not (fault.path in later and fault.code == FieldCode.MISSING):  # it is signed once everything else stands
            yield fault
    if wish.identity is not None:
        yield from document_faults(wish.identity, "identity", type_)


def approvals_path(type_: MessageType, document: Mapping[str, JSON]) -> str | None:
    """Return where a document takes the signatures of those who approve it, None when it takes none.

    A basis other than consent has its own place inside it, and only where the document states that basis.
    """
    fields = type_.body_schema.fields.properties
    inside = (
        f"/{name}/{inner}"
        for name, each in fields.items()
        for inner, spec in each.properties.items()
        if spec.notes.act and spec.kind == "array" and isinstance(document.get(name), dict)
    )
    top = (f"/{name}" for name, each in fields.items() if each.notes.act and each.kind == "array")
    return next(iter((*inside, *top)), None)


def document_faults(document: Mapping[str, JSON], part: str, type_: MessageType) -> tuple[InputFault, ...]:
    """Return every fault of one part of a request, by the catalogue and by the bounds of a message part."""
    pointer = "/document" if part == "body" else "/identity"
    found = tuple(
        InputFault(f"{pointer}{each.path}", str(each.code), each.sentence, each)
        for each in validate(type_, part, document)
    )
    if found:
        return found
    try:
        flatten(dict(document))
    except Fault as fault:
        return (InputFault(pointer, str(fault.code), "The document is empty or too deeply nested."),)
    return ()


def _answer_to(ground: Ground) -> tuple[Addressee, ...]:
    return () if ground.answered is None else (Addressee(ground.answered.sender, reads_identity=True),)


def _recipient_faults(to: tuple[Addressee, ...], ground: Ground) -> Iterable[InputFault]:
    for at, who in enumerate(to):
        if who.node == ground.me:
            yield InputFault(f"/to/{at}", "SELF_RECIPIENT", "A node does not write to itself.")
        elif ground.directory.participant(who.node, ground.now) is None:
            near = get_close_matches(who.node, [each.node for each in ground.directory.participants()], 1)
            meant = f" Did you mean {near[0]}?" if near else ""
            yield InputFault(f"/to/{at}", "UNKNOWN_RECIPIENT", f"{who.node} is not in the directory.{meant}")


def _channel(type_: MessageType, to: tuple[Addressee, ...], ground: Ground) -> Channel | None:
    if ground.answered is not None and ground.answered.channel in type_.channels:
        return ground.answered.channel
    everybody = [_participant(ground, node) for node in (ground.me, *(who.node for who in to))]
    shared = [each for each in sorted(type_.channels) if all(p is not None and each in p.channels for p in everybody)]
    agreed = [each for each in shared if all(_agreed(ground, who.node, each) for who in to)]
    found = agreed if len(shared) > 1 else shared  # where several could carry it, those that an agreement opens
    return found[0] if len(found) == 1 else None


def _agreed(ground: Ground, node: NodeId, channel: Channel) -> bool:
    return bool(ground.directory.agreements_between(ground.me, node, channel, ground.now))


def _participant(ground: Ground, node: NodeId) -> Participant | None:
    return ground.directory.participant(node, ground.now)


def _purposes(planned: Plan, ground: Ground) -> list[str]:
    """Return the purposes that an agreement with every recipient permits and the channel knows."""
    known = ground.bundle.catalogue.code_lists["purpose"]
    found: set[str] | None = None
    for who in planned.to:
        agreements = ground.directory.agreements_between(ground.me, who.node, planned.channel, ground.now)
        here = {purpose for each in agreements for purpose in each.purposes}
        found = here if found is None else found & here
    fits = [each for each in found or () if planned.channel in _listed(known.more(each, "channels"))]
    return sorted(fits)


def _listed(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _purpose(planned: Plan, ground: Ground) -> str | None:
    choices = _purposes(planned, ground)
    if ground.answered is not None and ground.answered.purpose in choices:
        return ground.answered.purpose
    return choices[0] if len(choices) == 1 else None


def _language(planned: Plan, ground: Ground) -> str:
    if ground.answered is not None:
        return ground.answered.language
    mine = _participant(ground, ground.me)
    readers = [_participant(ground, who.node) for who in planned.to]
    for each in () if mine is None else mine.languages:
        if all(reader is not None and each in reader.languages for reader in readers):
            return each
    return _FALLBACK


def _life(planned: Plan, ground: Ground) -> int:
    """Return the wished life, or else the longest that charter and policy both allow."""
    days = planned.wish.life_days
    return (_longest_life(planned, ground) or 1) * DAY if days is None else days * DAY


def _life_fault(planned: Plan, ground: Ground) -> InputFault | None:
    days, longest = planned.wish.life_days, _longest_life(planned, ground)
    if days is None or days <= longest:
        return None
    plural = "day" if longest == 1 else "days"
    sentence = f"On the channel {planned.channel} a message lives at most {longest} {plural}, not {days}."
    return InputFault("/life_days", "TOO_LONG", sentence)


def _longest_life(planned: Plan, ground: Ground) -> int:
    """Return the longest life in days: the network's charter and the channel's policy each set a limit."""
    charter = ground.directory.charter.longest_life(planned.channel) // DAY
    return min([charter, *_policy_days("life", planned, ground)])


def _policy_days(predicate: str, planned: Plan, ground: Ground) -> list[int]:
    """Return the limits in days that the channel's rules of one predicate set for this type of message."""
    policy = ground.bundle.policies.channels.get(planned.channel)
    rules = () if policy is None else policy.outer
    return [
        each.rule.parameters.days
        for each in rules
        if each.rule.predicate == predicate
        and isinstance(each.rule.parameters, Days)
        and (not each.rule.types or planned.wish.type in each.rule.types)
    ]


def _urgency(wish: Wish) -> tuple[str | None, str | None]:
    """Return urgency and ground as given, or as the document states them."""
    stated = wish.document.get("urgency")
    ground = stated.get("ground") if isinstance(stated, dict) else None
    if wish.urgency is not None or wish.urgency_ground is not None or not isinstance(ground, str):
        return wish.urgency, wish.urgency_ground
    return _URGENT, ground


def _handling(wish: Wish, summary: ContentSummary) -> tuple[str, ...]:
    codes = {*wish.handling, *summary.handling}
    return tuple(sorted(codes)) or (_NO_RESTRICTION,)


def _erase_by(planned: Plan, ground: Ground) -> int | None:
    if not planned.summary.personal_data and planned.wish.identity is None:
        return None
    return ground.now + min([_ERASE_DAYS, *_policy_days("erase-by", planned, ground)]) * DAY
