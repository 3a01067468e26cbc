"""Reads from the store what corrections are folded from: notices, whom they went to, and what holders answered.

Nothing about the state of a correction is stored but what people here did; the rest is read from the messages.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select

from nodes.casework.corrections import CaseFacts, CorrectionCase, Reach, Said, Told, fold_correction
from nodes.gateway import outbox
from nodes.gateway.contents import parse_body
from nodes.gateway.corrections import CorrectionStep, Noted, NoticeBox, notices_about, steps_of
from nodes.gateway.inbox import READABLE
from nodes.gateway.outbox import OutState
from nodes.gateway.vault import Vault
from nodes.schema import disclosure, inbox
from nodes.schema import outbox as sent
from policies.documents import text_at, value_at
from protocol.catalogue.rows import unflatten
from protocol.errors import Fault
from protocol.ids import MessageId, NodeId

ANSWERS: Final = "MT-02/%"
CODES: Final[Mapping[str, Reach]] = {
    "untold": Reach.UNTOLD,
    "told": Reach.TOLD,
    "received": Reach.CONFIRMED,
    "applied": Reach.APPLIED,
}
"""The codes of the list ``correction_state``; a delivered notice is one that was told."""
_LOST: Final = frozenset((OutState.REFUSED, OutState.EXPIRED, OutState.REPLACED))


def code_of(reach: Reach) -> str:
    """Return how an answer names what a holder did."""
    return {number: code for code, number in CODES.items()}.get(reach, "told")


def load_case(connection: Connection, vault: Vault, about: MessageId, subject: bytes) -> CorrectionCase | None:
    """Return one correction as the store knows it; None where no notice says it."""
    notices = [each for each in notices_about(connection, about) if each.subject == subject]
    if not notices:
        return None
    came = [each for each in notices if each.origin.box is NoticeBox.IN]
    gone = [each for each in notices if each.origin.box is NoticeBox.OUT]
    steps = steps_of(connection, about, subject)
    reports = [_own_reports(connection, vault, each.origin.notice) for each in came]
    first = (came or gone)[0]
    facts = CaseFacts(
        about=about,
        subject=subject,
        raised_at=first.origin.at,
        confirm_by=first.confirm_by,
        issuer=first.origin.issuer if came else None,
        holders=_holders(connection, about, raised_here=not came),
        told=[told for each in gone for told in _told(connection, each)],
        said=[said for each in gone for said in _said(connection, vault, each.origin.notice)],
        confirmed=all(reports),
        reported=all(any(each.applied for each in found) for found in reports),
        last_report=_latest(reports),
        applied_at=steps.get(CorrectionStep.APPLIED),
        verified_at=steps.get(CorrectionStep.VERIFIED),
    )
    return fold_correction(facts)


def onward_of(connection: Connection, message: MessageId) -> frozenset[NodeId]:
    """Return to whom this node passed a received message on, in whole or in part, as its ledger says."""
    rows = connection.execute(select(disclosure.c.recipient).where(disclosure.c.message == message))
    return frozenset(NodeId(row.recipient) for row in rows)


def _holders(connection: Connection, about: MessageId, *, raised_here: bool) -> frozenset[NodeId]:
    """Return who had the message from this node: its recipients where it was sent here, and the ledger's."""
    direct: Sequence[outbox.Sent] = outbox.addressees(connection, about) if raised_here else ()
    having = {each.node for each in direct if each.has_it}
    return onward_of(connection, about) | having


def _told(connection: Connection, noted: Noted) -> list[Told]:
    row = outbox.find(connection, noted.origin.notice)
    lost = row is None or row.state in _LOST
    return [
        Told(
            each.node,
            delivered=each.handed_over_at is not None,
            failed=(lost and each.handed_over_at is None) or not each.has_it,
        )
        for each in outbox.addressees(connection, noted.origin.notice)
    ]


def _said(connection: Connection, vault: Vault, notice: MessageId) -> list[Said]:
    query = select(inbox.c.sender, inbox.c.item, inbox.c.state).where(
        inbox.c.in_reply_to == notice, inbox.c.type.like(ANSWERS)
    )
    readable = {each.value for each in READABLE}
    return [
        _read_answer(NodeId(row.sender), vault.get(connection, row.item))
        for row in connection.execute(query.order_by(inbox.c.id)).all()
        if row.state in readable
    ]


def _own_reports(connection: Connection, vault: Vault, notice: MessageId) -> list[Said]:
    query = select(sent.c.item).where(
        sent.c.in_reply_to == notice, sent.c.type.like(ANSWERS), sent.c.state.not_in([each.value for each in _LOST])
    )
    rows = connection.execute(query.order_by(sent.c.number)).all()
    return [_read_answer(NodeId(""), vault.get(connection, row.item)) for row in rows]


def _read_answer(node: NodeId, content: bytes | None) -> Said:
    """Return what an answer says; one without a word on the correction, or an erased one, confirms the receipt."""
    if content is None:
        return Said(node, applied=False)
    try:
        document = unflatten(parse_body(content))
    except Fault:
        return Said(node, applied=False)  # a person let an answer pass that has no form
    listed = value_at(document, "/correction/holders")
    holders = [
        (NodeId(text_at(each, "/node")), CODES.get(text_at(each, "/state"), Reach.UNTOLD))
        for each in (listed if isinstance(listed, list) else [])
    ]
    applied = CODES.get(text_at(document, "/correction/state")) is Reach.APPLIED
    return Said(node, applied, tuple(sorted(holders)))


def _latest(reports: Sequence[Sequence[Said]]) -> Said | None:
    """Return what all issuers were told last; None where one of them was told nothing, or they were told apart."""
    last = {found[-1] for found in reports if found}
    return last.pop() if len(last) == 1 and all(reports) else None
