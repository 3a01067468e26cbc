"""The worked example of docs/wire.md as a list of steps with named bytes.

Inputs are written down in code. Values that a library makes at random (encapsulations, ML-DSA signatures) are stored
once and verified ever after; everything else is derived anew each time.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "wire-example" / "example.json"


@dataclass(frozen=True, slots=True)
class Value:
    """One named byte string. ``kind`` is input, random or derived."""

    name: str
    kind: str
    data: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step with the section that it shows and the words that stand above its values."""

    title: str
    words: str
    values: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """Collects steps. ``stored`` holds the random values; with ``fresh`` they are made anew."""

    stored: Mapping[str, bytes]
    fresh: bool = False
    steps: list[Step] = field(default_factory=list)

    def step(self, title: str, words: str) -> None:
        """Begin a step."""
        self.steps.append(Step(title, words))

    def put(self, name: str, data: bytes, note: str = "") -> bytes:
        """Add a derived value and return it."""
        return self._add(Value(name, "derived", data, note))

    def given(self, name: str, data: bytes, note: str = "") -> bytes:
        """Add an input and return it."""
        return self._add(Value(name, "input", data, note))

    def random(self, name: str, make: Callable[[], bytes], check: Callable[[bytes], object], note: str = "") -> bytes:
        """Add a stored random value after ``check`` accepted it; ``check`` raises when it does not fit."""
        data = make() if self.fresh else self.stored[name]
        check(data)
        return self._add(Value(name, "random", data, note))

    def values(self) -> dict[str, bytes]:
        """Return every value by name."""
        return {value.name: value.data for step in self.steps for value in step.values}

    def _add(self, value: Value) -> bytes:
        if value.name in self.values():
            raise ValueError(f"{value.name} stands twice")
        self.steps[-1].values.append(value)
        return value.data


def as_json(book: Book) -> str:
    """Return the example as programs read it."""
    steps = [
        {
            "step": number,
            "title": step.title,
            "values": [
                {"name": value.name, "kind": value.kind, "length": len(value.data), "hex": value.data.hex()}
                for value in step.values
            ],
        }
        for number, step in enumerate(book.steps, 1)
    ]
    return json.dumps({"specification": "docs/wire.md", "steps": steps}, indent=1) + "\n"


def stored_values() -> dict[str, bytes]:
    """Return every value of the stored example by name."""
    steps = json.loads(FILE.read_text(encoding="utf-8"))["steps"]
    return {value["name"]: bytes.fromhex(value["hex"]) for step in steps for value in step["values"]}
