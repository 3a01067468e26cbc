"""Why something that a person asked for was not done. Pure; what belongs to a book of casework stands with that book.

All sentences stand here, without values in them, so that each language has them word for word.
"""

from dataclasses import dataclass, replace
from typing import Final

LONGEST_REASON: Final = 2_000
"""Characters of whatever somebody writes to say why."""


@dataclass(frozen=True, slots=True)
class NotDone:
    """A refusal to a person: a stable code, what is the matter, what to do instead, and the field of the form."""

    code: str
    sentence: str
    remedy: str
    field: str = ""

    def at(self, field: str) -> "NotDone":
        """Return the same refusal at another field of a form."""
        return replace(self, field=field)


# People and their roles
UNKNOWN_PERSON: Final = NotDone("UNKNOWN_PERSON", "No such person is known here.", "Choose from the list of people.")
NOT_YOURS: Final = NotDone(
    "NOT_PERMITTED", "Only an administrator changes accounts (RP-19).", "Ask an administrator of this contact point."
)
NO_NAME: Final = NotDone("NO_NAME", "A person needs a name.", "Write the name as colleagues know it.", "name")
NO_SIGN_IN: Final = NotDone(
    "NO_SIGN_IN_NAME",
    "A sign-in name has 3 to 64 letters, digits, dots, hyphens or @, and no blanks.",
    "Choose one such as m.petrova.",
    "sign_in",
)
SIGN_IN_TAKEN: Final = NotDone(
    "SIGN_IN_NAME_TAKEN", "Somebody here has this sign-in name.", "Choose another one.", "sign_in"
)
NO_ROLES: Final = NotDone("NO_ROLES", "A person needs at least one role.", "Choose a role.", "roles")
NOT_SEPARABLE: Final = NotDone(
    "ROLES_NOT_SEPARABLE",
    "One of these roles may never do what another of them gives (separation of duties, RP-23).",
    "Give the roles to two persons.",
    "roles",
)
OWN_ROLE: Final = NotDone("OWN_ROLE", "Nobody gives a role to himself (RP-23).", "Ask another administrator.", "roles")
LAST_ADMINISTRATOR: Final = NotDone(
    "LAST_ADMINISTRATOR",
    "Nobody would be left to keep the accounts.",
    "Make another person administrator without an end date first.",
)
BAD_TIMES: Final = NotDone(
    "BAD_TIMES", "The end is not after the beginning.", "Correct one of the two dates.", "ends_at"
)
ENDED_BEFORE: Final = NotDone(
    "ACCOUNT_ENDED", "This account has ended.", "Invite the person anew; the old account stays in the records."
)
NOT_JOINED: Final = NotDone(
    "NOT_JOINED", "This person has not signed in yet.", "Make a new invitation link; the former one ends with it."
)
JOINED_BEFORE: Final = NotDone(
    "JOINED_BEFORE", "This person has joined.", "If a device or code is lost, reset how the person signs in."
)
NO_REASON: Final = NotDone("NO_REASON", "A reason is missing.", "Write in a sentence why.", "why")
LONG_REASON: Final = NotDone("LONG_REASON", "The reason is longer than 2000 characters.", "Write it shorter.", "why")
UNKNOWN_KEY: Final = NotDone(
    "UNKNOWN_SIGNING_KEY",
    "This node holds no such personal signing key.",
    "Choose one of the keys that `people` lists.",
    "reference",
)
KEY_TAKEN: Final = NotDone(
    "SIGNING_KEY_TAKEN",
    "This personal signing key belongs to somebody else (decision 19: one key, one person).",
    "Bind another key, or make a new one.",
    "reference",
)
NO_PROPOSAL: Final = NotDone(
    "NO_PROPOSAL", "This is not waiting for a second person.", "Look at the account: it was done, dropped or lapsed."
)
SAME_PERSON: Final = NotDone(
    "SAME_PERSON",
    "Who asked for it cannot also confirm it (two persons, RP-23).",
    "Ask another administrator, or the operator at the node's console.",
)
NEW_ACCOUNT: Final = NotDone(
    "NEW_ACCOUNT",
    "Less than seven days ago one of the two let the other one in, or one person both of them (two persons, RP-23).",
    "Ask another administrator, or the operator at the node's console.",
)

# Invitations and sign-in
LINK_DEAD: Final = NotDone(
    "LINK_NOT_VALID",
    "This link is not valid: it was used, it is older than 24 hours, or a newer one took its place.",
    "Ask your administrator for a new one.",
)
NOT_SIGNED_IN: Final = NotDone(
    "NOT_SIGNED_IN",
    "These details do not fit together.",
    "Check all three and try again; wait for the next code if this one was used.",
)
PASSKEY_NOT_ACCEPTED: Final = NotDone(
    "NOT_SIGNED_IN", "This passkey was not accepted.", "Try again, or sign in with passphrase and code."
)
SIGN_IN_AGAIN: Final = NotDone(
    "SIGN_IN_AGAIN",
    "Ways to sign in are changed within ten minutes of a sign-in: a desk left open does not show who is there.",
    "Sign in again, then change them.",
)
TOO_OFTEN: Final = NotDone(
    "TOO_MANY_ATTEMPTS",
    "There were too many attempts; the next one is looked at later.",
    "Wait, then try again. A passkey works meanwhile.",
)
TOO_SHORT: Final = NotDone(
    "PASSPHRASE_TOO_SHORT",
    "A passphrase has at least 12 characters.",
    "Take four or five words that do not belong together.",
    "passphrase",
)
TOO_LONG: Final = NotDone(
    "PASSPHRASE_TOO_LONG", "A passphrase has at most 512 characters.", "Take fewer words.", "passphrase"
)
TOO_COMMON: Final = NotDone(
    "PASSPHRASE_TOO_COMMON",
    "This passphrase is among the first that anybody would try.",
    "Take four or five words that do not belong together.",
    "passphrase",
)
OWN_NAME: Final = NotDone(
    "PASSPHRASE_HOLDS_NAME",
    "Little is left of this passphrase without your own name.",
    "Take words that have nothing to do with you.",
    "passphrase",
)
WRONG_CODE: Final = NotDone(
    "WRONG_CODE",
    "This is not the code of the new secret.",
    "Scan the picture again, check the clock of the telephone, and write the code that it shows now.",
    "code",
)
PASSKEY_NOT_ADDED: Final = NotDone(
    "PASSKEY_NOT_ADDED",
    "The passkey could not be verified.",
    "Try again; it needs a device that asks for a finger, a face or a PIN.",
    "passkey",
)
PASSKEY_KNOWN: Final = NotDone(
    "PASSKEY_KNOWN", "This passkey is registered here.", "Use another device, or sign in with it.", "passkey"
)
NO_WAY: Final = NotDone("NO_SUCH_WAY", "You have no such way to sign in.", "See your list.")
LAST_FACTOR: Final = NotDone(
    "LAST_WAY_IN", "Nobody could sign in to this account any more.", "Add another passkey or a passphrase first."
)

# Duty roster and absence
NO_TIME: Final = NotDone("NO_TIME", "Day and time are missing.", "Fill in from when, and until when.", "starts_at")
BAD_SPAN: Final = NotDone(
    "BAD_SPAN", "The end is not after the beginning, or the time is too long.", "Correct one of the two.", "ends_at"
)
OVERLAPS: Final = NotDone(
    "OVERLAPS",
    "Somebody is on duty at a part of this time; one person answers at a time.",
    "Choose another time, or cancel the other duty first.",
    "starts_at",
)
OVER: Final = NotDone("OVER", "This time has passed.", "Choose a time that has not ended.", "ends_at")
SAME_DEPUTY: Final = NotDone("SAME_DEPUTY", "A person cannot stand in for himself.", "Choose somebody else.", "deputy")
DEPUTY_AWAY: Final = NotDone(
    "DEPUTY_AWAY",
    "The deputy is away then, and in the end nobody would do the work.",
    "Choose somebody who is there.",
    "deputy",
)
DEPUTY_CANNOT: Final = NotDone(
    "DEPUTY_CANNOT",
    "The deputy may not do the work of this person.",
    "Choose somebody with the same or a wider role.",
    "deputy",
)
NOT_ON_DUTY: Final = NotDone(
    "CANNOT_DO_DUTY",
    "This person may not receive messages for the contact point (RP-1).",
    "Choose a duty officer, case officer or supervisor.",
    "person",
)
NO_ENTRY: Final = NotDone("NO_ENTRY", "There is no such entry, or it was cancelled.", "See the roster.")
NOT_YOUR_ROSTER: Final = NotDone(
    "NOT_PERMITTED", "Only a supervisor keeps the roster (RP-3).", "Ask a supervisor of this contact point."
)
NOT_YOUR_ABSENCE: Final = NotDone(
    "NOT_PERMITTED", "An absence is noted by the person or by a supervisor.", "Ask a supervisor."
)

# Break-glass
NO_GLASS: Final = NotDone(
    "NOT_PERMITTED", "Your roles do not let you open a case of others.", "Ask the person who works on it."
)
SHORT_REASON: Final = NotDone(
    "REASON_TOO_SHORT",
    "Whoever reviews it needs to understand the reason.",
    "Write at least 20 characters: what happened, why now, why you.",
    "reason",
)
NO_CASE: Final = NotDone(
    "UNKNOWN_CASE",
    "No case has this reference, or more than one has it.",
    "Write the reference as it stands at the top of the case or on its printed form.",
    "reference",
)
NO_GROUND: Final = NotDone("NO_GROUND", "The ground is missing.", "Choose one.", "ground")
NO_OPENING: Final = NotDone("NO_OPENING", "There is no such opening, or it was reviewed.", "See the list of reviews.")
NOT_REVIEWER: Final = NotDone(
    "NOT_PERMITTED", "Only a supervisor reviews it (RP-3).", "Ask a supervisor of this contact point."
)
NO_OUTCOME: Final = NotDone("NO_OUTCOME", "The review says nothing yet.", "Choose what it found.", "outcome")
OWN_OPENING: Final = NotDone(
    "OWN_OPENING", "Nobody reviews what he opened himself (RP-23).", "Leave it to another supervisor."
)


def refuse_reason(text: str, field: str = "why", *, least: int = 1) -> NotDone | None:
    """Return what is wrong with a reason that somebody writes; None when it says something and not too much."""
    said = len(text.strip())
    if said < least:
        return NO_REASON.at(field)
    return LONG_REASON.at(field) if said > LONGEST_REASON else None
