"""Consents this node records: the document in the vault, one logged token per sender and recipient, renewals in time.

The hub learns references and dates only (decision 17). Until a token is logged, messages under it are refused there.
Each version is a document of its own that was read back to the person; none is ever edited.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from nodes.gateway import consent_store
from nodes.gateway.approvals import LONGEST_DAYS
from nodes.gateway.consent_store import CONSENT_TYPE, ConsentRow, Phase, put_consent, put_reference
from nodes.gateway.consent_versions import (
    Latest,
    ReadBack,
    digest_of_version,
    record_fault,
    renewal_of,
    sheet_of,
    version_fault,
    with_read_back,
)
from nodes.gateway.contents import encode_document
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.here import Here
from nodes.gateway.matrices import read_matrix, read_version
from nodes.gateway.postings import Kind, Posting, PostRow, about, put_posting
from nodes.gateway.stores import Network, Store
from nodes.gateway.wishes import InputFault
from policies.consent import ConsentMatrix
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten
from protocol.catalogue.validate import validate
from protocol.charter import DAY
from protocol.errors import Code, Fault
from protocol.ids import NodeId, Reference
from protocol.records import ConsentToken
from protocol.records import Kind as ParticipantKind
from protocol.tokens import Token, TokenKind, parse_token, sign_token


@dataclass(frozen=True, slots=True)
class Recorded:
    """A consent that is stored as ``document``; its tokens are on their way to the hub."""

    id: Reference
    version: int
    references: Sequence[ConsentToken]
    document: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Listed:
    """A consent with its references and how far their tokens are."""

    row: ConsentRow
    references: Sequence[ConsentToken]
    postings: Sequence[PostRow]


@dataclass(frozen=True, slots=True)
class Heard:
    """That a sheet was read aloud and confirmed: which one, in which language, before which witness."""

    sheet: str
    language: str
    witness: str


class Consents:
    """Records, renews and lists consents."""

    def __init__(self, here: Here, network: Network, store: Store) -> None:
        self._here = here
        self._network = network
        self._store = store

    def sheet(self, document: Mapping[str, JSON]) -> str | Sequence[InputFault]:
        """Return the digest of what is read aloud of a record; or what is wrong with the document before that."""
        faults = self._form_faults(document)
        return faults or sheet_of(document)

    async def record(
        self, document: Mapping[str, JSON], senders: Sequence[NodeId], heard: Heard | None = None
    ) -> Recorded | Sequence[InputFault]:
        """Return the consent once it is stored with its signed tokens; or what is wrong with the document.

        ``document`` is the body of a consent record or renewal; ``heard`` notes in it that it was read back, and
        without it the document says so itself. One reference is made for each of ``senders`` (this node where empty)
        and each recipient that the consent grants anything; the references of the version before end.
        """
        if heard is not None:
            note = ReadBack(heard.sheet, heard.language, heard.witness, self._here.clock())
            document = with_read_back(document, note)
        faults = self._form_faults(document) or self._counting_faults(document)
        if faults:
            return faults
        matrix = read_matrix(document)
        fault, ending = await self._store.database.read(lambda c: self._meet(c, document, matrix))
        if fault is not None:
            return [fault]
        pairs = sorted(
            (sender, to)
            for sender in senders or (self._here.node,)
            for to in {grant.recipient for grant in matrix.grants}
            if to != sender
        )
        tokens = [self._token(matrix, sender, to) for sender, to in pairs]
        signed = [await asyncio.to_thread(sign, self._here, token) for token in tokens]
        ended = [await asyncio.to_thread(sign, self._here, withdrawal_of(token)) for token in ending]
        known = [
            ConsentToken(t.reference, t.holder, t.sender, t.recipient, t.expires_at, withdrawn=False) for t in tokens
        ]
        row = ConsentRow(
            id=matrix.consent,
            version=matrix.version,
            phase=Phase(str(document["phase"])),
            holder=self._here.node,
            item=None,
            recorded_at=self._here.clock(),
            expires_at=matrix.expires_at,
        )
        content = encode_document(flatten(dict(document)))

        def store(connection: Connection) -> InputFault | None:
            late, _ = self._meet(connection, document, matrix)
            if late is not None:
                return late
            put_consent(connection, replace(row, item=self._store.vault.put(connection, content)))
            consent_store.end_references(connection, [each.reference for each in ending])
            for token in known:
                put_reference(connection, token, matrix.consent, matrix.version)
            for posting in (*signed, *ended):
                put_posting(connection, posting, row.recorded_at)
            act = Act(operation=Operation.COLLECTION, deed="consent", consents=(matrix.consent,))
            self._store.journal.note(connection, act)
            return None

        late = await self._store.database.write(store)
        return [late] if late is not None else Recorded(matrix.consent, matrix.version, known, document)

    async def list(self, limit: int) -> Sequence[Listed]:
        """Return the newest consents known here, own and others'."""

        def load(connection: Connection) -> Sequence[Listed]:
            return [_listed(connection, row) for row in consent_store.consents(connection, limit)]

        return await self._store.database.read(load)

    async def versions(self, identifier: Reference) -> Sequence[tuple[ConsentRow, Mapping[str, JSON]]]:
        """Return every version of a consent that is kept here, the first one first."""
        vault = self._store.vault
        return await self._store.database.read(lambda c: consent_store.documents(c, vault, identifier))

    async def renewal(self, identifier: Reference) -> dict[str, JSON] | None:
        """Return a proposal for the next version of an own consent; None for one that cannot be renewed here."""
        vault = self._store.vault

        def load(connection: Connection) -> tuple[ConsentMatrix | None, dict[str, JSON] | None]:
            rows = consent_store.story(connection, identifier)
            if not rows or rows[0].holder != self._here.node:
                return None, None
            matrix = consent_store.current_matrix(connection, vault, identifier)
            return matrix, consent_store.newest_document(connection, vault, identifier)

        matrix, document = await self._store.database.read(load)
        if matrix is None or document is None or matrix.withdrawn_at is not None:
            return None
        kept = frozenset((each.recipient, each.category, each.purpose) for each in matrix.grants)
        return renewal_of(document, self._here.clock(), kept)

    def _form_faults(self, document: Mapping[str, JSON]) -> Sequence[InputFault]:
        """Return what the catalogue says against a record or renewal."""
        bundle = self._network.replica.bundle
        type_ = None if bundle is None else bundle.catalogue.types.get(CONSENT_TYPE)
        if type_ is None:
            return [InputFault("", str(Code.POLICY_UNKNOWN), "The network's catalogue is not here yet.")]
        found = [InputFault(each.path, str(each.code), each.sentence) for each in validate(type_, "body", document)]
        if not found and document.get("phase") not in (Phase.RECORD.value, Phase.RENEW.value):
            found = [InputFault("/phase", "NOT_ALLOWED", "Record a consent with phase record or renew.")]
        if found:
            return found
        try:
            read_matrix(document)
            flatten(dict(document))
        except Fault as fault:
            return [InputFault("/record", str(fault.code), "The consent cannot be read.")]
        return ()

    def _counting_faults(self, document: Mapping[str, JSON]) -> Sequence[InputFault]:
        """Return why a record that can be read does not count: not read back, or not by whom it had to be given."""
        directory, now = self._network.replica.directory, self._here.clock()
        nodes = (self._here.node, *(grant.recipient for grant in read_matrix(document).grants))
        known = (directory.participant(node, now) for node in nodes)
        authority = any(each is not None and each.kind is ParticipantKind.CHILD_PROTECTION for each in known)
        fault = record_fault(document, authority=authority)
        return () if fault is None else (fault,)

    def _meet(
        self, connection: Connection, document: Mapping[str, JSON], matrix: ConsentMatrix
    ) -> tuple[InputFault | None, Sequence[ConsentToken]]:
        """Return why this is not the next version of its consent, and the running tokens of the one before."""
        vault, identifier = self._store.vault, matrix.consent
        rows = consent_store.story(connection, identifier)
        if any(row.holder != self._here.node for row in rows):
            return InputFault("/consent_id", "NOT_ALLOWED", "Another organisation holds this consent."), ()
        newest = consent_store.newest_document(connection, vault, identifier)
        before = consent_store.current_matrix(connection, vault, identifier)
        latest = None
        if rows and (newest is None or before is None):
            return InputFault("/consent_id", "ERASED", "The version before is erased. A new consent has a new id."), ()
        if newest is not None and before is not None:
            withdrawn = before.withdrawn_at is not None
            latest = Latest(read_version(newest), digest_of_version(newest), withdrawn)
        fault = version_fault(document, latest) or _dropped(before, matrix, self._here.clock())
        running = [each for each in consent_store.references_of(connection, identifier) if not each.withdrawn]
        return fault, running

    def _token(self, matrix: ConsentMatrix, sender: NodeId, recipient: NodeId) -> Token:
        ends = [grant.until for grant in matrix.grants if grant.recipient == recipient]
        until = min(matrix.expires_at, max(ends), self._here.clock() + LONGEST_DAYS * DAY)
        reference = Reference(self._here.entropy(16))
        return Token(TokenKind.CONSENT, reference, self._here.node, sender, recipient, until)


def sign(here: Here, token: Token) -> Posting:
    """Return the posting that logs a token at the hub."""
    raw = sign_token(token, here.signer, here.network)
    return Posting(parse_token(raw).id, Kind.TOKEN, token.reference, int(token.kind), raw)


def withdrawal_of(token: ConsentToken) -> Token:
    """Return the token that ends another one."""
    kind = TokenKind.CONSENT_WITHDRAWN
    return Token(kind, token.reference, token.holder, token.sender, token.recipient, token.expires_at)


def _dropped(before: ConsentMatrix | None, matrix: ConsentMatrix, now: int) -> InputFault | None:
    """Return the recipients that a renewal passes over: they would never hear that they may read no more."""
    if before is None or now >= before.expires_at:
        return None
    running = {each.recipient for each in before.grants if now < each.until}
    gone = sorted(running - {each.recipient for each in matrix.grants})
    if not gone:
        return None
    words = f"Withdraw the consent for {', '.join(gone)} first, so that they hear of it."
    return InputFault("/record/grants", "RECIPIENT_DROPPED", words)


def _listed(connection: Connection, row: ConsentRow) -> Listed:
    references = consent_store.references_of(connection, row.id)
    return Listed(row, references, [each for token in references for each in about(connection, token.reference)])
