"""Messages sealed before a load begins: real requests under the packaged policies, 2 KiB of body in 20 rows."""

import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.place import POLICE, SENDERS, Place, now
from protocol.core import Mode
from protocol.decision import Decision, Verdict
from protocol.envelope import Envelope
from protocol.ids import Reference, TypeId
from protocol.seal import Issue, seal
from protocol.stages import Addressee, Cleared, Draft, Target
from tests.simulators.hub import PACKAGED_DIGEST
from tests.simulators.network import Member

ROWS: Final = 20
VALUE: Final = "x" * 90  # with its pointer a row of about 100 bytes
BODY: Final = tuple((f"/field/{number:02}", VALUE) for number in range(ROWS))
_LIFE_S: Final = 7 * 86_400
_ERASE_S: Final = 90 * 86_400
_LENGTHS: Final = struct.Struct(">32sI")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a load sends as one sender: pairs of message id and bytes, in a file."""

    sender: Member
    path: Path


def seal_load(place: Place, count: int) -> tuple[list[Sealed], list[Envelope], float]:
    """Seal ``count`` messages for each sender; return the files, a sample and the seconds of CPU for one."""
    files, sample = [], []
    start = time.process_time()
    for at, sender in enumerate(SENDERS):
        to = SENDERS[(at + 1) % len(SENDERS)]
        path = place.folder / f"{sender.name}.load"
        with path.open("wb") as file:
            for number in range(1, count + 1):
                envelope = _seal(place, sender, to, number)
                raw = envelope.encode()
                file.write(_LENGTHS.pack(envelope.id, len(raw)) + raw)
        sample.append(envelope)
        files.append(Sealed(sender, path))
    return files, sample, (time.process_time() - start) / (count * len(SENDERS))


def read_load(path: Path) -> list[tuple[bytes, bytes]]:
    """Return the pairs of a file."""
    data, at, out = path.read_bytes(), 0, []
    while at < len(data):
        id_, length = _LENGTHS.unpack_from(data, at)
        at += _LENGTHS.size
        out.append((id_, data[at : at + length]))
        at += length
    return out


def _seal(place: Place, sender: Member, to: Member, number: int) -> Envelope:
    network = place.network
    draft = Draft(
        sender=sender.node,
        to=(Addressee(to.node, Mode.ACTION),),
        channel=POLICE,
        type=TypeId("MT-01/1"),
        purpose="investigate",
        conversation=Reference(os.urandom(16)),
        language="en",
        life=_LIFE_S,
        body=BODY,
        urgency="normal",
        classification="BPL",
        handling=("H0",),
        data_categories=("VE",),
        erase_by=now() + _ERASE_S,
    )
    pair = (min(sender.node, to.node), max(sender.node, to.node), POLICE)
    cleared = Cleared(draft, Decision(Verdict.ALLOW, PACKAGED_DIGEST), ((to.node, network.agreements[pair]),))
    key = network.directory.recipient_key(to.node, POLICE, now())
    assert key is not None
    target = Target(to.node, key.key_id, key.public_key, number)
    issue = Issue(network.network_id, now(), network.directory.size, network.directory.root)
    return seal(cleared, (target,), issue, network.nodes[sender.node].identity, os.urandom)
