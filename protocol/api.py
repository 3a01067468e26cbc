"""The hub's verbs: method, path, what goes in, what comes out, which codes refuse. Both ends and the docs share this.

Every body is deterministic CBOR unless said otherwise. Ids stand in paths as 64 lower-case hex digits.
Bytes: docs/wire.md section 8.
"""

from dataclasses import dataclass
from typing import Final

from protocol.cbor import Item, decode, encode
from protocol.errors import Code, Malformed
from protocol.limits import MAX_ENVELOPE, MAX_PART_LIST, MAX_SIGNED, MAX_STATEMENT, UPLOAD_PART
from protocol.log_verbs import LOG_VERBS
from protocol.shapes import as_bytes, as_int, as_map
from protocol.verb import ANY, Verb

CONTENT_TYPE: Final = "application/cbor"
DIRECTORY_LOG: Final = "directory"
MESSAGE_LOG: Final = "messages"

_SENDER: Final = (Code.UNKNOWN_SENDER, Code.NODE_SUSPENDED)  # where the caller must be in good standing
_STORED: Final = (Code.TOO_LARGE, Code.QUOTA, Code.DISK_FULL)  # where a body is read and kept
_SIGNED: Final = (Code.MISSING_SIGNATURE, Code.DUPLICATE_SIGNATURE, Code.UNKNOWN_KEY, Code.BAD_SIGNATURE)

_ADMITTED: Final = (
    *ANY,
    *_SENDER,
    *_STORED,
    *_SIGNED,
    Code.UNKNOWN_FIELD,
    Code.UNKNOWN_SUITE,
    Code.DOWNGRADE,
    Code.MIXED_SUITE,
    Code.DUPLICATE_RECIPIENT,
    Code.SELF_RECIPIENT,
    Code.WRAP_HASH,
    Code.BODY_HASH,
    Code.PART_MISSING,
    Code.SENDER_MISMATCH,
    Code.SENDER_EQUIVOCATION,
    Code.EXPIRED,
    Code.NOT_YET_VALID,
    Code.NO_VALID_KEY,
    Code.STALE_DIRECTORY,
    Code.SPLIT_VIEW,
    Code.POLICY_DENIED,
    Code.POLICY_UNKNOWN,
    Code.APPROVAL_NEEDED,
    Code.CONSENT_MISSING,
)  # where a message is admitted

VERBS: Final = (
    Verb(
        "submit",
        "PUT",
        "/v1/envelopes/{id}",
        "envelope",
        "acceptance evidence; 201 when new, 200 with the stored answer when repeated; 202 and upload for attachments",
        MAX_ENVELOPE,
        _ADMITTED,
    ),
    Verb(
        "upload",
        "GET",
        "/v1/uploads/{id}",
        "nothing",
        "upload: when the reservation lapses, and which parts are held",
        0,
        (*ANY, *_SENDER, Code.NOT_FOUND),
    ),
    Verb(
        "part-list",
        "PUT",
        "/v1/uploads/{id}/{name}",
        "part list",
        "nothing; 204",
        MAX_PART_LIST,
        (
            *ANY,
            *_SENDER,
            Code.TOO_LARGE,
            Code.NOT_FOUND,
            Code.TOO_MANY_PARTS,
            Code.ATT_LENGTH,
            Code.ATT_HASH,
            Code.DISK_FULL,
        ),
    ),
    Verb(
        "upload-part",
        "PUT",
        "/v1/uploads/{id}/{name}/{index}",
        "bytes of one part",
        "nothing; 204, also for a part that is held already",
        UPLOAD_PART,
        (
            *ANY,
            *_SENDER,
            Code.TOO_LARGE,
            Code.NOT_FOUND,
            Code.ATT_MISSING,
            Code.ATT_LENGTH,
            Code.ATT_HASH,
            Code.DISK_FULL,
        ),
    ),
    Verb(
        "commit",
        "POST",
        "/v1/uploads/{id}/commit",
        "nothing",
        "acceptance evidence; 201 when new, 200 with the stored answer when repeated",
        0,
        (*_ADMITTED, Code.NOT_FOUND, Code.ATT_MISSING),
    ),
    Verb(
        "parts",
        "GET",
        "/v1/messages/{id}/parts/{name}",
        "nothing",
        "part list of an attachment; to recipients while the message stands in their mailbox",
        0,
        (*ANY, *_SENDER, Code.NOT_FOUND),
    ),
    Verb(
        "part",
        "GET",
        "/v1/messages/{id}/parts/{name}/{index}",
        "nothing",
        "bytes of one part",
        0,
        (*ANY, *_SENDER, Code.NOT_FOUND, Code.ATT_MISSING),
    ),
    Verb(
        "fetch",
        "GET",
        "/v1/mailboxes/{channel}?after={cursor}&wait={seconds}&seen={digest}",
        "nothing",
        "page of mailbox items after the cursor; waits up to `wait` seconds for the first one; 204 when there is none "
        "and the head is still the one with the SHA-256 `seen`, which may be left out",
        0,
        (*ANY, *_SENDER, Code.DISK_FULL),
    ),
    Verb(
        "receipt",
        "PUT",
        "/v1/receipts/{id}",
        "signed receipt, or a sender's signed void",
        "inclusion and checkpoint",
        MAX_SIGNED,
        (
            *ANY,
            *_SENDER,
            *_STORED,
            *_SIGNED,
            Code.UNKNOWN_FIELD,
            Code.SENDER_MISMATCH,
            Code.SENDER_EQUIVOCATION,
            Code.UNKNOWN_MESSAGE,
            Code.NOT_YET_VALID,
            Code.BAD_EVIDENCE,
            Code.NOT_PERMITTED,
        ),
    ),
    Verb(
        "receipts",
        "POST",
        "/v1/receipts",
        "receipts: 1 to 64 signed receipts and voids",
        "logged receipts: the inclusions of those that are logged and one checkpoint; of others nothing is said",
        MAX_ENVELOPE,
        (*ANY, *_SENDER, *_STORED),
    ),
    Verb(
        "token",
        "PUT",
        "/v1/tokens/{id}",
        "signed token",
        "inclusion and checkpoint",
        MAX_SIGNED,
        (*ANY, *_SENDER, *_STORED, *_SIGNED, Code.SENDER_MISMATCH, Code.NOT_PERMITTED),
    ),
    Verb(
        "anchor",
        "PUT",
        "/v1/anchors/{id}",
        "signed anchor",
        "inclusion and checkpoint",
        MAX_SIGNED,
        (*ANY, *_SENDER, *_STORED, *_SIGNED, Code.SENDER_MISMATCH, Code.ANCHOR_ORDER),
    ),
    Verb(
        "anchors",
        "GET",
        "/v1/anchors?after={count}",
        "nothing",
        "array of the caller's own signed anchors that cover more than `count` entries, ascending, at most 64",
        0,
        ANY,
    ),
    Verb(
        "sequence",
        "GET",
        "/v1/sequences/{channel}?recipient={node}",
        "nothing",
        "the caller's highest sequence number towards the recipient that is logged, as an integer; 0 before the first",
        0,
        ANY,
    ),
    Verb(
        "statement",
        "PUT",
        "/v1/statements/{id}",
        "directory entry; {id} is the statement id",
        "inclusion and checkpoint of the directory log",
        MAX_STATEMENT,
        (
            *ANY,
            *_SENDER,
            *_STORED,
            Code.UNKNOWN_FIELD,
            Code.UNKNOWN_SUITE,
            Code.DOWNGRADE,
            Code.MISSING_SIGNATURE,
            Code.UNKNOWN_KEY,
            Code.BAD_SIGNATURE,
            Code.WRONG_AUDIENCE,
            Code.QUORUM,
            Code.NOT_WITNESSED,
            Code.KEY_POP,
            Code.KEY_ALREADY_BOUND,
            Code.KEY_CHAIN,
            Code.KEY_INVALID,
            Code.KEY_REVOKED,
            Code.STATEMENT_ORDER,
            Code.NOT_PERMITTED,
            Code.EXPIRED,
            Code.NOT_YET_VALID,
        ),
    ),
    *LOG_VERBS,
    Verb(
        "audit-records",
        "GET",
        "/v1/audit/records?start={index}&end={index}&wait={seconds}",
        "nothing",
        "page of what stands behind leaves [start, end) of the message log, within the mandate; `wait` may be left out",
        0,
        (*ANY, Code.NOT_PERMITTED, Code.NODE_SUSPENDED),
    ),
    Verb(
        "audit-message",
        "GET",
        "/v1/audit/messages/{id}",
        "nothing",
        "record of a message and those of the evidence about it; outside the mandate as if there were none",
        0,
        (*ANY, Code.NOT_PERMITTED, Code.NODE_SUSPENDED, Code.NOT_FOUND),
    ),
    Verb(
        "audit-refusals",
        "GET",
        "/v1/audit/refusals?since={day}&until={day}&skip={count}",
        "nothing",
        "counts of refusals on days [since, until), at most 31, by rule and by code, within the auditor's mandate; "
        "`skip` may be left out",
        0,
        (*ANY, Code.NOT_PERMITTED, Code.NODE_SUSPENDED),
    ),
    Verb(
        "blob",
        "GET",
        "/v1/blobs/{digest}",
        "nothing",
        "bytes whose SHA-256 is the digest: policies, schemas, code lists",
        0,
        (*ANY, Code.NOT_FOUND, Code.BODY_HASH),
    ),
    Verb(
        "put-blob",
        "PUT",
        "/v1/blobs/{digest}",
        "bytes",
        "nothing",
        MAX_ENVELOPE,
        (*ANY, *_SENDER, *_STORED, Code.NOT_PERMITTED, Code.BODY_HASH),
    ),
    Verb("time", "GET", "/v1/time", "nothing", "the hub's clock in seconds UTC, as an integer", 0, ANY),
)


_RETRY: Final = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """An error answer: the stable code, the hub's time, and after how many seconds a repeat makes sense.

    ``decision`` holds the hub's policy decision where a rule refused; it contains codes only.
    """

    code: Code
    hub_time: int
    retry_after: int | None = None
    decision: bytes | None = None


def encode_problem(problem: Problem) -> bytes:
    """Return the bytes of an error answer."""
    fields: dict[int, Item] = {1: str(problem.code), 2: problem.hub_time}
    if problem.retry_after is not None:
        fields[_RETRY] = problem.retry_after
    if problem.decision is not None:
        fields[4] = problem.decision
    return encode(fields)


def parse_problem(raw: bytes) -> Problem:
    """Return the problem in an error answer; MALFORMED for an unknown code: nothing is guessed."""
    fields = as_map(decode(raw, MAX_SIGNED), "problem", (1, 2), (3, 4))
    code = fields[1]
    if not isinstance(code, str) or code not in {each.value for each in Code}:
        raise Malformed("code")
    decision = as_bytes(fields[4], "decision") if 4 in fields else None  # noqa: PLR2004 - a label
    retry = as_int(fields[_RETRY], "retry") if _RETRY in fields else None
    return Problem(Code(code), as_int(fields[2], "time"), retry, decision)
