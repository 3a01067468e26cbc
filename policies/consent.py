"""Consent as a matrix: which recipient may have which data category for which purpose, until when.

A consent has versions; the newest decides and a withdrawal ends all of them. Nothing is implied: a cell that is not
granted is refused, and an implicit consent cannot be written down (GDPR 6, 7, 9; predicate DP-28 in the rules).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from protocol.ids import NodeId, Reference


class ConsentKind(StrEnum):
    """How consent was given. Implicit consent is not among them; the codes are the catalogue's."""

    EXPLICIT_WRITTEN = "explicit-written"
    EXPLICIT_ORAL = "explicit-oral"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class Grant:
    """One cell of the matrix: ``recipient`` may have ``category`` for ``purpose`` until ``until`` (exclusive)."""

    recipient: NodeId
    category: str
    purpose: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentMatrix:
    """One version of a person's consent. ``consent`` is the same for all versions. Times are seconds UTC."""

    consent: Reference
    version: int
    kind: ConsentKind
    valid_from: int
    expires_at: int  # exclusive
    grants: tuple[Grant, ...]
    withdrawn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One cell that a message needs, at the time it is sent; ``longest`` bounds the age of a consent in seconds."""

    recipient: NodeId
    category: str
    purpose: str
    at: int
    longest: int


class Gap(StrEnum):
    """Why a consent does not carry what is asked."""

    NOT_HELD = "not-held"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    NOT_YET = "not-yet"
    EXPIRED = "expired"
    NOT_GRANTED = "not-granted"


def find_gap(matrix: ConsentMatrix, ask: Ask, held: Iterable[ConsentMatrix]) -> Gap | None:
    """Return why ``matrix`` does not permit ``ask``, or None when it does.

    ``held`` are all versions known here: a newer one supersedes, and a withdrawal of any version withdraws them all.
    """
    versions = [each for each in held if each.consent == matrix.consent]
    if any(each.withdrawn_at is not None for each in (matrix, *versions)):
        return Gap.WITHDRAWN
    if any(each.version > matrix.version for each in versions):
        return Gap.SUPERSEDED
    if ask.at < matrix.valid_from:
        return Gap.NOT_YET
    if ask.at >= min(matrix.expires_at, matrix.valid_from + ask.longest):
        return Gap.EXPIRED
    cells = [
        g for g in matrix.grants if (g.recipient, g.category, g.purpose) == (ask.recipient, ask.category, ask.purpose)
    ]
    if not cells:
        return Gap.NOT_GRANTED
    return None if any(ask.at < cell.until for cell in cells) else Gap.EXPIRED
