"""The closed table of wire error codes, and the fault a parser or verifier raises.

A code is a contract: once published it keeps its meaning. Faults are exceptions because the peer broke a rule of the
wire; refusals (a policy that says no, a quota that is used up) are values and carry the same codes.
Bytes: docs/wire.md section 10.
"""

from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """Every code that may cross the wire (docs/wire.md section 10)."""

    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    UNKNOWN_SUITE = "UNKNOWN_SUITE"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    MISSING_SIGNATURE = "MISSING_SIGNATURE"
    DUPLICATE_SIGNATURE = "DUPLICATE_SIGNATURE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    WRONG_AUDIENCE = "WRONG_AUDIENCE"
    DUPLICATE_RECIPIENT = "DUPLICATE_RECIPIENT"
    SELF_RECIPIENT = "SELF_RECIPIENT"
    NOT_A_RECIPIENT = "NOT_A_RECIPIENT"
    WRAP_HASH = "WRAP_HASH"
    BODY_HASH = "BODY_HASH"
    PART_MISSING = "PART_MISSING"
    CANNOT_OPEN = "CANNOT_OPEN"
    WRAP_DECRYPT = "WRAP_DECRYPT"
    COMMITMENT = "COMMITMENT"
    BODY_DECRYPT = "BODY_DECRYPT"
    PADDING = "PADDING"
    FIELD_COMMITMENT = "FIELD_COMMITMENT"
    FIELD_ORDER = "FIELD_ORDER"
    DISCLOSURE = "DISCLOSURE"
    NAME_REJECTED = "NAME_REJECTED"
    ATT_LENGTH = "ATT_LENGTH"
    ATT_HASH = "ATT_HASH"
    ATT_MISSING = "ATT_MISSING"
    SENDER_MISMATCH = "SENDER_MISMATCH"
    SENDER_EQUIVOCATION = "SENDER_EQUIVOCATION"
    REPLAY = "REPLAY"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    NO_VALID_KEY = "NO_VALID_KEY"
    KEY_NOT_VALID_AT_TIME = "KEY_NOT_VALID_AT_TIME"
    KEY_REVOKED = "KEY_REVOKED"
    KEY_INVALID = "KEY_INVALID"
    KEY_POP = "KEY_POP"
    KEY_ALREADY_BOUND = "KEY_ALREADY_BOUND"
    KEY_CHAIN = "KEY_CHAIN"
    KEY_NOT_IN_LOG = "KEY_NOT_IN_LOG"
    UNKNOWN_DECRYPTION_KEY = "UNKNOWN_DECRYPTION_KEY"
    UNKNOWN_SENDER = "UNKNOWN_SENDER"
    NODE_SUSPENDED = "NODE_SUSPENDED"
    QUORUM = "QUORUM"
    NOT_WITNESSED = "NOT_WITNESSED"
    STATEMENT_ORDER = "STATEMENT_ORDER"
    ANCHOR_ORDER = "ANCHOR_ORDER"
    NOT_PERMITTED = "NOT_PERMITTED"
    POLICY_DENIED = "POLICY_DENIED"
    POLICY_UNKNOWN = "POLICY_UNKNOWN"
    APPROVAL_NEEDED = "APPROVAL_NEEDED"
    CONSENT_MISSING = "CONSENT_MISSING"
    STALE_DIRECTORY = "STALE_DIRECTORY"
    SPLIT_VIEW = "SPLIT_VIEW"
    ROLLBACK = "ROLLBACK"
    ROOT_MISMATCH = "ROOT_MISMATCH"
    BAD_CHECKPOINT = "BAD_CHECKPOINT"
    BAD_COSIGNATURE = "BAD_COSIGNATURE"
    BAD_INCLUSION = "BAD_INCLUSION"
    BAD_CONSISTENCY = "BAD_CONSISTENCY"
    STALE_CHECKPOINT = "STALE_CHECKPOINT"
    LOG_FORK = "LOG_FORK"
    SEQUENCE_GAP = "SEQUENCE_GAP"
    SEQUENCE_ORDER = "SEQUENCE_ORDER"
    UNKNOWN_MESSAGE = "UNKNOWN_MESSAGE"
    BAD_EVIDENCE = "BAD_EVIDENCE"
    DOWNGRADE = "DOWNGRADE"
    MIXED_SUITE = "MIXED_SUITE"
    TLS_PEER_UNKNOWN = "TLS_PEER_UNKNOWN"
    RATE_LIMITED = "RATE_LIMITED"
    QUOTA = "QUOTA"
    TOO_MANY_PARTS = "TOO_MANY_PARTS"
    CONTENT_ENCODING = "CONTENT_ENCODING"
    NOT_FOUND = "NOT_FOUND"
    BUSY = "BUSY"
    NOT_READY = "NOT_READY"
    DISK_FULL = "DISK_FULL"
    RESTART_NEEDED = "RESTART_NEEDED"
    KEYSTORE_PARAMS = "KEYSTORE_PARAMS"
    KEYSTORE_AUTH = "KEYSTORE_AUTH"
    KEYSTORE_MISMATCH = "KEYSTORE_MISMATCH"
    SHARE_REJECTED = "SHARE_REJECTED"
    INTERNAL = "INTERNAL"


class Fault(Exception):
    """A peer, a file or a caller broke a rule of the wire.

    ``code`` is the stable contract; ``detail`` is for local logs and never leaves the process that raised it.
    """

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code: Final = code
        self.detail: Final = detail


class Malformed(Fault):
    """Bytes that no conforming writer produces."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(Code.MALFORMED, detail)
