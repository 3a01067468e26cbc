"""A document as rows of path and value, and back, without loss (docs/wire.md section 3.5).

Paths are JSON pointers (RFC 6901). A value is text, an integer, true, false, null, or an empty object or list; what
holds something is told by the paths of what it holds. Every step that is a number is a position in a list.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from protocol.catalogue.documents import DIGITS, JSON, check_document
from protocol.cbor import Item
from protocol.errors import Code, Fault, Malformed
from protocol.limits import MAX_DEPTH, MAX_PATH, MAX_ROWS

Tree = dict[str, "Tree | Leaf"]


class Leaf:
    """A value on its way back into a document; its own type, so that an empty object is no tree."""

    __slots__ = ("value",)

    def __init__(self, value: JSON) -> None:
        self.value: Final = value


def flatten(document: JSON) -> list[tuple[str, Item]]:
    """Return the rows of a document, strictly ascending by path.

    MALFORMED for what ``check_document`` refuses, for a document that is not an object with something in it, and for a
    path longer than MAX_PATH bytes.
    """
    check_document(document)
    if not isinstance(document, dict) or not document:
        raise Malformed("a part is an object that holds something")
    rows = sorted(_rows(document, ""), key=lambda row: row[0])
    if any(len(path.encode()) > MAX_PATH for path, _ in rows):
        raise Malformed("path too long")
    return rows


def _rows(value: JSON, path: str) -> Iterator[tuple[str, Item]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _rows(each, f"{path}/{escape(key)}")
    elif isinstance(value, list) and value:
        for position, each in enumerate(value):
            yield from _rows(each, f"{path}/{position}")
    else:
        yield path, value


def escape(key: str) -> str:
    """Return ``key`` as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def steps(path: str) -> list[str]:
    """Return the unescaped steps of a JSON pointer; MALFORMED when it is none."""
    first, *rest = path.split("/")
    if "~" not in path and not first:
        return rest
    if first or any(each.replace("~0", "").replace("~1", "").count("~") for each in rest):
        raise Malformed("path")
    return [each.replace("~1", "/").replace("~0", "~") for each in rest]


def unflatten(rows: Iterable[tuple[str, Item]]) -> dict[str, JSON]:
    """Return the one document whose rows these are: ``flatten`` of it gives them again.

    FIELD_ORDER when paths repeat or do not ascend; MALFORMED for rows that no document has. Rows may come from a peer.
    """
    taken = list(rows)
    if not 1 <= len(taken) <= MAX_ROWS:
        raise Malformed("rows")
    if any(a[0] >= b[0] for a, b in pairwise(taken)):
        raise Fault(Code.FIELD_ORDER)
    root: Tree = {}
    homes = {"": root}
    for path, value in taken:
        _put(homes, path, value)
    document = _value(root)
    check_document(document)
    if not isinstance(document, dict):
        raise Malformed("a part is an object")
    return document


def _put(homes: dict[str, Tree], path: str, value: Item) -> None:
    """Put a value where its path says; ``homes`` holds by its path whatever has something inside."""
    if not isinstance(value, (str, int)) and value is not None and value not in ({}, []):
        raise Malformed("row value")
    size = len(path) if path.isascii() else len(path.encode("utf-8", "surrogatepass"))
    above, found, last = path.rpartition("/")
    if not found or size > MAX_PATH:
        raise Malformed("path")
    home = homes.get(above)
    if home is None:
        home = homes[above] = _home(homes[""], steps(above))
    # Ascending rows name a value before anything inside it, so nothing can stand here yet.
    at = last if "~" not in last else steps(f"/{last}")[0]
    home[at] = Leaf(value)  # type: ignore[arg-type]  # checked above; integers are bounded by check_document


def _home(root: Tree, way: list[str]) -> Tree:
    if len(way) >= MAX_DEPTH:
        raise Malformed("path")
    at = root
    for step in way:
        found = at.setdefault(step, {})
        if isinstance(found, Leaf):
            raise Malformed("a value with something inside")
        at = found
    return at


def _value(node: "Tree | Leaf") -> JSON:
    if isinstance(node, Leaf):
        return node.value
    for key in node:
        if key[:1] in DIGITS:
            return _list(node)
    return {key: _value(each) for key, each in node.items()}


def _list(node: Tree) -> list[JSON]:
    positions = [str(position) for position in range(len(node))]
    if node.keys() != set(positions):
        raise Malformed("a list with gaps")
    return [_value(node[position]) for position in positions]
