"""Every bound on the wire, one constant a line, each with its reason (docs/wire.md section 9)."""

from typing import Final

# Encoding
MAX_DEPTH: Final = 16  # deepest object of the protocol nests 7; 16 leaves room and stops recursion bombs
MAX_ITEMS: Final = 65_536  # a directory entry and a 200-recipient envelope stay below 4 000
MAX_TEXT: Final = 65_536  # bytes of one text string; longer prose belongs into an attachment
MAX_OBJECT: Final = 4 << 20  # bytes of any object handed to the decoder, a batch answer of the hub included

# Envelope
MAX_CORE: Final = 64 << 10  # bytes; 256 recipients with agreements take about 35 KiB
MAX_HOLD_NOTE: Final = 2 << 10  # bytes of a wrap, with room for another suite
MAX_SIGNED: Final = 128 << 10  # bytes of the signed manifest
MAX_ENVELOPE: Final = 1 << 20  # bytes without attachments; checked before any cryptography (attack 107)
MAX_RECIPIENTS: Final = 256  # each costs one wrap of 1.2 KB and 0.1 ms to the sender
MAX_PARTS: Final = 66  # body, identity, 64 attachments
MAX_ATTACHMENTS: Final = 64
MAX_PART_NAME: Final = 16  # ASCII; "body", "identity", "att-00" to "att-63"
MAX_ROWS: Final = 4_096  # rows of one part; the widest type of the catalogue has about 200
MAX_PATH: Final = 128  # bytes of a row's path
MAX_CODES: Final = 32  # handling codes, roles, categories, references in one core
MAX_CODE_TEXT: Final = 64  # bytes of one code or label in a core

# Attachments
UPLOAD_PART: Final = 8 << 20  # bytes of ciphertext in one part; a cut costs at most one, 10 GB are 1 200 requests
MAX_UPLOAD_PARTS: Final = 8_192  # a list of 256 KiB, 64 GiB in all
MAX_ATTACHMENT: Final = 64 << 30  # bytes of ciphertext; a day of video, and the reservation's quota bounds the rest
MAX_PART_LIST: Final = 512 << 10  # bytes of a part list; 8 192 hashes take half
MAX_FILE_NAME: Final = 200  # bytes of UTF-8; systems end at 255, and a copy's name grows by a suffix
MAX_MEDIA_TYPE: Final = 121  # bytes, as the catalogue allows

# Erasure
MAX_ERASED: Final = 1_024  # ids in one piece of evidence; 36 KiB, well under a signed object

# Time (seconds)
MAX_LIFE: Final = 90 * 86_400  # longest message life any channel may allow
CLOCK_SKEW: Final = 300  # a sender's clock may run this far ahead of the hub's
DIRECTORY_FRESH: Final = 86_400  # a sender with an older directory synchronises first (decision 16)
POLICY_GRACE: Final = 86_400  # a superseded policy digest is accepted this long (0 if activated as emergency)

# Directory
MAX_STATEMENT: Final = 60 << 10  # bytes of one directory entry; tiles frame entries with 16 bits of length
MAX_SIGNERS: Final = 16  # signatures gathered in one entry
MAX_REGISTRARS: Final = 15
MAX_WITNESSES: Final = 12  # the most whose least quorum, 7, has room for two lines each in one checkpoint
MAX_KEYS_PER_STATEMENT: Final = 45  # 45 recipient keys of 1.3 KB stay under MAX_STATEMENT
MAX_OPERATORS: Final = 8  # people who may run a hub; an act that names them takes 17 KiB
MAX_ACT: Final = 32 << 10  # bytes of the payload of a hub act
MAX_PURGED: Final = 64  # messages one act deletes
MAX_LABEL: Final = 200  # bytes of an organisation's functional label

# Log
MAX_PROOF: Final = 63  # hashes; a tree of 2^63 leaves has no longer path (C2SP tlog-witness)
MAX_CHECKPOINT: Final = 64 << 10  # bytes of a checkpoint with its signature lines
MAX_NOTE_SIGNATURES: Final = 16  # signature lines of one checkpoint (attack 104)
MAX_BATCH: Final = 64  # mailbox items in one answer
MAX_LOG_ENTRIES: Final = 256  # log entries in one answer, a full tile

# Witnesses
WITNESS_FRESH: Final = 86_400  # seconds; a witness cosigns with both keys at least so often, also what does not grow
WITNESSED_WITHIN: Final = 3_600  # seconds from a leaf's time to a witnessed checkpoint over it; later is overdue
MAX_COSIGNATURE: Final = 8 << 10  # bytes of the two lines a witness brings; they take about 3.7 KB

# Content
CONTENT_FLOOR: Final = 256  # bytes; every part is padded to at least this
SEGMENT: Final = 1 << 20  # bytes of one FLOE segment
MAX_PART: Final = 512 << 10  # bytes of an inline part (body, identity)
MAX_DISCLOSURE: Final = 1 << 20  # bytes; a signed manifest, every row of a part and a checkpoint take 704 KiB
MAX_REPORT: Final = 2 << 20  # bytes of a violation report: a disclosure or a sealed part, and the proof of its logging

# Evidence file
MAX_EVIDENCE_FILE: Final = 64 << 20  # bytes; the directory of forty nodes over three years takes about 40 MB
MAX_EVIDENCE_MESSAGES: Final = 999  # messages of one case in one file

# Policy bundle
MAX_BUNDLE_FILES: Final = 1_024  # files of one bundle; policies, schemas, code lists and words are about 200
MAX_BUNDLE_FILE: Final = 1 << 20  # bytes of one file; the longest, the list of countries, has about 60 KiB
