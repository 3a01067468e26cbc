"""Tells the sender of a held message which rule holds it, and reads what others tell of this node's messages.

The network's rules are named; of a rule that only this node has, nothing but that it is its own.
"""

from typing import Final

from keys.directory import Directory
from nodes.gateway.here import Here
from nodes.gateway.overlay import mark_of
from protocol.decision import Decision, Finding, Verdict
from protocol.errors import Fault
from protocol.evidence import Receipt
from protocol.hold_note import Held, open_hold_note, seal_hold_note
from protocol.ids import Channel, MessageId, NodeId

OWN_RULE: Final = "own-rule"
"""Stands for a rule of the holder's own overlay."""


def rule_of(decision: Decision, me: NodeId) -> str | None:
    """Return the rule that holds a message here, the first of those that object; None where none does."""
    found = next((each for each in decision.findings if _holds(each, me)), None)
    return None if found is None else OWN_RULE if mark_of(found) else found.rule


def tell_rule(here: Here, directory: Directory, decision: Decision, about: tuple[MessageId, NodeId, Channel]) -> bytes:
    """Return the note for the sender of ``about``, empty where it has no key now or there is nothing to name."""
    message, sender, channel = about
    rule, key = rule_of(decision, here.node), directory.recipient_key(sender, channel, here.clock())
    if rule is None or key is None:
        return b""
    try:
        return seal_hold_note(rule, Held(message, sender, here.node), key.key_id, key.public_key)
    except Fault:
        return b""  # the message is held all the same; its sender may call


def read_rule(here: Here, receipt: Receipt) -> str | None:
    """Return the rule that a recipient names; None where it names none, or none that this node can read."""
    if not receipt.rule:
        return None
    try:
        return open_hold_note(receipt.rule, Held(receipt.message, here.node, receipt.recipient), here.ring)
    except Fault:
        return None  # that the message is held is known; the words are missing


def _holds(finding: Finding, me: NodeId) -> bool:
    return finding.verdict is not Verdict.ALLOW and finding.recipient in (None, me)
