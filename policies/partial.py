"""Sending to the rest: which recipients a refusal leaves."""

from protocol.decision import Decision, Verdict
from protocol.stages import Addressee, Draft


def allowed_recipients(decision: Decision, draft: Draft) -> tuple[Addressee, ...]:
    """Return the addressees of ``draft`` that no finding stands against; all of them when it is allowed.

    Nobody is left when a finding concerns the message itself. Dropping the others makes a new draft, decided anew.
    """
    against = [each for each in decision.findings if each.verdict is Verdict.DENY]
    if decision.verdict is Verdict.DENY and (not against or any(each.recipient is None for each in against)):
        return ()
    refused = {each.recipient for each in against}
    return tuple(each for each in draft.to if each.node not in refused)
