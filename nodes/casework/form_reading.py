"""From what was typed to a document, with everything that could not be read and where it stands. Pure.

Blank fields are not there, blank members of a list close up; ``places`` leads from the document back to the form.
What cannot be read stands in the document as it was typed, and the validator refuses it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nodes.casework.form_values import KIND, Twig, Typed, grow, is_blank
from nodes.casework.form_words import NO, YES, Unread, read_number, read_value
from policies.clocks.zones import Zone
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.rows import escape

TEXT: Final = "text"
NUMBER: Final = "number"
TRUTH: Final = "truth"
"""Kinds of a value that a document leaves open."""
NONE: Final = "none"
"""Says of a list that it is there and holds nothing, where a document may say so."""
UNKNOWN: Final = "UNKNOWN_FIELD"
TWICE: Final = "WRONG_FORM"
_FEWEST: Final = "minItems"


@dataclass(frozen=True, slots=True)
class Misread:
    """One field that could not be read: its name, and a code that has words."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class ReadForm:
    """A document as far as it was typed. ``places`` maps its paths to the names of the form's fields."""

    document: dict[str, JSON]
    misread: tuple[Misread, ...]
    places: Mapping[str, str]

    def name_of(self, path: str) -> str:
        """Return the name of the field at a path, also where nothing was typed yet."""
        above, rest = path, ""
        while above and above not in self.places:
            above, _, step = above.rpartition("/")
            rest = f"/{step}{rest}"
        return f"{self.places.get(above, '')}{rest}"


def read_form(root: FieldSpec, typed: Typed, zone: Zone) -> ReadForm:
    """Return the document that was typed, as far as it can be read."""
    twig, strange = grow(typed)
    reader = _Reader(zone)
    found = reader.read(_At(root, twig))
    misread = [*(Misread(each, UNKNOWN) for each in strange), *reader.misread]
    return ReadForm(found if isinstance(found, dict) else {}, tuple(misread), reader.places)


class _Nothing:
    """Stands for what was not typed."""


_NOTHING = _Nothing()


@dataclass(frozen=True, slots=True)
class _At:
    """A field, what was typed there, its path in the document, and its name in the form."""

    field: FieldSpec
    twig: Twig
    path: str = ""
    name: str = ""


@dataclass(slots=True)
class _Reader:
    zone: Zone
    misread: list[Misread] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def read(self, at: _At) -> JSON | _Nothing:
        self.places[at.path] = at.name
        spec = at.field
        if spec.kind == "object":
            return self._object(at)
        if spec.items is not None and spec.items.kind == "object":
            return self._members(at, spec.items)
        self._refuse(at, at.twig.inner)
        if spec.items is not None:
            return self._list(at, spec.items)
        return self._single(at)

    def _object(self, at: _At) -> JSON | _Nothing:
        if at.twig.typed:
            self.misread.append(Misread(at.name, UNKNOWN))
        known = {step: each for step, each in at.twig.inner.items() if step.removesuffix(KIND) in at.field.properties}
        self._refuse(at, at.twig.inner.keys() - known.keys())
        found: dict[str, JSON] = {}
        for step in dict.fromkeys(each.removesuffix(KIND) for each in known):
            below = f"/{escape(step)}"
            inner = _At(at.field.properties[step], known.get(step, Twig()), at.path + below, at.name + below)
            value = self._inside(inner, known.get(f"{step}{KIND}", Twig()).typed or (TEXT,))
            if not isinstance(value, _Nothing):
                found[step] = value
        marks = {step for step in found if at.field.properties[step].notes.declares}
        return found if found.keys() - marks else _NOTHING

    def _inside(self, at: _At, kinds: Sequence[str]) -> JSON | _Nothing:
        if at.field.kind == "scalar":
            self.places[at.path] = at.name
            return self._open_kind(at, kinds[-1])
        value = self.read(at)
        empty = isinstance(value, _Nothing) and at.field.items is not None and _FEWEST not in at.field.bounds
        return [] if empty and NONE in kinds else value

    def _open_kind(self, at: _At, kind: str) -> JSON | _Nothing:
        typed = self._one(at)
        if isinstance(typed, _Nothing):
            return typed
        value: JSON | Unread = typed
        if kind == NUMBER:
            value = read_number(typed)
        elif kind == TRUTH and typed.strip() in (YES, NO):
            value = typed.strip() == YES
        return self._noted(at, typed, value)

    def _members(self, at: _At, member: FieldSpec) -> JSON | _Nothing:
        if at.twig.typed:
            self.misread.append(Misread(at.name, UNKNOWN))
        members: list[JSON] = []
        listed = dict(at.twig.members())
        self._refuse(at, at.twig.inner.keys() - listed.keys())
        for step, twig in listed.items():
            value = self.read(_At(member, twig, f"{at.path}/{len(members)}", f"{at.name}/{step}"))
            if not isinstance(value, _Nothing):
                members.append(value)
        return members or _NOTHING

    def _list(self, at: _At, member: FieldSpec) -> JSON | _Nothing:
        values: list[JSON] = []
        for typed in at.twig.typed or ():
            if is_blank(typed):
                continue
            inner = _At(member, at.twig, f"{at.path}/{len(values)}", at.name)
            self.places[inner.path] = inner.name
            values.append(self._noted(inner, typed, read_value(member, typed, self.zone)))
        return values or _NOTHING

    def _single(self, at: _At) -> JSON | _Nothing:
        typed = self._one(at)
        if isinstance(typed, _Nothing):
            return typed
        return self._noted(at, typed, read_value(at.field, typed, self.zone))

    def _one(self, at: _At) -> str | _Nothing:
        values = [each for each in at.twig.typed or () if not is_blank(each)]
        if len(values) > 1:
            self.misread.append(Misread(at.name, TWICE))
        return values[0] if values else _NOTHING

    def _noted(self, at: _At, typed: str, value: JSON | Unread) -> JSON:
        if isinstance(value, Unread):
            self.misread.append(Misread(at.name, value.why.value))
            return typed
        return value

    def _refuse(self, at: _At, steps: "set[str] | Mapping[str, Twig]") -> None:
        self.misread += [Misread(f"{at.name}/{escape(each)}", UNKNOWN) for each in sorted(steps)]
