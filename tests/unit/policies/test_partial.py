from dataclasses import replace

from policies.partial import allowed_recipients
from protocol.decision import Decision, Finding, Verdict
from protocol.ids import NodeId, PolicyDigest
from protocol.stages import Addressee
from tests.unit.policies.test_header import DRAFT

A, B, C = (Addressee(NodeId(name)) for name in ("a.a", "b.b", "c.c"))
TO_THREE = replace(DRAFT, to=(A, B, C))
DIGEST = PolicyDigest(b"p" * 32)


def decision(verdict: Verdict, *against: tuple[Verdict, str | None]) -> Decision:
    findings = tuple(Finding("r", "NET", "r", each, None if to is None else NodeId(to)) for each, to in against)
    return Decision(verdict, DIGEST, findings)


def test_an_allowed_message_goes_to_all() -> None:
    assert allowed_recipients(decision(Verdict.ALLOW), TO_THREE) == (A, B, C)


def test_the_rest_is_left_when_single_recipients_are_refused() -> None:
    found = decision(Verdict.DENY, (Verdict.DENY, "b.b"), (Verdict.DENY, "b.b"))
    assert allowed_recipients(found, TO_THREE) == (A, C)


def test_nobody_is_left_when_the_message_itself_is_refused() -> None:
    assert allowed_recipients(decision(Verdict.DENY, (Verdict.DENY, "b.b"), (Verdict.DENY, None)), TO_THREE) == ()
    assert allowed_recipients(decision(Verdict.DENY), TO_THREE) == ()


def test_nobody_is_left_when_everybody_is_refused() -> None:
    assert (
        allowed_recipients(decision(Verdict.DENY, *((Verdict.DENY, each.node) for each in TO_THREE.to)), TO_THREE) == ()
    )


def test_what_waits_for_a_person_is_not_refused() -> None:
    assert allowed_recipients(decision(Verdict.APPROVE, (Verdict.APPROVE, None)), TO_THREE) == (A, B, C)
    assert allowed_recipients(decision(Verdict.DENY, (Verdict.APPROVE, None), (Verdict.DENY, "a.a")), TO_THREE) == (
        B,
        C,
    )
