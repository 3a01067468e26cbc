"""From the documents of a consent (message MT-V6) to the matrix that rules ask. Pure.

Days are whole days in UTC: what is granted from a day begins with it, what is granted until a day holds to its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from policies.consent import ConsentKind, ConsentMatrix, Grant
from policies.documents import text_at, value_at
from protocol.catalogue.documents import JSON
from protocol.charter import DAY
from protocol.errors import Malformed
from protocol.ids import Reference, parse_node_id, parse_reference

_KINDS: Final = {each.value: each for each in ConsentKind}
_WHOLE: Final = "all"
_LISTS: Final = ("recipients", "categories", "purposes")


def read_matrix(document: Mapping[str, JSON]) -> ConsentMatrix:
    """Return the matrix of a record or renewal; MALFORMED for a document that the catalogue would refuse."""
    kind = _KINDS.get(text_at(document, "/record/type").replace("_", "-"))
    grants = value_at(document, "/record/grants")
    if kind is None or not isinstance(grants, list):
        raise Malformed("consent record")
    return ConsentMatrix(
        consent=read_consent_id(document),
        version=read_version(document),
        kind=kind,
        valid_from=_begin_of(text_at(document, "/record/valid_from")),
        expires_at=_end_of(text_at(document, "/record/expires")),
        grants=tuple(_read_grant(each) for each in grants),
    )


def apply_withdrawal(matrix: ConsentMatrix, document: Mapping[str, JSON], at: int) -> ConsentMatrix:
    """Return what a withdrawal leaves: nothing of it when it is whole, otherwise the cells that it does not name.

    A withdrawal of a part names recipients, categories or purposes; a cell that fits every list it names ends.
    """
    check_withdrawal(document)
    if is_whole(document):
        return replace(matrix, withdrawn_at=at)
    lists = [value_at(document, f"/withdrawal/{name}") for name in _LISTS]
    return replace(matrix, grants=tuple(each for each in matrix.grants if not _ends(each, lists)))


def check_withdrawal(document: Mapping[str, JSON]) -> None:
    """Raise MALFORMED for a withdrawal that is neither whole nor of any part."""
    if not is_whole(document) and all(value_at(document, f"/withdrawal/{name}") is None for name in _LISTS):
        raise Malformed("a withdrawal of nothing")


def is_whole(document: Mapping[str, JSON]) -> bool:
    """Tell whether a withdrawal ends all of the consent."""
    return text_at(document, "/withdrawal/scope") == _WHOLE


def read_consent_id(document: Mapping[str, JSON]) -> Reference:
    """Return which consent a document is about; MALFORMED when it names none."""
    try:
        return parse_reference(bytes.fromhex(text_at(document, "/consent_id")))
    except ValueError:
        raise Malformed("consent id") from None


def read_version(document: Mapping[str, JSON]) -> int:
    """Return the version of the consent that a document is about."""
    found = document.get("version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise Malformed("version of a consent")
    return found


def _read_grant(cell: JSON) -> Grant:
    category, purpose = text_at(cell, "/category"), text_at(cell, "/purpose")
    if not category or not purpose:
        raise Malformed("grant")
    return Grant(parse_node_id(text_at(cell, "/recipient")), category, purpose, _end_of(text_at(cell, "/until")))


def _ends(grant: Grant, lists: Sequence[object]) -> bool:
    cell = (grant.recipient, grant.category, grant.purpose)
    return all(
        listed is None or (isinstance(listed, list) and each in listed)
        for each, listed in zip(cell, lists, strict=True)
    )


def _begin_of(day: str) -> int:
    try:
        found = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed("day") from None
    return int(found.timestamp())


def _end_of(day: str) -> int:
    return _begin_of(day) + DAY
