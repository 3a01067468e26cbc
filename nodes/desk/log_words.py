"""The codes of the processing log as people read them."""

from collections.abc import Mapping
from typing import Final

from nodes.casework.processing_log import Break, LogPurpose
from nodes.desk.texts import sentence
from nodes.gateway.deeds import Door, Operation

OPERATIONS: Final[Mapping[str, str]] = {
    Operation.COLLECTION: sentence("Collection"),
    Operation.ALTERATION: sentence("Alteration"),
    Operation.CONSULTATION: sentence("Consultation"),
    Operation.DISCLOSURE: sentence("Disclosure"),
    Operation.TRANSFER: sentence("Transfer"),
    Operation.COMBINATION: sentence("Combination"),
    Operation.ERASURE: sentence("Erasure"),
    Operation.SECURITY: sentence("Security of the node"),
}
DEEDS: Final[Mapping[str, str]] = {
    "receive": sentence("Received a message"),
    "consent": sentence("Recorded a consent"),
    "release": sentence("Released a held message"),
    "return": sentence("Sent a held message back"),
    "lock": sentence("Locked a message whose consent ended"),
    "lock-part": sentence("Locked part of a message whose consent ended"),
    "unlock": sentence("Unlocked a message after its consent was renewed"),
    "correct": sentence("Corrected a message"),
    "restrict": sentence("Restricted a message"),
    "show": sentence("Read a message"),
    "show-header": sentence("Looked at a message without content"),
    "print": sentence("Printed a message"),
    "save-infected": sentence("Saved a file in which malware was found"),
    "search": sentence("Searched"),
    "read-log": sentence("Read the processing log"),
    "verify-log": sentence("Verified the processing log"),
    "export-log": sentence("Exported the processing log"),
    "disclose": sentence("Showed rows of a message to another participant"),
    "forward": sentence("Passed a message on"),
    "pass-on": sentence("Began to pass a message on by telephone"),
    "pass-on-decided": sentence("Decided whether a message passed on by telephone still leaves"),
    "report": sentence("Reported a message to an auditor"),
    "export": sentence("Made a copy for a court file"),
    "save-proof": sentence("Saved what proves a message"),
    "send": sentence("Sent a message"),
    "send-again": sentence("Sealed a message anew and sent it"),
    "list": sentence("Saw a list with what cases are about"),
    "release-approved": sentence("Approved a message of somebody else"),
    "release-returned": sentence("Returned a message of somebody else for changes"),
    "release-dropped": sentence("Gave up asking for an approval"),
    "match": sentence("Compared a request with what is kept here"),
    "erase": sentence("Erased a message"),
    "erase-draft": sentence("Erased a draft that nobody sent"),
    "erase-request": sentence("Erased a request that nobody sent"),
    "purge": sentence("Erased what the end of a consent had locked"),
    "ask-here": sentence("Handed a request in at the contact point"),
    "take-request": sentence("Took a request of an investigator"),
    "return-request": sentence("Returned a request to its investigator"),
    "withdraw-request": sentence("Gave a request up that was handed in"),
    "give-drafts": sentence("Handed the drafts of somebody to a colleague"),
    "trim": sentence("Took old entries out of the processing log"),
    "read-state": sentence("Looked how messages move their case"),
    "show-case": sentence("Opened a case"),
    "show-consent": sentence("Looked at a consent"),
    "show-correction": sentence("Looked at a correction"),
    "show-draft": sentence("Looked at a message of somebody else before it left"),
    "show-request": sentence("Looked at a request of an investigator"),
    "show-breach": sentence("Looked at a breach of data protection"),
    "show-retention": sentence("Looked at what has to be erased, and what is held"),
    "break-glass": sentence("Opened a case of others in an emergency"),
    "review-glass": sentence("Reviewed an opening in an emergency"),
    "hold": sentence("Placed a legal hold"),
    "lift-hold": sentence("Lifted a legal hold"),
    "sign-in": sentence("Signed in"),
    "sign-in-failed": sentence("Was not let in"),
    "sign-out": sentence("Signed out, or the session ended"),
    "token-made": sentence("Gave a program access"),
    "token-ended": sentence("Took a program's access back"),
}
CASE: Final = sentence("On a case: %(act)s")
CASE_DEED: Final = "case-"
CASE_OBJECT: Final = sentence("Case")
OBJECTS: Final[Mapping[str, str]] = {
    "show-consent": sentence("Consent"),
    "show-request": sentence("Request"),
    "erase-request": sentence("Request"),
    "erase-draft": sentence("Draft"),
    "give-drafts": sentence("Draft"),
}
"""What an id of 16 bytes names where it is no case."""
ACCOUNT: Final = sentence("On an account: %(act)s")
ACCOUNT_DEED: Final = "account-"
REASONS: Final[Mapping[str, str]] = {
    "automatic": sentence("by itself"),
    "unstated": sentence("no reason stated"),
    "own-case": sentence("work on the case"),
    "new-message": sentence("new message"),
    "on-duty": sentence("on duty"),
    "ordered": sentence("ordered by a person"),
    "supervision": sentence("supervision"),
    "review": sentence("review"),
    "correction": sentence("correction"),
    "person-concerned": sentence("request of the person concerned"),
    "oversight": sentence("oversight"),
    "break-glass": sentence("access in an emergency"),
    "restricted": sentence("restricted data, with a written reason"),
    "infected": sentence("file with malware, with a written reason"),
    "erase-by": sentence("date of erasure"),
    "consent-ended": sentence("consent ended"),
    "consent-renewed": sentence("consent renewed"),
    "retention": sentence("time of keeping is over"),
    "national-limit": sentence("limit of national law"),
    "not-needed": sentence("needed no more, as a review found"),
    "account-ended": sentence("the account ended long ago"),
}
DOORS: Final[Mapping[str, str]] = {
    Door.DESK: sentence("at the desk"),
    Door.API: sentence("over the interface for programs"),
    Door.NODE: sentence("by itself"),
}
PURPOSES: Final[Mapping[str, tuple[str, str]]] = {
    LogPurpose.LAWFULNESS: (
        sentence("Is what was done lawful?"),
        sentence("Checks by the data protection officer or the supervisory authority."),
    ),
    LogPurpose.SELF_MONITORING: (
        sentence("Self-monitoring of this contact point"),
        sentence("Supervision, also before disciplinary proceedings."),
    ),
    LogPurpose.SECURITY: (
        sentence("Integrity and security of the data"),
        sentence("Unusual access, a possible breach, a lost device."),
    ),
    LogPurpose.PROCEEDINGS: (
        sentence("Criminal proceedings"),
        sentence("A court or a prosecutor asks for it."),
    ),
}
BREAKS: Final[Mapping[str, str]] = {
    Break.MISSING: sentence("An entry is missing at this place."),
    Break.UNREADABLE: sentence("This entry cannot be read."),
    Break.CHANGED: sentence("This entry, or the one before it, was changed."),
    Break.INDEX: sentence("This entry is listed under something that it does not say."),
    Break.CUT: sentence("The log begins here, and no entry says that it was shortened to here."),
    Break.OTHER_PAST: sentence("The chain does not pass through the head that you gave."),
}
PROGRAM: Final = sentence("A program")
NAMED: Final = sentence("The program %(name)s")
ITSELF: Final = sentence("This node")
SOMEBODY: Final = sentence("Somebody at the sign-in page")
FORMER: Final = sentence("Somebody who is not known here")
