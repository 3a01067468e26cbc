"""Passing on what needs a second person: asked for and released like a new message, and sent by whoever asked.

What is approved is exactly what was looked at: the rows, the files, the recipient and the words around them. The
approval travels as the approver's personal signature (protocol decision 19).
"""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Final

from nodes.casework.case_acts import Denied
from nodes.casework.case_approvals import Approval, Asking
from nodes.desk.draft_release import Release, author_of, case_of, release_about
from nodes.desk.visit import Visit
from nodes.gateway.disclosing import Outcome
from nodes.gateway.forwarding import Forward, Forwarded, NeedsSecond
from nodes.gateway.send import Result
from protocol.ids import DIGEST_SIZE, MessageId, NodeId

FORWARD: Final = "forward"
_SHORT: Final = 6  # bytes that tell recipients apart


@dataclass(frozen=True, slots=True)
class Waits:
    """What needs a second person, with how far that person is; ``reviewed`` is what that person looks at now."""

    needs: NeedsSecond
    release: Release
    reviewed: Approval | None = None


def subject_of(message: MessageId, recipient: NodeId) -> str:
    """Return under what the releases of passing a message on to somebody stand; it begins with the message's id."""
    return f"{message.hex()}/{hashlib.sha256(recipient.encode()).digest()[:_SHORT].hex()}"


def message_of(subject: str) -> MessageId:
    """Return the message of a subject that ``subject_of`` made."""
    return MessageId(bytes.fromhex(subject[: 2 * DIGEST_SIZE]))


def digest_of(asked: Forward, needs: NeedsSecond) -> bytes:
    """Return what stands for exactly these rows and files in exactly this message."""
    held_back = sorted(needs.proposal.withheld)
    whole = {"request": dict(needs.request), "message": asked.wanted.message.hex(), "withheld": held_back}
    said = json.dumps(whole | {"files": sorted(asked.files)}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).digest()


async def pass_on(visit: Visit, asked: Forward, *, sending: bool) -> Forwarded | Waits | Outcome | Result:
    """Return what passing on comes to, with the signature of whoever approved exactly this.

    While the same is being sent from another window, it is looked at and not sent once more.
    """
    subject, leaving = subject_of(asked.wanted.message, asked.wanted.recipient), visit.desk.leaving
    if not sending or subject in leaving:
        return await _pass_on(visit, asked, subject, sending=False)
    leaving.add(subject)
    try:
        return await _pass_on(visit, asked, subject, sending=True)
    finally:
        leaving.discard(subject)


async def _pass_on(
    visit: Visit, asked: Forward, subject: str, *, sending: bool
) -> Forwarded | Waits | Outcome | Result:
    author, forwarding = await author_of(visit), visit.gateway.forwarding
    asked = replace(asked, author=author)
    found = await forwarding.forward(asked, dry_run=True)
    if isinstance(found, NeedsSecond):
        release = await _unspent(visit, subject, await release_about(visit, subject, digest_of(asked, found)))
        if release.key is None:
            return Waits(found, release)
        asked = replace(asked, approve_as=(release.key,))
        found = await forwarding.forward(asked, dry_run=True)
        if isinstance(found, NeedsSecond):
            return Waits(found, release)
    if not sending or not isinstance(found, Forwarded):
        return found
    sent = await forwarding.forward(asked)
    if isinstance(sent, Forwarded):
        await visit.desk.approvals.settle(visit.acting, subject)
    return Waits(sent, Release()) if isinstance(sent, NeedsSecond) else sent


async def _unspent(visit: Visit, subject: str, release: Release) -> Release:
    """Return a release as it still counts: what was asked is kept until it leaves, and lets out one message."""
    kept = {each.number for each in await visit.desk.approvals.copies(subject)}
    given = release.approved or release.lapsed
    spent = given is not None and given.number not in kept
    return replace(release, approved=None, key=None, lapsed=None) if spent else release


async def ask_second(visit: Visit, asked: Forward, waits: Waits, copy: bytes) -> Denied | None:
    """Return once a second person is asked about exactly this; or why nobody is."""
    decision = waits.needs.stopped.refused.decision
    rules = () if decision is None else tuple(dict.fromkeys(each.rule for each in decision.findings))
    message = asked.wanted.message
    asking = Asking(
        kind=FORWARD,
        subject=subject_of(message, asked.wanted.recipient),
        digest=digest_of(asked, waits.needs),
        note=visit.field("note"),
        case=await case_of(visit, [message]),
        rules=rules,
        copy=copy,
    )
    done = await visit.desk.approvals.ask(visit.acting, asking)
    return done if isinstance(done, Denied) else None
