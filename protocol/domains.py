"""Every domain string of the wire, in one table: what is signed or hashed under one string is not valid under another.

The signed kinds enter ``external_aad`` (protocol decision 2); the others are the first element of what is hashed. The
first word names the wire, not a product, and stays. Bytes: docs/wire.md section 2.3.
"""

from typing import Final

# Signed objects
MESSAGE: Final = "xb/1 message"
STATEMENT: Final = "xb/1 statement"
EVIDENCE: Final = "xb/1 evidence"
TOKEN: Final = "xb/1 token"  # noqa: S105 - a consent or approval token is an object of the wire, no secret
MAILBOX: Final = "xb/1 mailbox"
REQUEST: Final = "xb/1 request"
ACT: Final = "xb/1 act"
RESTART: Final = "xb/1 restart"
REPORT: Final = "xb/1 report"
ANCHOR: Final = "xb/1 anchor"
ERASURE: Final = "xb/1 erasure"
HUB_ACT: Final = "xb/1 hub act"

# Hashed
KEY: Final = "xb/1 key"
IDENTITY: Final = "xb/1 identity"
RECIPIENT_KEY: Final = "xb/1 recipient key"
WRAP: Final = "xb/1 wrap"
DRAFT: Final = "xb/1 draft"
CONSENT: Final = "xb/1 consent"
HOLD: Final = "xb/1 hold"
ANCHORED: Final = "xb/1 anchored"

SIGNED: Final = (MESSAGE, STATEMENT, EVIDENCE, TOKEN, MAILBOX, REQUEST, ACT, RESTART, REPORT, ANCHOR, ERASURE, HUB_ACT)
HASHED: Final = (KEY, IDENTITY, RECIPIENT_KEY, WRAP, DRAFT, CONSENT, HOLD, ANCHORED)
