"""The versions of a consent: each one a document of its own that names the one before; none is ever edited. Pure.

What was read aloud to the person is told by a digest, so that what is recorded is what was heard.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from nodes.gateway.wishes import InputFault
from policies.documents import text_at
from policies.predicates.guardians import RECORDED, guardian_fault, representation_fault
from policies.predicates.records import read_back_fault
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten
from protocol.consent_digest import sheet_digest, version_digest

RENEWED_DAYS: Final = 90
"""How long a renewal lasts unless the person says less."""
_ASKED_ANEW: Final = ("given_at", "teach_back", "read_back", "proof")
"""What every version is asked for anew; the rest is taken over as a proposal."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """That a sheet was read aloud and confirmed: its digest, in which language, before which witness, when."""

    sheet: str
    language: str
    witness: str
    at: int


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest version of a consent: its number and digest, and whether all of the consent was withdrawn."""

    version: int
    digest: str
    withdrawn: bool


def sheet_of(document: Mapping[str, JSON]) -> str:
    """Return the digest of what is read aloud of a record, in hex."""
    return sheet_digest(flatten(dict(document))).hex()


def digest_of_version(document: Mapping[str, JSON]) -> str:
    """Return the digest by which a renewal names this version, in hex."""
    return version_digest(flatten(dict(document))).hex()


def with_read_back(document: Mapping[str, JSON], read: ReadBack) -> dict[str, JSON]:
    """Return the record with the note that it was read back; another note is replaced."""
    record = document.get("record")
    at = datetime.fromtimestamp(read.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    note: dict[str, JSON] = {
        "sheet": read.sheet,
        "language": read.language,
        "read_at": at,
        "witness": read.witness,
    }
    return {**document, "record": {**(record if isinstance(record, dict) else {}), "read_back": note}}


def record_fault(document: Mapping[str, JSON], *, authority: bool) -> InputFault | None:
    """Return why a record that fits its schema does not count, None when it does.

    It was read back as it stands before a witness who did not ask, and whoever consents for a child may do so.
    ``authority`` tells whether a child-protection authority is among holder and recipients.
    """
    lacking = read_back_fault(document)
    if lacking == "same-person":
        return InputFault("/record/read_back/witness", "SAME_PERSON", "The witness is somebody else than who asked.")
    if lacking is not None:
        return InputFault("/record/read_back", "MISSING", "Read the sheet to the person first and note the witness.")
    if text_at(document, "/record/read_back/sheet") != sheet_of(document):
        words = "What was read back is not what is to be recorded. Read the sheet of this record to the person."
        return InputFault("/record/read_back/sheet", "OTHER_SHEET", words)
    if representation_fault(document) is not None:
        words = "A guardian without conflict of interests, or the authority, consents for a child."
        return InputFault("/record/type", "NOT_REPRESENTED", words)
    if text_at(document, RECORDED.status) and guardian_fault(document, RECORDED, authority=authority) is not None:
        words = "In place of a conflicted or missing guardian the child-protection authority takes part."
        return InputFault("/record/child/guardian", "NOT_REPRESENTED", words)
    return None


def version_fault(document: Mapping[str, JSON], latest: Latest | None) -> InputFault | None:
    """Return why a document is not the next version of its consent, None when it is."""
    renews = document.get("phase") == "renew"
    if latest is None:
        if renews or document.get("version") != 1:
            return InputFault("/version", "WRONG_VERSION", "A new consent begins with version 1, in the phase record.")
        return None
    if latest.withdrawn:
        return InputFault("/consent_id", "WITHDRAWN", "This consent was withdrawn. A new one has an id of its own.")
    if not renews or document.get("version") != latest.version + 1:
        words = f"Version {latest.version} is here and stays as it is; the next one renews it as {latest.version + 1}."
        return InputFault("/version", "WRONG_VERSION", words)
    if document.get("previous") != latest.digest:
        return InputFault("/previous", "WRONG_VERSION", "This is not the digest of the version before.")
    return None


def renewal_of(document: Mapping[str, JSON], now: int, kept: frozenset[tuple[str, str, str]]) -> dict[str, JSON]:
    """Return a proposal for the next version: the cells that still stand, without what must be asked anew.

    ``kept`` are the recipient, category and purpose of each cell that was not withdrawn.
    """
    found = copy.deepcopy(dict(document))
    version, record = found.get("version"), found.get("record")
    found |= {
        "phase": "renew",
        "version": version + 1 if isinstance(version, int) else 1,
        "previous": digest_of_version(document),
    }
    if isinstance(record, dict):
        today = datetime.fromtimestamp(now, UTC).date()
        until = (today + timedelta(days=RENEWED_DAYS)).isoformat()
        proposed: dict[str, JSON] = {name: each for name, each in record.items() if name not in _ASKED_ANEW}
        grants = proposed.get("grants")
        cells = [each for each in grants if isinstance(each, dict)] if isinstance(grants, list) else []
        proposed |= {
            "valid_from": today.isoformat(),
            "expires": until,
            "grants": [
                {**each, "until": until}
                for each in cells
                if (each.get("recipient"), each.get("category"), each.get("purpose")) in kept
            ],
        }
        found["record"] = proposed
    return found
