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
    "search": sentence("Searched"),
    "read-log": sentence("Read the processing log"),
    "verify-log": sentence("Verified the processing log"),
    "export-log": sentence("Exported the processing log"),
    "disclose": sentence("Showed rows of a message to another participant"),
    "forward": sentence("Passed a message on"),
    "report": sentence("Reported a message to an auditor"),
    "export": sentence("Made a copy for a court file"),
    "send": sentence("Sent a message"),
    "send-again": sentence("Sealed a message anew and sent it"),
    "list": sentence("Saw a list with what cases are about"),
    "release-approved": sentence("Approved a message of somebody else"),
    "release-returned": sentence("Returned a message of somebody else for changes"),
    "release-dropped": sentence("Gave up asking for an approval"),
    "match": sentence("Compared a request with what is kept here"),
    "erase": sentence("Erased a message"),
    "purge": sentence("Erased what the end of a consent had locked"),
    "trim": sentence("Took old entries out of the processing log"),
}
CASE: Final = sentence("On a case: %(act)s")
CASE_DEED: Final = "case-"
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
    "erase-by": sentence("date of erasure"),
    "consent-ended": sentence("consent ended"),
    "consent-renewed": sentence("consent renewed"),
    "retention": sentence("time of keeping is over"),
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
FORMER: Final = sentence("Somebody who is not known here")
