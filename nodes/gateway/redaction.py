"""Which rows of a part are chosen for a disclosure, and what the chosen ones amount to for the rules. Pure.

Rules judge content by its annotations. A row can mean more than it says: a name is a victim's because of the role
beside it, and an item keeps its handling code and its owner when both stay withheld. So those words are judged with
whatever is shown of their item.
"""

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final

from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.rows import escape

_MARKS: Final = frozenset(("id", "from", "to", "kind"))
"""Fields by which persons, things and the links between them are told apart."""
_VALUE: Final = "value"
_OWNER: Final = "owner"
_CONSENT: Final = "consent"


class _Gone:
    """Stands for a value of which nothing is left."""


_GONE: Final = _Gone()


def choose(
    paths: Sequence[str], exact: Iterable[str], patterns: Iterable[str]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the chosen paths, and every wish that fits no row. ``*`` in a pattern stands for any characters."""
    chosen: set[str] = set()
    missing: list[str] = []
    for each in exact:
        (chosen.add if each in paths else missing.append)(each)
    for pattern in patterns:
        found = [path for path in paths if fnmatchcase(path, pattern)]
        chosen.update(found)
        missing += [] if found else [pattern]
    return frozenset(chosen), tuple(missing)


def shown_document(fields: FieldSpec, document: JSON, shown: Collection[str]) -> dict[str, JSON]:
    """Return what the rules have to judge of a document of which only the values at ``shown`` are disclosed.

    Positions in lists close up, so that the result is a document again.
    """
    found = _prune(fields, document, "", frozenset(shown))
    return found if isinstance(found, dict) else {}


def _prune(field: FieldSpec | None, value: JSON, path: str, shown: frozenset[str]) -> JSON | _Gone:
    if isinstance(value, dict) and value:
        entries = {
            name: _prune(None if field is None else field.properties.get(name), each, f"{path}/{escape(name)}", shown)
            for name, each in value.items()
        }
        kept = {name: each for name, each in entries.items() if not isinstance(each, _Gone)}
        return kept or _GONE
    if isinstance(value, list) and value:
        inner = None if field is None else field.items
        items = [_prune(inner, each, f"{path}/{position}", shown) for position, each in enumerate(value)]
        return [each for each in items if not isinstance(each, _Gone)] or _GONE
    return value if path in shown or _tells(field, path, shown) else _GONE


def _tells(field: FieldSpec | None, path: str, shown: frozenset[str]) -> bool:
    """Tell whether a withheld value decides what the shown ones beside it mean."""
    if field is None:
        return False
    notes = field.notes
    if notes.handling or notes.reference == _OWNER:
        item = f"{path.rsplit('/', 2)[0]}/"
        return any(each.startswith(item) for each in shown)
    return (
        notes.reference == _CONSENT
        or notes.role == _VALUE
        or (path.rpartition("/")[2] in _MARKS and not notes.personal)
    )
