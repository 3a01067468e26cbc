"""What this node's own store knows of the things a message refers to: answered messages, consents, owners, grants.

What the store does not know is left out, and the rule that needs it refuses by name. All reads of one question happen
in one consistent state of the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from nodes.gateway import inbox, outbox
from nodes.gateway.approvals import logged_approvals
from nodes.gateway.consent_store import current_matrix, find_references
from nodes.gateway.contents import fields_of, parse_draft, parse_opened
from nodes.gateway.corrections import header_of, restricted_among, was_corrected
from nodes.gateway.inbox import READABLE
from nodes.gateway.permissions import use_cases
from nodes.gateway.vault import Vault
from policies.consent import ConsentMatrix
from policies.consent_uses import JUDICIAL, OTHER_PURPOSE, UseCase, Word
from policies.documents import text_at, value_at
from policies.facts import Citation, ReplyFacts
from protocol.catalogue.content import ContentReference, ContentSummary
from protocol.catalogue.documents import JSON
from protocol.core import Core
from protocol.fields import Field
from protocol.ids import Channel, MessageId, NodeId, Reference, parse_hex_digest, parse_node_id
from protocol.records import ConsentToken
from protocol.stages import Draft


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message refers to."""

    channel: Channel
    sender: NodeId
    to: frozenset[NodeId]
    in_reply_to: MessageId | None
    consents: Sequence[Reference]
    approvals: Sequence[Reference]
    content: ContentSummary
    body: Mapping[str, JSON]
    now: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of it."""

    reply: ReplyFacts | None = None
    tokens: Mapping[Reference, ConsentToken] = field(default_factory=dict)
    approvals: Mapping[Reference, ConsentToken] = field(default_factory=dict)
    matrices: Mapping[Reference, ConsentMatrix] = field(default_factory=dict)
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """A message of this store with its header and body."""

    header: Core | Draft
    body: tuple[Field, ...]

    @property
    def parties(self) -> frozenset[NodeId]:
        return frozenset((self.header.sender, *(each.node for each in self.header.to)))


def find_out(connection: Connection, vault: Vault, asked: Asked) -> Knowledge:
    """Return what the store knows of the things ``asked`` refers to."""
    pairs = find_references(connection, asked.consents)
    tokens = {token.reference: token for token, _ in pairs}
    consents = {token.reference: consent for token, consent in pairs}
    return Knowledge(
        reply=_reply(connection, vault, asked.in_reply_to),
        tokens=tokens,
        approvals=logged_approvals(connection, asked.approvals),
        matrices=_matrices(connection, vault, asked, consents),
        citations=tuple(_citations(connection, vault, asked)),
    )


def _load(connection: Connection, vault: Vault, message: MessageId) -> _Known | None:
    received = inbox.find(connection, message)
    if received is not None:
        content = vault.get(connection, received.item) if received.state in READABLE else None
        opened = None if content is None else parse_opened(content)
        return None if opened is None else _Known(opened.core, fields_of(opened.body))
    sent = outbox.find(connection, message)
    content = None if sent is None else vault.get(connection, sent.item)
    draft = None if content is None else parse_draft(content)
    return None if draft is None else _Known(draft, draft.body)


def _reply(connection: Connection, vault: Vault, message: MessageId | None) -> ReplyFacts | None:
    found = None if message is None else _load(connection, vault, message)
    if found is None:
        return None
    return ReplyFacts(found.header.channel, found.header.type, found.header.language, found.parties)


def _matrices(
    connection: Connection, vault: Vault, asked: Asked, consents: Mapping[Reference, Reference]
) -> Mapping[Reference, ConsentMatrix]:
    """Map each reference to the newest matrix of its consent.

    At a recipient the reference itself is new; the one consent that the sealed document names tells whose it is.
    """
    named = [each for each in map(_reference, asked.content.named("consent")) if each is not None]
    only = named[0] if len(named) == 1 else None
    out: dict[Reference, ConsentMatrix] = {}
    for reference in asked.consents:
        consent = consents.get(reference, only)
        matrix = None if consent is None else current_matrix(connection, vault, consent)
        if matrix is not None:
            out[reference] = matrix
    return out


def _citations(connection: Connection, vault: Vault, asked: Asked) -> Iterable[Citation]:
    foreign = [each for each in asked.content.references if each.kind == "owner" and each.value != asked.sender]
    cases = use_cases(connection, vault, asked.now) if foreign else ()
    for each in asked.content.references:
        if each.kind == "message":
            yield _named(connection, vault, each)
        elif each in foreign:
            owner = parse_node_id(each.value)
            yield from _quoted(connection, vault, each, asked, _grants(asked.body, owner, cases))


def _named(connection: Connection, vault: Vault, reference: ContentReference) -> Citation:
    message = MessageId(parse_hex_digest(reference.value))
    found = _load(connection, vault, message)
    header = header_of(connection, message) if found is None else found.header
    if header is None:
        return Citation(path=reference.path)
    return Citation(
        path=reference.path,
        channel=header.channel,
        owner=header.sender,
        handling=header.handling,
        addressees=frozenset(each.node for each in header.to),
        purpose=header.purpose,
        classification=header.classification,
        erase_by=header.erase_by,
        corrected=was_corrected(connection, message),
    )


def _quoted(
    connection: Connection, vault: Vault, reference: ContentReference, asked: Asked, grants: Sequence[Word]
) -> Iterable[Citation]:
    """Yield a citation for each source of an item that belongs to somebody else, with what its owner allows now.

    The sources are the owner's messages that its consents are about; without any the purpose stays unknown.
    """
    owner = parse_node_id(reference.value)
    handling = value_at(asked.body, f"{reference.path.rsplit('/', 2)[0]}/handling")
    codes = {str(code) for code in handling} if isinstance(handling, list) else set()
    about = sorted({item.message for each in grants for item in each.about})
    loaded = (_load(connection, vault, message) for message in about)
    sources: list[Core | Draft | None] = [each.header for each in loaded if each and each.header.sender == owner]
    restricted = bool(restricted_among(connection, about))
    for source in sources or [None]:
        yield Citation(
            path=reference.path,
            channel=asked.channel,
            owner=owner,
            handling=tuple(sorted(codes.union(() if source is None else source.handling))),
            consented=frozenset(each.target for each in grants if each.target is not None),
            quoted=True,
            evidential=any(each.use == JUDICIAL for each in grants),
            purpose=None if source is None else source.purpose,
            repurposed=frozenset(each.purpose for each in grants if each.use == OTHER_PURPOSE and each.purpose),
            classification=None if source is None else source.classification,
            restricted=restricted,
            erase_by=None if source is None else source.erase_by,
        )


def _grants(body: Mapping[str, JSON], owner: NodeId, cases: Iterable[UseCase]) -> Sequence[Word]:
    """Return the consents of ``owner`` that the body names and that hold now."""
    listed = body.get("origin_consents")
    named = {
        text_at(each, "/message_id")
        for each in (listed if isinstance(listed, list) else ())
        if text_at(each, "/owner") == owner
    }
    found = (each.grant for each in cases if each.owner == owner)
    return [each for each in found if each is not None and each.message.hex() in named]


def _reference(text: str) -> Reference | None:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return None
    return Reference(raw) if len(raw) == 16 else None  # noqa: PLR2004 - bytes of a reference
