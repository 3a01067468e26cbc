"""The digest by which a renewal names the version of a consent before it, and a sheet what was read aloud.

Versions are never edited, so a chain of them shows what was allowed when. Bytes: docs/wire.md section 3.12.
"""

import hashlib
from collections.abc import Iterable

from protocol.cbor import Item, encode
from protocol.domains import CONSENT
from protocol.fields import Field

READ_BACK = "/record/read_back"
"""Where a record says that it was read back. What was read aloud is the record without it."""


def version_digest(rows: Iterable[Field]) -> bytes:
    """Return the digest of one version of a consent from all its rows, in row order."""
    return _digest(rows)


def sheet_digest(rows: Iterable[Field]) -> bytes:
    """Return the digest of what was read aloud: the version without the rows that tell of the reading."""
    return _digest(row for row in rows if not f"{row[0]}/".startswith(f"{READ_BACK}/"))


def _digest(rows: Iterable[Field]) -> bytes:
    listed: list[Item] = [[path, value] for path, value in rows]
    return hashlib.sha256(encode([CONSENT, listed])).digest()
