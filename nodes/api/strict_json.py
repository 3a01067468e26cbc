"""JSON from outside: one reading only. No duplicate names, no NaN, no fractions, no deep nesting, no second text."""

import json
import re
from typing import Final

from protocol.errors import Malformed

MAX_NESTING: Final = 32  # a document of the catalogue nests 8 deep; the bound stops the parser's own recursion
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([\[{])|[\]}]', re.DOTALL)

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None
"""What a strict document consists of: there are no fractions in it."""


def parse_object(raw: bytes) -> dict[str, Json]:
    """Return the object that ``raw`` holds; MALFORMED, with the reason for a person, for anything else."""
    _check_nesting(raw)
    try:
        found = json.loads(
            raw.decode("utf-8", "strict"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_refuse_fraction,
        )
    except UnicodeDecodeError:
        raise Malformed("the text is not UTF-8") from None
    except (ValueError, RecursionError) as err:
        raise Malformed(f"no valid JSON: {err}") from None
    if not isinstance(found, dict):
        raise Malformed("a JSON object is expected")
    return found


def _check_nesting(raw: bytes) -> None:
    """Count brackets outside strings before anything recurses over them."""
    depth = 0
    for token in _TOKEN.finditer(raw):
        if token[1] is not None:
            depth += 1
        elif token[0] in (b"]", b"}"):
            depth -= 1
        if depth > MAX_NESTING:
            raise Malformed(f"nested deeper than {MAX_NESTING}")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name stands twice in one object")
    return found


def _refuse_constant(text: str) -> Json:
    raise Malformed(f"{text} is no JSON number")


def _refuse_fraction(text: str) -> Json:
    raise Malformed(f"{text}: numbers are whole here")
