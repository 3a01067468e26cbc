"""Consents this node records: the document in the vault, one logged token per sender and recipient, withdrawal.

The hub learns references and dates only (decision 17). Until a token is logged, messages under it are refused there;
after a withdrawal is logged they are refused again, at the hub and at every node that hears of it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.gateway import consent_store
from nodes.gateway.consent_store import ConsentRow, Phase, put_consent, put_reference
from nodes.gateway.contents import encode_document
from nodes.gateway.here import Here
from nodes.gateway.matrices import read_matrix
from nodes.gateway.postings import Kind, Posting, PostRow, about, put_posting
from nodes.gateway.stores import Network, Store
from nodes.gateway.wishes import InputFault
from policies.consent import ConsentMatrix
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten
from protocol.catalogue.validate import validate
from protocol.errors import Code, Malformed
from protocol.ids import NodeId, Reference, TypeId
from protocol.records import ConsentToken
from protocol.tokens import Token, TokenKind, parse_token, sign_token

CONSENT_TYPE: Final = TypeId("MT-V6/1")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A consent that is stored; its tokens are on their way to the hub."""

    id: Reference
    version: int
    references: Sequence[ConsentToken]


@dataclass(frozen=True, slots=True)
class Listed:
    """A consent with its references and how far their tokens are."""

    row: ConsentRow
    references: Sequence[ConsentToken]
    postings: Sequence[PostRow]


class Consents:
    """Records and withdraws consents."""

    def __init__(self, here: Here, network: Network, store: Store) -> None:
        self._here = here
        self._network = network
        self._store = store

    async def record(self, document: Mapping[str, JSON], senders: Sequence[NodeId]) -> Recorded | Sequence[InputFault]:
        """Return the consent once it is stored with its signed tokens; or what is wrong with the document.

        ``document`` is the body of a consent record. One reference is made for each of ``senders`` (this node where
        empty) and each recipient that the consent grants anything.
        """
        faults = self._faults(document)
        if faults:
            return faults
        matrix = read_matrix(document)
        pairs = sorted(
            (sender, to)
            for sender in senders or (self._here.node,)
            for to in {grant.recipient for grant in matrix.grants}
            if to != sender
        )
        tokens = [self._token(matrix, sender, to) for sender, to in pairs]
        signed = [await asyncio.to_thread(self._sign, token) for token in tokens]
        known = [
            ConsentToken(t.reference, t.holder, t.sender, t.recipient, t.expires_at, withdrawn=False) for t in tokens
        ]
        content = encode_document(flatten(dict(document)))
        now = self._here.clock()

        def store(connection: Connection) -> None:
            row = ConsentRow(
                id=matrix.consent,
                version=matrix.version,
                phase=Phase(str(document["phase"])),
                holder=self._here.node,
                item=self._store.vault.put(connection, content),
                recorded_at=now,
                expires_at=matrix.expires_at,
            )
            put_consent(connection, row)
            for token in known:
                put_reference(connection, token, matrix.consent, matrix.version)
            for posting in signed:
                put_posting(connection, posting, now)

        await self._store.database.write(store)
        return Recorded(matrix.consent, matrix.version, known)

    async def withdraw(self, identifier: Reference) -> int | None:
        """Return how many references end with it; None for a consent that this node does not hold.

        From now on this node refuses messages under it, and the hub from the moment the withdrawals are logged.
        """
        now = self._here.clock()
        found = await self._store.database.read(lambda c: self._own_references(c, identifier))
        if found is None:
            return None
        signed = [await asyncio.to_thread(self._sign, _withdrawal(token)) for token in found]

        def store(connection: Connection) -> None:
            consent_store.mark_withdrawn(connection, identifier, now)
            for posting in signed:
                put_posting(connection, posting, now)

        await self._store.database.write(store)
        return len(found)

    async def list(self, limit: int) -> Sequence[Listed]:
        """Return the newest consents known here, own and others'."""

        def load(connection: Connection) -> Sequence[Listed]:
            return [_listed(connection, row) for row in consent_store.consents(connection, limit)]

        return await self._store.database.read(load)

    def _faults(self, document: Mapping[str, JSON]) -> Sequence[InputFault]:
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
        except Malformed as fault:
            return [InputFault("/record", str(fault.code), "The consent cannot be read.")]
        return ()

    def _token(self, matrix: ConsentMatrix, sender: NodeId, recipient: NodeId) -> Token:
        ends = [grant.until for grant in matrix.grants if grant.recipient == recipient]
        until = min(matrix.expires_at, max(ends))
        reference = Reference(self._here.entropy(16))
        return Token(TokenKind.CONSENT, reference, self._here.node, sender, recipient, until)

    def _sign(self, token: Token) -> Posting:
        raw = sign_token(token, self._here.signer, self._here.network)
        return Posting(parse_token(raw).id, Kind.TOKEN, token.reference, int(token.kind), raw)

    def _own_references(self, connection: Connection, identifier: Reference) -> Sequence[ConsentToken] | None:
        rows = consent_store.story(connection, identifier)
        if not any(row.holder == self._here.node for row in rows):
            return None
        return [token for token in consent_store.references_of(connection, identifier) if not token.withdrawn]


def _withdrawal(token: ConsentToken) -> Token:
    kind = TokenKind.CONSENT_WITHDRAWN
    return Token(kind, token.reference, token.holder, token.sender, token.recipient, token.expires_at)


def _listed(connection: Connection, row: ConsentRow) -> Listed:
    references = consent_store.references_of(connection, row.id)
    return Listed(row, references, [each for token in references for each in about(connection, token.reference)])
