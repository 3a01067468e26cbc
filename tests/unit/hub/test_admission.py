"""Admission as a pure function: the same envelope under other facts."""

import os
from dataclasses import replace

import pytest

from hub.admission import AdmissionView, Admit, Candidate, admit, screen
from hub.admission_checks import Refuse, accepted_digests
from hub.examination import verify_signatures
from hub.roster import Snapshot, TokenBook
from keys.directory import Directory
from policies.parse import load_policies
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.ids import PolicyDigest, Reference
from protocol.limits import POLICY_GRACE
from protocol.records import ConsentToken, PolicyState
from protocol.statement_network import Reason, Revocation, Suspension, Target
from protocol.tokens import Token, TokenKind
from tests.simulators.faults import refused
from tests.simulators.hub_world import CSO, DIGEST, FILES, Senders
from tests.simulators.network import LOTSE, MK, NADA, RS, TestNetwork, identity_of

NOW = 1_790_000_000
POLICIES = {DIGEST: load_policies(FILES, DIGEST)}
REFERENCE = Reference(b"r" * 16)


@pytest.fixture
def network() -> TestNetwork:
    return TestNetwork.small(lambda: NOW, os.urandom, members=(RS, MK, NADA, LOTSE), policy=DIGEST)


@pytest.fixture
def envelope(network: TestNetwork) -> Envelope:
    return Senders(network).seal(RS, MK)


def view(directory: Directory, **changes: object) -> AdmissionView:
    base = AdmissionView(directory=directory, policies=POLICIES, entered=(NOW,) * directory.size, now=NOW)
    return replace(base, **changes)  # type: ignore[arg-type]


def candidate(network: TestNetwork, envelope: Envelope) -> Candidate:
    sender = envelope.manifest.core.sender
    return Candidate(envelope, sender, network.nodes[sender].identity.public)


def verdict(network: TestNetwork, envelope: Envelope, **changes: object) -> Code | None:
    outcome = admit(candidate(network, envelope), view(network.directory, **changes))
    return outcome.code if isinstance(outcome, Refuse) else None


def test_a_proper_message_is_admitted_under_the_current_directory(network: TestNetwork, envelope: Envelope) -> None:
    outcome = admit(candidate(network, envelope), view(network.directory))
    assert outcome == Admit(network.directory.size)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"now": NOW - 301}, Code.NOT_YET_VALID),
        ({"now": NOW + 14 * 86_400}, Code.EXPIRED),
        ({"now": NOW + 8 * 86_400}, Code.NO_VALID_KEY),
        ({"policies": {}}, Code.POLICY_UNKNOWN),
    ],
)
def test_other_facts_refuse_the_same_message(
    network: TestNetwork, envelope: Envelope, changes: dict[str, object], code: Code
) -> None:
    assert verdict(network, envelope, **changes) is code


def test_the_caller_is_the_sender(network: TestNetwork, envelope: Envelope) -> None:
    core = envelope.manifest.core
    assert screen(core, MK.node, view(network.directory)) == Refuse(Code.SENDER_MISMATCH)
    unknown = replace(core, sender=LOTSE.node.__class__("no.node"))
    assert screen(unknown, unknown.sender, view(network.directory)) == Refuse(Code.UNKNOWN_SENDER)


def test_the_identity_must_still_be_the_verified_one(network: TestNetwork, envelope: Envelope) -> None:
    stale = replace(candidate(network, envelope), verified=identity_of("somebody").public)
    assert admit(stale, view(network.directory)) == Refuse(Code.UNKNOWN_KEY)


def test_signatures_are_the_senders(network: TestNetwork, envelope: Envelope) -> None:
    verify_signatures(envelope, network.nodes[RS.node].identity.public, network.network_id)
    with refused(Code.UNKNOWN_KEY):
        verify_signatures(envelope, network.nodes[MK.node].identity.public, network.network_id)
    with refused(Code.BAD_SIGNATURE):
        verify_signatures(envelope, network.nodes[RS.node].identity.public, bytes(16))


@pytest.mark.parametrize("who", [RS, MK], ids=["sender", "recipient"])
@pytest.mark.parametrize("how", ["suspended", "revoked"])
def test_a_node_out_of_standing_neither_sends_nor_gets(network: TestNetwork, envelope: Envelope, who, how: str) -> None:
    suspension = Suspension(node=who.node, issued_at=NOW, until=NOW + 60, lift=False, reason=Reason.LOST)
    revocation = Revocation(node=who.node, issued_at=NOW, target=Target.NODE, ids=(), reason=Reason.LOST)
    network.append(suspension if how == "suspended" else revocation, *network.quorum)
    wanted = Code.NODE_SUSPENDED if who is RS else Code.NO_VALID_KEY
    assert verdict(network, envelope) is wanted
    later = verdict(network, envelope, now=NOW + 60)
    assert later is (None if how == "suspended" else wanted)


def test_only_members_of_the_channel_are_reached(network: TestNetwork, envelope: Envelope) -> None:
    to = (replace(envelope.manifest.core.to[0], node=NADA.node),)
    moved = replace(envelope, manifest=replace(envelope.manifest, core=replace(envelope.manifest.core, to=to)))
    assert verdict(network, moved) is Code.NO_VALID_KEY


def consent(**changes: object) -> ConsentToken:
    base = ConsentToken(REFERENCE, NADA.node, NADA.node, LOTSE.node, NOW + 60, withdrawn=False)
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, Code.CONSENT_MISSING),
        (consent(), None),
        (consent(withdrawn=True), Code.CONSENT_MISSING),
        (consent(expires_at=NOW), Code.CONSENT_MISSING),
        (consent(sender=LOTSE.node), Code.CONSENT_MISSING),
        (consent(recipient=RS.node), Code.CONSENT_MISSING),
    ],
)
def test_a_consent_covers_one_sender_one_recipient_and_a_time(
    network: TestNetwork, token: ConsentToken | None, code: Code | None
) -> None:
    message = Senders(network).seal(NADA, LOTSE, channel=CSO, consents=(REFERENCE,))
    assert verdict(network, message, tokens={} if token is None else {REFERENCE: token}) is code


@pytest.mark.parametrize(("sender", "code"), [(NADA, None), (LOTSE, Code.APPROVAL_NEEDED)])
def test_an_approval_is_the_senders(network: TestNetwork, sender, code: Code | None) -> None:
    message = Senders(network).seal(NADA, LOTSE, channel=CSO, approvals=(REFERENCE,))
    given = {REFERENCE: consent(sender=sender.node, recipient=NADA.node)}
    assert verdict(network, message, approvals=given) is code
    assert verdict(network, message) is Code.APPROVAL_NEEDED


@pytest.mark.parametrize(
    ("state", "accepted"),
    [
        (PolicyState(PolicyDigest(b"a"), PolicyDigest(b"p"), NOW, emergency=False), (b"a", b"p")),
        (PolicyState(PolicyDigest(b"a"), PolicyDigest(b"p"), NOW, emergency=True), (b"a",)),
        (PolicyState(PolicyDigest(b"a"), PolicyDigest(b"p"), NOW + 1, emergency=False), (b"p",)),
        (PolicyState(PolicyDigest(b"a"), PolicyDigest(b"p"), NOW - POLICY_GRACE, emergency=False), (b"a",)),
        (PolicyState(PolicyDigest(b"a"), None, NOW, emergency=False), (b"a",)),
        (PolicyState(PolicyDigest(b"a"), None, NOW + 1, emergency=False), ()),
    ],
)
def test_which_policies_count(state: PolicyState, accepted: tuple[bytes, ...]) -> None:
    assert accepted_digests(state, NOW) == accepted


def test_a_snapshot_changes_its_version_with_tokens(network: TestNetwork) -> None:
    tokens = TokenBook()
    snapshot = Snapshot(network.directory, (NOW,) * network.directory.size, POLICIES, tokens)
    before = snapshot.version
    tokens.put(Token(TokenKind.CONSENT, REFERENCE, NADA.node, NADA.node, LOTSE.node, NOW + 60))
    tokens.put(Token(TokenKind.APPROVAL, REFERENCE, NADA.node, NADA.node, LOTSE.node, NOW + 60))
    assert snapshot.version != before
    assert (set(snapshot.view(NOW).tokens), set(snapshot.view(NOW).approvals)) == ({REFERENCE}, {REFERENCE})
    tokens.put(Token(TokenKind.CONSENT_WITHDRAWN, REFERENCE, NADA.node, NADA.node, LOTSE.node, NOW + 60))
    assert snapshot.view(NOW).tokens[REFERENCE].withdrawn
    assert not snapshot.view(NOW).approvals[REFERENCE].withdrawn
    tokens.drop_expired(NOW + 60)
    assert not snapshot.view(NOW).tokens
