"""One vector before it has a number: what it asks and what the answer must be."""

from dataclasses import dataclass, field

from egnatia.conformance.vector import OK, Vector, to_text
from protocol.errors import Code

Value = bytes | int | str | list[bytes] | list[str]


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    name: str
    expect: Code | str
    comment: str
    fields: dict[str, Value] = field(default_factory=dict)

    def vector(self) -> Vector:
        pairs = [
            (name, each)
            for name, value in self.fields.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        written = tuple((name, to_text(each) if isinstance(each, bytes) else str(each)) for name, each in pairs)
        return Vector(self.kind, str(self.expect), self.comment, written)


class Cases:
    """Collects the vectors of one kind; the fields of ``base`` stand in each unless replaced (None: left out)."""

    def __init__(self, kind: str, /, **base: Value) -> None:
        self.kind = kind
        self.base = {name.replace("_", "-"): value for name, value in base.items()}
        self.found: list[Case] = []

    def good(self, name: str, comment: str, /, **fields: Value | None) -> None:
        self.bad(OK, name, comment, **fields)

    def bad(self, expect: Code | str, name: str, comment: str, /, **fields: Value | None) -> None:
        own = {key.replace("_", "-"): value for key, value in fields.items()}
        merged = {key: value for key, value in (self.base | own).items() if value is not None}
        self.found.append(Case(self.kind, name, expect, comment, merged))
