"""The documents of corrections: notices to holders and answers to issuers, as wishes for the ordinary sending."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, select

from keys.directory import Directory
from nodes.casework.correction_facts import code_of
from nodes.casework.corrections import TELLING_S, CorrectionCase, Reach
from nodes.gateway.contents import parse_body
from nodes.gateway.vault import Vault
from nodes.gateway.wishes import InputFault, Wish, parse_wish
from nodes.schema import addressee, attachment, disclosure, outbox
from policies.documents import text_at, value_at
from protocol.catalogue.documents import JSON
from protocol.core import Core
from protocol.ids import MessageId, NodeId

NOTICE: Final = "MT-12/1"
ANSWER: Final = "MT-02/1"
_PASSED_ON: Final = ("action", "reason", "explanation", "changes", "effective_at", "restricted_until", "effects")
"""What a holder repeats to those after it; who found the mistake, and whose case it is, stays with the issuer."""
_FALLBACK: Final = "en"
_DIGEST: Final = re.compile(r"/attachments/[0-9]+/sha256")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: the notice, who sent it, when it came here, and which unit deals with it."""

    notice: MessageId
    to: NodeId
    received_at: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a person says of a correction to be raised; ``changes`` are the fields and values that are right."""

    action: str
    reason: str
    explanation: str
    item: str = ""
    changes: tuple[tuple[str, JSON], ...] = ()
    language: str | None = None
    restricted_until: str | None = None

    def wishes(
        self, core: Core, message: MessageId, holders: Sequence[NodeId], now: int
    ) -> list[Wish | tuple[InputFault, ...]]:
        """Return one notice for each holder; all say the same, so that each is the same correction."""
        document: dict[str, JSON] = {
            "action": self.action,
            "items": [_item(message, self.item)],
            "reason": self.reason,
            "explanation": self.explanation,
            "effective_at": written(now),
            "acknowledge_by": written(now + TELLING_S),
        }
        if self.changes:
            document["changes"] = [
                {"message_id": message.hex(), "field": path, "value": value} for path, value in self.changes
            ]
        if self.restricted_until is not None:
            document["restricted_until"] = self.restricted_until
        wished = {"type": NOTICE, "document": document, **marked(core)}
        if self.language is not None:
            wished["language"] = self.language
        return [parse_wish({**wished, "to": [node]}) for node in holders]


@dataclass(frozen=True, slots=True)
class Relay:
    """A notice that is passed on to one holder."""

    node: NodeId
    document: Mapping[str, JSON] = field(repr=False)
    core: Core

    def request(self, wording: Mapping[str, str], directory: Directory, now: int) -> dict[str, JSON]:
        """Return the wish in the language of the notice, or in the words that a person translated it into."""
        document = dict(self.document) | {"acknowledge_by": written(now + TELLING_S)}
        language = wording.get("language") or self.core.language
        if "explanation" in wording:
            document["explanation"] = wording["explanation"]
        reader = directory.participant(self.node, now)
        known = reader is not None and language in reader.languages
        chosen = language if known or "language" in wording else self.core.language
        wished: dict[str, JSON] = {"type": NOTICE, "to": [self.node], "document": document, **marked(self.core)}
        return wished | {"language": chosen or _FALLBACK}


def relay_wishes(
    connection: Connection, vault: Vault, notice: tuple[Core, Mapping[str, JSON]], cases: Sequence[CorrectionCase]
) -> list[Relay]:
    """Return one notice for each holder that is still to be told, with the messages that concern it."""
    core, body = notice
    named: dict[NodeId, list[CorrectionCase]] = {}
    for case in cases:
        for node in case.to_tell:
            named.setdefault(node, []).append(case)
    said = {name: body[name] for name in _PASSED_ON if name in body and name != "changes"}
    relays = []
    for node, own in named.items():
        abouts = [case.facts.about for case in own]
        carriers = [each for about in abouts for each in _carriers(connection, vault, about, node)]
        relays.append(Relay(node, {**said, **_concerned(body, abouts, carriers)}, core))
    return relays


def answer_wish(answer: Answer, cases: Sequence[CorrectionCase]) -> Wish | tuple[InputFault, ...]:
    """Return the answer to a notice: what was done here, and how far those are that had the data from here."""
    done = [each.facts.applied_at for each in cases]
    applied = [each for each in done if each is not None]
    whole = len(applied) == len(done)
    correction: dict[str, JSON] = {"state": "applied" if whole else "received"}
    if whole and applied:
        correction["applied_at"] = written(max(applied))
    reach: dict[NodeId, Reach] = {}
    for each in (holder for case in cases for holder in case.holders):
        reach[each.node] = min(reach.get(each.node, each.reach), each.reach)
    if reach:
        correction["holders"] = [{"node": node, "state": code_of(each)} for node, each in sorted(reach.items())]
    document: dict[str, JSON] = {
        "received_at": written(answer.received_at),
        "handler_unit": answer.unit,
        "due_class": "none",
        "correction": correction,
    }
    wished: dict[str, JSON] = {"type": ANSWER, "document": document, "in_reply_to": answer.notice.hex()}
    return parse_wish(wished | {"to": [answer.to]})


def marked(core: Core) -> dict[str, JSON]:
    """Return the marks of a message that a notice about it bears too."""
    marks: dict[str, JSON] = {"channel": core.channel, "purpose": core.purpose}
    if core.classification is not None:
        marks["classification"] = core.classification
    if core.handling:
        marks["handling"] = list(core.handling)
    return marks


def written(at: int) -> str:
    """Return a time as documents write it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _concerned(body: Mapping[str, JSON], abouts: Sequence[MessageId], carriers: Sequence[MessageId]) -> dict[str, JSON]:
    """Return what a notice names for one holder: the messages that it has, and those that brought them."""
    ids = {each.hex() for each in abouts}
    items = [each for each in _list(body, "/items") if text_at(each, "/message_id") in ids]
    items += [_item(each, "") for each in dict.fromkeys(carriers)]
    changes = [each for each in _list(body, "/changes") if text_at(each, "/message_id") in ids]
    return {"items": items, "changes": changes} if changes else {"items": items}


def _carriers(connection: Connection, vault: Vault, message: MessageId, node: NodeId) -> list[MessageId]:
    """Return the messages of this node that brought rows of another to a holder, by the digests in the ledger."""
    ledger = select(disclosure.c.digest).where(disclosure.c.message == message, disclosure.c.recipient == node)
    digests = {row.digest.hex() for row in connection.execute(ledger)}
    query = (
        select(outbox.c.message, outbox.c.item)
        .join(addressee, addressee.c.message == outbox.c.message)
        .where(addressee.c.node == node, outbox.c.message.in_(select(attachment.c.message)))
        .order_by(outbox.c.number)
    )
    rows = connection.execute(query).all() if digests else []
    return [MessageId(row.message) for row in rows if digests & _files_of(vault.get(connection, row.item))]


def _files_of(content: bytes | None) -> set[str]:
    """Return the digests of the files that a message tells of."""
    fields = () if content is None else parse_body(content)
    return {str(value) for path, value in fields if _DIGEST.fullmatch(path)}


def _list(document: object, pointer: str) -> list[JSON]:
    found = value_at(document, pointer)
    return found if isinstance(found, list) else []


def _item(message: MessageId, entry: str) -> dict[str, JSON]:
    return {"message_id": message.hex(), "item": entry} if entry else {"message_id": message.hex()}
