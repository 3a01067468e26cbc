"""What happened to accounts, why a case of others was opened, and what a review found, as people read it."""

from collections.abc import Mapping
from typing import Final

from nodes.desk.texts import sentence
from nodes.people.glass import Ground, Outcome
from nodes.people.person import Kind, Standing

KINDS: Final[Mapping[str, str]] = {
    Kind.INVITED: sentence("Invited"),
    Kind.JOINED: sentence("Joined with the link"),
    Kind.NAMED: sentence("Name changed"),
    Kind.ROLES: sentence("Roles changed"),
    Kind.PLACED: sentence("Units and languages changed"),
    Kind.TIMES: sentence("Term changed"),
    Kind.LANGUAGE: sentence("Language of the pages changed"),
    Kind.BOUND: sentence("Signing key changed"),
    Kind.RESET: sentence("Ways to sign in reset"),
    Kind.ENDED: sentence("Account ended"),
    Kind.WAY_ADDED: sentence("Way to sign in added"),
    Kind.WAY_REMOVED: sentence("Way to sign in removed"),
    Kind.PROPOSED: sentence("Asked for, to be confirmed by a second person"),
    Kind.DROPPED: sentence("Not confirmed: given up"),
    Kind.FORGOTTEN: sentence("Name erased when its time was over"),
}
ACTS: Final[Mapping[str, str]] = {
    Kind.ENDED: sentence("End the account"),
    Kind.RESET: sentence("Reset how the person signs in"),
    Kind.ROLES: sentence("Take away the role of administrator"),
    Kind.TIMES: sentence("Limit the term of an administrator"),
}
"""What waits for a second person."""
STANDINGS: Final[Mapping[str, str]] = {
    Standing.INVITED: sentence("Invited"),
    Standing.JOINED: sentence("In force"),
    Standing.ENDED: sentence("Ended"),
}
GROUNDS: Final[Mapping[str, str]] = {
    Ground.DANGER: sentence("Danger to life or limb"),
    Ground.URGENT: sentence("Urgent, and nobody of the case is there"),
    Ground.LINKED: sentence("Linked to a case of mine"),
    Ground.DATA_SUBJECT: sentence("Request of the person concerned"),
    Ground.INSPECTION: sentence("Inspection"),
}
OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.JUSTIFIED: sentence("Justified"),
    Outcome.NOT_JUSTIFIED: sentence("Not justified"),
}
