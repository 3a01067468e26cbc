"""A hub that lies about evidence, refusals and files to real nodes: believed is what is proved, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from nodes.commands.client import ApiClient
from nodes.commands.registry import Place
from protocol.api import Problem, encode_problem
from protocol.cbor import decode, encode
from protocol.errors import Code
from protocol.limits import UPLOAD_PART
from protocol.parts import parse_part_list
from tests.e2e import lies
from tests.e2e.big_file import Digest
from tests.e2e.door import Reply
from tests.e2e.malicious_hub import Asked, Twist
from tests.e2e.network import wait_until
from tests.e2e.stand import Stand

Change = Callable[[bytes], bytes]
CONTENT = bytes(range(256)) * (UPLOAD_PART // 200)  # more than one part


def submits(change: Change) -> Twist:
    """Change the evidence for the first message that is handed in, each time it is."""
    chosen: list[str] = []

    def twist(asked: Asked, reply: Reply) -> Reply:
        if not asked.submits() or reply.status not in (200, 201):
            return reply
        chosen.extend([] if chosen else [asked.path])
        return Reply(reply.status, change(reply.body)) if asked.path == chosen[0] else reply

    return twist


def with_field(label: int, value: Callable[[Any], Any]) -> Change:
    """Change one field of an acceptance."""

    def change(raw: bytes) -> bytes:
        fields = dict(decode(raw))  # type: ignore[call-overload]  # an acceptance is a map
        return encode(fields | {label: value(fields[label])})

    return change


def other_leaf(inclusion: list[Any]) -> list[Any]:
    entry, *rest = inclusion
    return [entry[:-1] + bytes([entry[-1] ^ 1]), *rest]


EVIDENCE: dict[str, tuple[Change, Code]] = {
    "for another message": (with_field(1, lambda digest: bytes(len(digest))), Code.BAD_EVIDENCE),
    "with another leaf": (with_field(2, other_leaf), Code.BAD_INCLUSION),
    "with a proof cut short": (with_field(2, lambda found: [*found[:3], found[3][:-1]]), Code.BAD_INCLUSION),
    "under an altered checkpoint": (with_field(3, lambda note: note.replace(b"\n", b"\n1", 1)), Code.BAD_SIGNATURE),
    "that is none": (lambda _: b"\xff", Code.MALFORMED),
}


@pytest.mark.parametrize("kind", EVIDENCE)
def test_evidence_that_proves_nothing_is_not_believed(stand: Stand, kind: str) -> None:
    change, code = EVIDENCE[kind]
    request, skopje = stand.network.request("MT-01.vehicle-mk"), stand["skopje"]
    stand.still_works()  # a log with something in it has proofs that can be cut short
    stand.hub.twist("skopje", submits(change))
    first, behind = skopje.send(request), skopje.send(request)
    skopje.wait_row("outbox", behind, lambda row: row["state"] == "accepted")
    stand.alarmed("skopje", code, "hub")
    row = skopje.row("outbox", first)
    assert row is not None
    assert (row["state"], row["accepted_at"]) == ("ready", None)
    stand.hub.be_honest()
    skopje.wait_row("outbox", first, lambda row: row["state"] == "accepted")


def test_attack_035_a_refusal_that_blames_the_recipient(stand: Stand) -> None:
    """The hub takes the message and says that it refused: nothing it says becomes evidence, and the receipt does."""
    skopje = stand["skopje"]
    stand.hub.twist("skopje", lies.refusing(Code.POLICY_DENIED, Asked.submits, stand.now))
    message = skopje.send(stand.network.request("MT-01.vehicle-mk"))
    skopje.wait_row("outbox", message, lambda row: row["state"] == "refused")
    said = [each["event"] for each in skopje.get(f"/evidence/{message}").done()["evidence"]]
    assert not {"SubmissionAcceptance", "ContentHandoverFailure", "ConsignmentRejection"} & set(said)
    stand["belgrade"].arrived(message)
    row = skopje.wait_row("outbox", message, lambda row: row["to"][0]["handed_over_at"] is not None)
    assert row["to"][0]["failed_at"] is None
    stand.still_works()


@dataclass(frozen=True)
class Sent:
    """A message with one file, kept back from Belgrade so far."""

    message: str
    digest: str


def with_file(stand: Stand) -> Sent:
    """Send a message with a file of two parts while Belgrade gets no mail."""
    skopje = stand["skopje"]
    client = ApiClient(Place(skopje.base, stand.network.folder / "skopje" / "api.token"))
    taken = client.upload("/attachments", {"name": "plates.bin"}, iter([CONTENT]), len(CONTENT))
    files = [{"id": taken["id"], "category": "CA"}]
    (message,) = stand.kept_back("belgrade", ("skopje", stand.network.request("MT-01.vehicle-mk", attachments=files)))
    return Sent(message, str(taken["sha256"]))


def parts_of(sent: Sent, what: str, change: Callable[[Reply], Reply]) -> Twist:
    """Change what is told of a message's file: its ``list`` or the part of that index."""
    path = f"/v1/messages/{sent.message}/parts/att-00" + ("" if what == "list" else f"/{what}")
    return lambda asked, reply: change(reply) if asked.path == path and reply.status == 200 else reply


def altered(reply: Reply) -> Reply:
    return Reply(200, reply.body[:-1] + bytes([reply.body[-1] ^ 1]))


def swapped(reply: Reply) -> Reply:
    found = parse_part_list(reply.body)
    return Reply(200, replace(found, leaves=found.leaves[::-1]).encode())


def shorter(reply: Reply) -> Reply:
    found = parse_part_list(reply.body)
    return Reply(200, replace(found, length=UPLOAD_PART, leaves=found.leaves[:1]).encode())


def absent(_: Reply) -> Reply:
    return Reply(404, encode_problem(Problem(Code.NOT_FOUND, 1)))


FILES: dict[str, tuple[str, Callable[[Reply], Reply], Code]] = {
    "an altered part": ("1", altered, Code.ATT_HASH),
    "a part cut short": ("1", lambda reply: Reply(200, reply.body[:-1]), Code.ATT_LENGTH),
    "a part grown": ("1", lambda reply: Reply(200, reply.body + b"x"), Code.ATT_LENGTH),
    "a part that is not there": ("0", absent, Code.NOT_FOUND),
    "a list in another order": ("list", swapped, Code.ATT_HASH),
    "a list cut at a part": ("list", shorter, Code.ATT_LENGTH),
    "a list that is none": ("list", lambda _: Reply(200, b"\xff"), Code.MALFORMED),
}


@pytest.mark.parametrize("kind", FILES)
def test_attack_025_a_file_that_is_not_the_signed_one_never_counts(stand: Stand, kind: str) -> None:
    what, change, code = FILES[kind]
    sent, belgrade = with_file(stand), stand["belgrade"]
    stand.hub.twist("belgrade", parts_of(sent, what, change))
    stand.alarmed("belgrade", code, f"attachment {sent.message[:12]} att-00")
    assert state_of(stand, sent) == "waiting"
    behind = stand["skopje"].send(stand.network.request("MT-01.vehicle-mk"))
    belgrade.arrived(behind)
    row = stand["skopje"].row("outbox", sent.message)
    assert row is not None
    assert row["to"][0]["handed_over_at"] is None, "a message without its file is not handed over"
    stand.hub.be_honest()
    wait_until(lambda: state_of(stand, sent) == "here", "the true file")
    stand["skopje"].wait_row("outbox", sent.message, lambda row: row["to"][0]["handed_over_at"] is not None)
    assert saved(stand, sent) == sent.digest


def state_of(stand: Stand, sent: Sent) -> str:
    (row,) = stand["belgrade"].get(f"/messages/{sent.message}/attachments").done()["attachments"]
    return str(row["state"])


def saved(stand: Stand, sent: Sent) -> str:
    """Return the digest of the file as Belgrade reads it."""
    out = Digest()
    client = ApiClient(Place(stand["belgrade"].base, stand.network.folder / "belgrade" / "api.token"))
    client.download(f"/messages/{sent.message}/attachments/att-00", {}, out, lambda _done, _total: None)  # type: ignore[arg-type]  # only written to
    return out.digest.hexdigest()
