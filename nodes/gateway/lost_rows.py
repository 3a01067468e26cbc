"""Which rows of a document stay when a consent covers fewer categories of data than before. Pure.

What the schema does not call personal stays: dates, references and answers say nothing of the person.
"""

from collections.abc import Sequence
from typing import Final

from protocol.catalogue.documents import JSON
from protocol.catalogue.marks import walk
from protocol.catalogue.rows import unflatten
from protocol.catalogue.types import Catalogue
from protocol.errors import Fault
from protocol.fields import Field
from protocol.ids import TypeId
from protocol.short_reference import PATH

_CATEGORIES: Final = "data_category"


def kept_paths(
    catalogue: Catalogue, type_: TypeId, part: str, rows: Sequence[Field], kept: frozenset[str]
) -> frozenset[str] | None:
    """Return the paths of the rows that stay when of personal data only the categories ``kept`` may be read.

    None when nothing can stay: the type is not known, or what would be left is no document.
    """
    known = catalogue.types.get(type_)
    schema = None if known is None else known.part(part)
    fields = [row for row in rows if row[0] != PATH]
    if schema is None or not fields:
        return None
    try:
        lost = {
            place.path
            for place in walk(schema.fields, unflatten(fields))
            if place.field.notes.personal
            and place.field.notes.category not in kept
            and not _impersonal(catalogue, place.field.notes.category)
        }
        left = [row for row in fields if row[0] not in lost]
        unflatten(left)
    except Fault:
        return None
    return frozenset(path for path, _ in rows if path not in lost)


def _impersonal(catalogue: Catalogue, category: str) -> bool:
    known = catalogue.code_lists.get(_CATEGORIES)
    value: JSON = None if known is None else known.more(category, "impersonal")
    return value is True
