"""What each wire code means: its HTTP status, whether the same bytes may succeed later, and words for a person.

One table, so that hub, nodes, command line and documentation cannot disagree. The sentence says what happened and
which rule stands behind it; the remedy says what to do next. Nothing here depends on content.
Bytes: docs/wire.md section 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from protocol.errors import Code


class Repeat(StrEnum):
    """Whether sending the same bytes again can help."""

    NO = "no"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The status of an answer, whether a repeat of the same bytes may succeed, a sentence and a remedy in English."""

    status: int
    repeat: Repeat
    sentence: str
    remedy: str

    @property
    def retry(self) -> bool:
        """Whether the same bytes may succeed later."""
        return self.repeat is Repeat.LATER


_NO: Final = Repeat.NO
_LATER: Final = Repeat.LATER
_BROKEN: Final = "The bytes are not what a conforming sender writes; nothing was stored."
_VENDOR: Final = "Send the file to the maker of the sending software; repeating will not help."
_ALARM: Final = "Keep both signed artefacts, stop relying on the hub for this exchange and call the registrars."
_WAIT: Final = "Nothing is lost: the message stays in the outbox and is offered again by itself."
_SYNC: Final = "The node fetches the directory and seals the message again by itself; check `egnatia node status`."
_LOCAL: Final = "Keep the file, restore it from the last backup and call your operator."

MEANINGS: Final[Mapping[Code, Meaning]] = {
    Code.MALFORMED: Meaning(400, _NO, _BROKEN, _VENDOR),
    Code.TOO_LARGE: Meaning(
        413, _NO, "The message is larger than an envelope may be (1 MiB).", "Move long content into an attachment."
    ),
    Code.UNKNOWN_FIELD: Meaning(
        400,
        _NO,
        "The message carries a field that its version or channel does not have.",
        "Remove the field, or update the sending software.",
    ),
    Code.UNKNOWN_SUITE: Meaning(
        400, _NO, "The message uses a version or algorithm suite that is not in the registry.", _VENDOR
    ),
    Code.UNKNOWN_TYPE: Meaning(
        400,
        _NO,
        "The message type is not in the catalogue of this network.",
        "Choose a type from `egnatia node types`, or update the catalogue.",
    ),
    Code.MISSING_SIGNATURE: Meaning(
        400,
        _NO,
        "One of the two required signatures is missing; both are needed, always.",
        "Have the sender sign with the full identity.",
    ),
    Code.DUPLICATE_SIGNATURE: Meaning(
        400, _NO, "The same kind of signature stands twice where two different ones are needed.", _VENDOR
    ),
    Code.UNKNOWN_KEY: Meaning(
        403,
        _NO,
        "The signature names a key that the directory does not show for this signer.",
        "Check with the registrars that the signer's keys are enrolled.",
    ),
    Code.BAD_SIGNATURE: Meaning(
        403,
        _NO,
        "A signature does not fit: the content was changed after signing, or another key signed it.",
        "Do not use the content. Report it to the registrars.",
    ),
    Code.WRONG_AUDIENCE: Meaning(
        403, _NO, "The object was made for another network.", "Check that training and production are not mixed."
    ),
    Code.DUPLICATE_RECIPIENT: Meaning(400, _NO, "A recipient or a recipient's key stands twice.", _VENDOR),
    Code.SELF_RECIPIENT: Meaning(
        400, _NO, "The sender is among the recipients.", "Remove yourself from the recipients."
    ),
    Code.NOT_A_RECIPIENT: Meaning(
        403, _NO, "This node is not an addressee of the message.", "Do not use it; report where it came from."
    ),
    Code.WRAP_HASH: Meaning(
        400, _NO, "The key wrap is not the one the sender signed: it was exchanged on the way.", _ALARM
    ),
    Code.BODY_HASH: Meaning(400, _NO, "The content is not the one the sender signed: it was changed.", _ALARM),
    Code.PART_MISSING: Meaning(400, _NO, "A part of the message that the sender signed is not there.", _ALARM),
    Code.CANNOT_OPEN: Meaning(
        422,
        _NO,
        "The recipient could not open the message. The exact reason stays with the recipient.",
        "Send it again as a new message; if that fails too, call the recipient's operator.",
    ),
    Code.WRAP_DECRYPT: Meaning(422, _NO, "The key wrap does not open.", "Ask the sender to send a new message."),
    Code.COMMITMENT: Meaning(
        422, _NO, "The content does not fit the key it was committed to.", "Ask the sender to send a new message."
    ),
    Code.BODY_DECRYPT: Meaning(422, _NO, "The content does not decrypt.", "Ask the sender to send a new message."),
    Code.PADDING: Meaning(422, _NO, "The content's padding is wrong.", "Ask the sender to send a new message."),
    Code.FIELD_COMMITMENT: Meaning(
        422,
        _NO,
        "The fields are not those the sender committed to.",
        "Do not use the content; ask for a new message.",
    ),
    Code.FIELD_ORDER: Meaning(422, _NO, "Fields repeat or are out of order.", _VENDOR),
    Code.DISCLOSURE: Meaning(422, _NO, "A disclosed field cannot be proved.", "Ask for a complete disclosure."),
    Code.NAME_REJECTED: Meaning(
        400, _NO, "An attachment's name holds characters that could mislead a reader.", "Rename the file."
    ),
    Code.ATT_LENGTH: Meaning(400, _NO, "An attachment is not as long as signed.", "Upload the attachment again."),
    Code.ATT_HASH: Meaning(400, _NO, "An attachment is not the one that was signed.", "Upload it again."),
    Code.ATT_MISSING: Meaning(404, _LATER, "An attachment has not arrived.", "Wait, or ask the sender."),
    Code.SENDER_MISMATCH: Meaning(
        403,
        _NO,
        "The connection belongs to another participant than the one that the object names as its sender.",
        "Send it from the node that signed it.",
    ),
    Code.SENDER_EQUIVOCATION: Meaning(
        409,
        _NO,
        "The sender signed two different messages under one number; both are kept as evidence.",
        "The sender's operator checks for a copied or restored node; `egnatia node check` tells.",
    ),
    Code.REPLAY: Meaning(409, _NO, "The message was delivered before.", "Nothing to do: the first copy counts."),
    Code.EXPIRED: Meaning(410, _NO, "The message's life has ended.", "Send a new message."),
    Code.NOT_YET_VALID: Meaning(
        400,
        _NO,
        "The sender's clock is more than 5 minutes ahead of the hub's.",
        "Set the clock of the sending computer; the answer holds the hub's time.",
    ),
    Code.NO_VALID_KEY: Meaning(
        409, _LATER, "A recipient has no key that is valid now.", _SYNC + " If it lasts, call the recipient's operator."
    ),
    Code.KEY_NOT_VALID_AT_TIME: Meaning(
        403, _NO, "A key was used outside its weeks.", "Ask the sender to send a new message."
    ),
    Code.KEY_REVOKED: Meaning(
        403, _NO, "A key was used after its revocation.", "Do not use the content; call the sender."
    ),
    Code.KEY_INVALID: Meaning(400, _NO, "A key is not a point or length of its kind.", "Create a new key."),
    Code.KEY_POP: Meaning(
        403,
        _NO,
        "The new key did not sign for itself.",
        "Have the owner of the new key sign the statement too.",
    ),
    Code.KEY_ALREADY_BOUND: Meaning(409, _NO, "The key already belongs to somebody.", "Create a fresh key."),
    Code.KEY_CHAIN: Meaning(
        409,
        _NO,
        "The statement does not follow the node's last one.",
        "Fetch the directory and make the statement again.",
    ),
    Code.KEY_NOT_IN_LOG: Meaning(403, _NO, "The key does not stand in the directory log.", _ALARM),
    Code.UNKNOWN_DECRYPTION_KEY: Meaning(
        422,
        _NO,
        "The key the message was sealed to is not held here; it was erased or is another node's.",
        "Ask the sender to send a new message.",
    ),
    Code.UNKNOWN_SENDER: Meaning(
        403, _NO, "The sender is not enrolled in this network.", "Ask the registrars to enrol it."
    ),
    Code.NODE_SUSPENDED: Meaning(
        403, _NO, "The participant is suspended or revoked.", "Call the registrars of the network."
    ),
    Code.QUORUM: Meaning(
        403,
        _NO,
        "Too few of the required persons have signed.",
        "Pass the statement to the next signer and submit it again.",
    ),
    Code.NOT_WITNESSED: Meaning(
        503,
        _LATER,
        "The witnesses have been silent for too long; until they cosign again, the directory stays as it is.",
        "Messages pass all the same. Ask the operators of the witnesses whether they run; the change is offered again.",
    ),
    Code.STATEMENT_ORDER: Meaning(
        409, _NO, "The statement does not fit the state of the directory.", "Fetch the directory and make it again."
    ),
    Code.ANCHOR_ORDER: Meaning(
        409,
        _NO,
        "The hub holds an anchor of this participant's log that covers more entries, or other ones of the same number.",
        "The node's log is older than its anchors, or another one: verify it, and tell the data protection officer.",
    ),
    Code.NOT_PERMITTED: Meaning(403, _NO, "This participant may not do that.", "Ask the registrars who may, and why."),
    Code.POLICY_DENIED: Meaning(
        403, _NO, "A rule of the channel forbids the message.", "Read the rule below; it names the lawful way."
    ),
    Code.POLICY_UNKNOWN: Meaning(
        409, _LATER, "The message was cleared under a policy that is no longer active.", _SYNC
    ),
    Code.APPROVAL_NEEDED: Meaning(
        403, _NO, "A second person must approve this first.", "Ask a supervisor to approve the draft."
    ),
    Code.CONSENT_MISSING: Meaning(
        403,
        _NO,
        "No valid consent of the person covers this sender and this recipient (GDPR Art 6, 7, 9).",
        "Record the person's consent naming the recipient, or send without identity.",
    ),
    Code.STALE_DIRECTORY: Meaning(409, _LATER, "The sender's directory is older than 24 hours.", _SYNC),
    Code.SPLIT_VIEW: Meaning(
        409, _NO, "Two participants were shown different directories or logs of the same size.", _ALARM
    ),
    Code.ROLLBACK: Meaning(409, _NO, "The hub shows a smaller log than it showed before.", _ALARM),
    Code.ROOT_MISMATCH: Meaning(409, _NO, "The log's entries do not give its signed root.", _ALARM),
    Code.BAD_CHECKPOINT: Meaning(400, _NO, "The checkpoint is not well-formed.", _ALARM),
    Code.BAD_COSIGNATURE: Meaning(400, _NO, "A witness's signature does not fit the checkpoint.", _ALARM),
    Code.BAD_INCLUSION: Meaning(400, _NO, "The proof does not show the entry in the log.", _ALARM),
    Code.BAD_CONSISTENCY: Meaning(400, _NO, "The proof does not show the new log as a continuation.", _ALARM),
    Code.STALE_CHECKPOINT: Meaning(409, _LATER, "The checkpoint is older than 24 hours.", "Check the hub's health."),
    Code.LOG_FORK: Meaning(
        503,
        _LATER,
        "The stored log does not fit what was signed before; the hub refuses to serve.",
        "Messages wait in the outboxes. Tell your operator; operators of the hub follow docs/restart.md.",
    ),
    Code.SEQUENCE_GAP: Meaning(
        409, _LATER, "A message of this sender is missing before this one.", "The gap is shown until it closes."
    ),
    Code.SEQUENCE_ORDER: Meaning(409, _LATER, "Messages of this sender arrived out of order.", "Nothing to do."),
    Code.UNKNOWN_MESSAGE: Meaning(
        404, _NO, "The evidence is about a message that was never delivered here.", "Check the message id."
    ),
    Code.BAD_EVIDENCE: Meaning(400, _NO, "The evidence is about something else than it claims.", _ALARM),
    Code.DOWNGRADE: Meaning(
        403, _NO, "The message uses an older suite than the network allows.", "Update the sending software."
    ),
    Code.MIXED_SUITE: Meaning(400, _NO, "Recipients are addressed with different suites.", _VENDOR),
    Code.TLS_PEER_UNKNOWN: Meaning(
        403,
        _NO,
        "The connection's certificate is not pinned in the directory.",
        "Publish the new certificate's pin: `egnatia keys rotate --tls`.",
    ),
    Code.RATE_LIMITED: Meaning(429, _LATER, "Too many requests in a short time.", _WAIT),
    Code.QUOTA: Meaning(429, _LATER, "The participant's quota for today is used up.", _WAIT),
    Code.TOO_MANY_PARTS: Meaning(400, _NO, "The upload has too many parts.", "Use larger parts."),
    Code.CONTENT_ENCODING: Meaning(
        415, _NO, "Compressed requests are not accepted.", "Send the bytes without a Content-Encoding."
    ),
    Code.NOT_FOUND: Meaning(404, _NO, "There is no such object for you.", "Check the id."),
    Code.BUSY: Meaning(503, _LATER, "The hub has more waiting than it can store soon.", _WAIT),
    Code.NOT_READY: Meaning(503, _LATER, "The hub is starting or stopping.", _WAIT),
    Code.DISK_FULL: Meaning(
        507, _LATER, "The disk is full; nothing was accepted that is not stored.", "Free space; work resumes by itself."
    ),
    Code.RESTART_NEEDED: Meaning(
        503,
        _LATER,
        "The hub was restored from a backup and may not sign before the registrars' restart statement.",
        "Messages wait in the outboxes. Operators of the hub follow docs/restart.md.",
    ),
    Code.KEYSTORE_PARAMS: Meaning(400, _NO, "The keystore's parameters are out of bounds.", _LOCAL),
    Code.KEYSTORE_AUTH: Meaning(
        400,
        _NO,
        "The keystore does not open: wrong passphrase, or the file was changed.",
        "Type the passphrase again; if it is right, restore the file from the last backup.",
    ),
    Code.KEYSTORE_MISMATCH: Meaning(400, _NO, "A public key in the keystore is not that of its seed.", _LOCAL),
    Code.SHARE_REJECTED: Meaning(
        400,
        _NO,
        "A written share is mistyped, altered or of another set.",
        "Compare it with the paper, line by line; any other share of the same set will do as well.",
    ),
    Code.INTERNAL: Meaning(
        500, _LATER, "Something failed inside; nothing was accepted that is not stored.", "Tell the operator the time."
    ),
}
"""Complete over ``Code``; a test compares the two."""
