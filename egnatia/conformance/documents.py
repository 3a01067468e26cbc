"""The last step of opening that needs neither directory nor schemas: the rows of a part form a document.

Specified in docs/wire.md sections 3.5 and 3.11.
"""

import json
from collections.abc import Iterable

from egnatia.conformance.vector import VectorError
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.fields import Row
from protocol.short_reference import PATH, find_reference


def read_document(rows: Iterable[Row]) -> dict[str, JSON]:
    """Return the document that rows form; MALFORMED for rows that no document has."""
    return unflatten((row.path, row.value) for row in rows)


def read_body(rows: tuple[Row, ...]) -> dict[str, JSON]:
    """Return the document of a body, whose short reference stands beside it; MALFORMED if either is none."""
    find_reference(rows)
    return read_document(row for row in rows if row.path != PATH)


def same_json(text: str, document: dict[str, JSON]) -> bool:
    """Tell whether ``text`` is JSON for this document, in whatever spelling; ``VectorError`` if it is no JSON."""
    try:
        told = json.loads(text)
    except ValueError:
        raise VectorError("json is no JSON") from None
    return json.dumps(told, sort_keys=True) == json.dumps(document, sort_keys=True)
