"""Approvals this node gives: a reference under which a sender may send to a recipient, logged as a token at the hub.

A reference counts here once the hub has logged its token, and no longer from the moment it is withdrawn (decision 17).
The signed tokens are the postings; nothing else is stored.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.gateway.here import Here
from nodes.gateway.postings import Kind, Posting, PostState, about, about_any, put_posting
from nodes.gateway.stores import Network, Store
from nodes.gateway.wishes import InputFault
from protocol.charter import DAY
from protocol.ids import NodeId, Reference
from protocol.records import ConsentToken
from protocol.tokens import Token, TokenKind, parse_token, sign_token

LONGEST_DAYS: Final = 90
"""The hub logs no token that lives longer (decision 17)."""
_GIVES: Final = TokenKind.APPROVAL
_ENDS: Final = TokenKind.APPROVAL_WITHDRAWN


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose message to whom is approved, and for how long."""

    sender: NodeId
    recipient: NodeId
    days: int


def logged_approvals(connection: Connection, references: Sequence[Reference]) -> Mapping[Reference, ConsentToken]:
    """Return the approvals among ``references`` whose tokens the hub has logged; withdrawn ones are marked."""
    found: dict[Reference, ConsentToken] = {}
    ended: set[Reference] = set()
    for row in about_any(connection, Kind.TOKEN, references):
        token = parse_token(row.posting.raw).token
        if token.kind is _ENDS:
            ended.add(token.reference)
        elif token.kind is _GIVES and row.state is PostState.LOGGED:
            found[token.reference] = _known(token)
    return {each: replace(token, withdrawn=each in ended) for each, token in found.items()}


class Approvals:
    """Gives and withdraws approvals."""

    def __init__(self, here: Here, network: Network, store: Store) -> None:
        self._here = here
        self._network = network
        self._store = store

    async def give(self, asked: Asked) -> ConsentToken | Sequence[InputFault]:
        """Return the approval once its signed token is stored; or what is wrong with what was asked."""
        faults = self._faults(asked)
        if faults:
            return faults
        here, now = self._here, self._here.clock()
        reference = Reference(here.entropy(16))
        token = Token(_GIVES, reference, here.node, asked.sender, asked.recipient, now + asked.days * DAY)
        posting = await asyncio.to_thread(self._sign, token)
        await self._store.database.write(lambda connection: put_posting(connection, posting, now))
        return _known(token)

    async def withdraw(self, reference: Reference) -> bool:
        """Return True when the approval no longer counts here and the hub will hear of it; False for one not given."""
        rows = await self._store.database.read(lambda connection: about(connection, reference))
        tokens = [parse_token(row.posting.raw).token for row in rows if row.posting.kind is Kind.TOKEN]
        given = next((each for each in tokens if each.kind is _GIVES), None)
        if given is None:
            return False
        posting = await asyncio.to_thread(self._sign, replace(given, kind=_ENDS))
        now = self._here.clock()
        await self._store.database.write(lambda connection: put_posting(connection, posting, now))
        return True

    def _faults(self, asked: Asked) -> Sequence[InputFault]:
        directory, now = self._network.replica.directory, self._here.clock()
        faults = [
            InputFault(f"/{name}", "UNKNOWN_PARTICIPANT", f"{node} is not in the directory.")
            for name, node in (("sender", asked.sender), ("recipient", asked.recipient))
            if directory.participant(node, now) is None
        ]
        if asked.sender == asked.recipient:
            faults.append(InputFault("/recipient", "SELF_RECIPIENT", "A node does not write to itself."))
        if not 1 <= asked.days <= LONGEST_DAYS:
            faults.append(InputFault("/days", "TOO_LONG", f"An approval lasts 1 to {LONGEST_DAYS} days."))
        return faults

    def _sign(self, token: Token) -> Posting:
        raw = sign_token(token, self._here.signer, self._here.network)
        return Posting(parse_token(raw).id, Kind.TOKEN, token.reference, int(token.kind), raw)


def _known(token: Token) -> ConsentToken:
    return ConsentToken(token.reference, token.holder, token.sender, token.recipient, token.expires_at, withdrawn=False)
