"""What the owners of messages allowed others to do with them, as the consent messages kept here say (MT-11).

Read are the messages of both boxes that a reader may see; ``policies.consent_uses`` folds them. Consent to single items
does not reach the whole message.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from nodes.gateway.contents import fields_of, parse_draft, parse_opened
from nodes.gateway.inbox import READABLE
from nodes.gateway.outbox import OutState
from nodes.gateway.vault import Vault
from nodes.gateway.wishes import read_time
from nodes.schema import inbox, outbox
from policies.consent_uses import JUDICIAL, PASSING_ON, Item, Phase, UseCase, Word, fold_uses, permitted
from policies.documents import text_at, value_at
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.core import Core
from protocol.errors import Fault
from protocol.ids import MessageId, NodeId, TypeId, parse_hex_digest, parse_node_id
from protocol.stages import Draft

CONSENTS: Final = TypeId("MT-11/1")
_COUNTING: Final = (OutState.READY.value, OutState.ACCEPTED.value)
_ENDLESS: Final = 1 << 53  # later than any time on the wire
_PHASES: Final = {each.value: each for each in Phase}


@dataclass(frozen=True, slots=True)
class Permitted:
    """The nodes that the owner allowed to have a message, those that may use it in proceedings, and its grants."""

    consented: frozenset[NodeId] = frozenset()
    evidential: frozenset[NodeId] = frozenset()
    grants: tuple[Word, ...] = ()

    def conditions_for(self, nodes: frozenset[NodeId]) -> tuple[str, ...]:
        """Return the conditions of every grant that is about one of the nodes, each once, in order."""
        told = (line for each in self.grants if each.target in nodes for line in each.conditions)
        return tuple(dict.fromkeys(told))


@dataclass(frozen=True, slots=True)
class About:
    """A message, or an item of it, with its owner, and what the owner consented to when it sent it."""

    item: Item
    owner: NodeId
    given: Word | None = None


def given_at_provision(message: MessageId, owner: NodeId, target: NodeId, conditions: str) -> Word:
    """Return the consent to judicial use that a message itself carries; the owner ends it like any other."""
    return Word(
        message=message,
        sender=owner,
        to=frozenset({target}),
        at=0,
        phase=Phase.GRANT,
        use=JUDICIAL,
        about=frozenset({Item(message)}),
        target=target,
        until=_ENDLESS,
        conditions=(conditions,) if conditions else (),
    )


def find_permitted(connection: Connection, vault: Vault, about: About, now: int) -> Permitted:
    """Return whom its owner allowed to have an item, as of ``now``. A grant that names no node permits none."""
    words = () if about.given is None else (about.given,)
    cases = use_cases(connection, vault, now, words)
    having, proving = (permitted(cases, about.owner, about.item, use) for use in (PASSING_ON, JUDICIAL))
    return Permitted(_targets(having), _targets(proving), (*having, *proving))


def use_cases(connection: Connection, vault: Vault, now: int, given: Iterable[Word] = ()) -> tuple[UseCase, ...]:
    """Return every consent to a use that was asked or given here, and those ``given``, as they stand at ``now``."""
    return fold_uses((*given, *_received(connection, vault), *_sent(connection, vault)), now)


def _targets(grants: tuple[Word, ...]) -> frozenset[NodeId]:
    return frozenset(each.target for each in grants if each.target is not None)


def _received(connection: Connection, vault: Vault) -> Iterator[Word]:
    readable = inbox.c.state.in_([each.value for each in READABLE])
    query = select(inbox.c.message, inbox.c.item, inbox.c.logged_at, inbox.c.sender).where(
        inbox.c.type == CONSENTS, readable, inbox.c.item.is_not(None)
    )
    for message, item, at, sender in connection.execute(query).all():
        content = vault.get(connection, item)
        opened = None if content is None else parse_opened(content)
        if opened is not None:
            word = _word(MessageId(message), at, opened.core, unflatten(fields_of(opened.body)))
            yield from () if word is None or word.sender != sender else (word,)


def _sent(connection: Connection, vault: Vault) -> Iterator[Word]:
    query = select(outbox.c.message, outbox.c.item, outbox.c.accepted_at, outbox.c.created_at).where(
        outbox.c.type == CONSENTS, outbox.c.state.in_(_COUNTING), outbox.c.item.is_not(None)
    )
    for message, item, accepted, created in connection.execute(query).all():
        content = vault.get(connection, item)
        draft = None if content is None else parse_draft(content)
        if draft is not None:
            word = _word(MessageId(message), accepted or created, draft, unflatten(sorted(draft.body)))
            yield from () if word is None else (word,)


def _word(message: MessageId, at: int, header: Core | Draft, document: dict[str, JSON]) -> Word | None:
    phase = _PHASES.get(text_at(document, "/phase"))
    if phase is None:
        return None
    return Word(
        message=message,
        sender=header.sender,
        to=frozenset(each.node for each in header.to),
        at=at,
        phase=phase,
        use=text_at(document, "/use"),
        about=frozenset(_items(document)),
        in_reply_to=header.in_reply_to,
        target=_target(document),
        purpose=text_at(document, "/target/purpose") or None,
        until=_time(document, "/valid_until"),
        effective=_time(document, "/effective_at"),
        conditions=tuple(_lines(document, "/conditions")),
        reason=text_at(document, "/reason") or text_at(document, "/justification") or None,
    )


def _items(document: dict[str, JSON]) -> Iterator[Item]:
    listed = document.get("items")
    for each in listed if isinstance(listed, list) else ():
        text = text_at(each, "/message_id")
        try:
            message = MessageId(parse_hex_digest(text))
        except Fault:
            continue
        yield Item(message, text_at(each, "/item") or None)


def _lines(document: dict[str, JSON], path: str) -> Iterator[str]:
    listed = value_at(document, path)
    yield from (each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, str))


def _target(document: dict[str, JSON]) -> NodeId | None:
    try:
        return parse_node_id(value_at(document, "/target/node"))
    except Fault:
        return None


def _time(document: dict[str, JSON], path: str) -> int | None:
    try:
        return read_time(text_at(document, path))
    except Fault:
        return None
