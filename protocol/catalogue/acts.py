"""What a personal signature covers: all rows of a part except the acts themselves (protocol decision 19).

Acts are made one after another over the same draft, so none of them covers another. Who may act, and the digest over
header and rows, are not decided here.
"""

from collections.abc import Iterable, Iterator

from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.types import MessageType
from protocol.cbor import Item


def act_paths(type_: MessageType) -> tuple[str, ...]:
    """Return the JSON pointers of the body's fields that hold acts, ascending."""
    return tuple(sorted(_paths(type_.body_schema.fields, "")))


def without_acts(type_: MessageType, rows: Iterable[tuple[str, Item]]) -> tuple[tuple[str, Item], ...]:
    """Return the rows of a body that stand outside every act, in their order."""
    prefixes = act_paths(type_)
    return tuple(row for row in rows if not any(f"{row[0]}/".startswith(f"{each}/") for each in prefixes))


def _paths(field: FieldSpec, path: str) -> Iterator[str]:
    for name, inner in field.properties.items():
        if inner.notes.act:
            yield f"{path}/{name}"
        else:
            yield from _paths(inner, f"{path}/{name}")
