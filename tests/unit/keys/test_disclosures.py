"""Who wrote what is disclosed is asked of the directory as it stood when the message was logged."""

from dataclasses import dataclass, field, replace

import pytest

from keys.disclosures import verify_disclosure
from protocol.checkpoint import LogKeys
from protocol.errors import Code
from protocol.ids import NodeId
from protocol.ports import IdentityPublic
from protocol.records import Family, Kind, Participant
from tests.simulators.disclosing import Disclosing
from tests.simulators.party import NETWORK, NOW
from tests.simulators.refusal import refused
from tests.simulators.small_log import LogSigner

SCENE = Disclosing()
LOGGED, BARE = SCENE.disclosure(logged=True), SCENE.disclosure()
OLD, NEW = SCENE.log.keys, LogSigner("successor").keys


@dataclass
class Charter:
    hub_log_keys: LogKeys


@dataclass
class OneSender:
    """As much of a directory as a disclosure asks: one participant, and the hub's log keys now and at the leaf."""

    identity: IdentityPublic = SCENE.sender.identity.public
    revoked: bool = False
    charter: Charter = field(default_factory=lambda: Charter(OLD))
    then: Charter | None = None
    network_id: bytes = NETWORK
    size: int = 9
    asked: list[int] = field(default_factory=list)

    def participant_at(self, node: NodeId, size: int, time: int | None) -> Participant | None:
        self.asked.append(size)
        if node != SCENE.sender.node:
            return None
        return Participant(
            node=node,
            kind=Kind.CONTACT_POINT,
            family=Family.POLICE,
            country="MK",
            label="contact point",
            channels=(),
            languages=(),
            accredited=(),
            valid_until=time,
            suspended=False,
            revoked=self.revoked,
            identity=self.identity,
            tls_pin=b"",
        )

    def check_view(self, size: int, root: bytes) -> None:
        assert (size, root) == (7, b"r" * 32)

    def charters_from(self, size: int) -> tuple[Charter, ...]:
        assert size == 7
        return (self.charter,) if self.then is None else (self.charter, self.then)


def test_the_sender_is_judged_at_the_leaf() -> None:
    directory = OneSender()
    found = verify_disclosure(LOGGED, directory)  # type: ignore[arg-type]  # as much as is asked
    assert found.leaf is not None
    assert (found.leaf.time, found.sender.node, directory.asked) == (NOW, "mk.ilecu", [7])
    assert [row.path for row in found.rows] == ["/field1", "/field4"]


def test_without_the_log_only_the_present_can_be_asked() -> None:
    directory = OneSender()
    found = verify_disclosure(BARE, directory)  # type: ignore[arg-type]  # as much as is asked
    assert (found.leaf, directory.asked) == (None, [9])


def test_an_unknown_revoked_or_other_sender_proves_nothing() -> None:
    core = replace(BARE.manifest.core, sender=NodeId("al.ilecu"))
    stranger = replace(BARE, manifest=replace(BARE.manifest, core=core))
    for disclosure, directory in ((stranger, OneSender()), (BARE, OneSender(revoked=True))):
        with refused(Code.UNKNOWN_SENDER):
            verify_disclosure(disclosure, directory)  # type: ignore[arg-type]  # as much as is asked
    with refused(Code.UNKNOWN_KEY):
        verify_disclosure(BARE, OneSender(identity=SCENE.reader.identity.public))  # type: ignore[arg-type]  # see above


@pytest.mark.parametrize(
    ("then", "now", "code"),
    [
        (OLD, OLD, None),
        (OLD, NEW, None),
        (NEW, OLD, None),
        (NEW, NEW, Code.MISSING_SIGNATURE),
    ],
)
def test_a_hub_that_changed_its_keys_is_believed_under_either(then: LogKeys, now: LogKeys, code: Code | None) -> None:
    """The checkpoint may be as old as the leaf or younger than the change."""
    directory = OneSender(charter=Charter(now), then=Charter(then))
    if code is None:
        assert verify_disclosure(LOGGED, directory).leaf is not None  # type: ignore[arg-type]  # as much as is asked
        return
    with refused(code):
        verify_disclosure(LOGGED, directory)  # type: ignore[arg-type]  # as much as is asked


def test_a_forged_proof_is_refused_whichever_keys_are_tried() -> None:
    assert LOGGED.logged is not None
    moved = replace(LOGGED.logged.inclusion, index=LOGGED.logged.inclusion.index + 1)
    forged = replace(LOGGED, logged=replace(LOGGED.logged, inclusion=moved))
    with refused(Code.BAD_INCLUSION):
        verify_disclosure(forged, OneSender(charter=Charter(NEW), then=Charter(OLD)))  # type: ignore[arg-type]  # see above
