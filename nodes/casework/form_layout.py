"""From a template and what was typed to the items of a page, in one language. Pure.

A template names fields; a thing among them shows what it cannot be without, what was typed, and folds the rest away.
What is not there yet is opened on request, so that a page is as long as its content and no longer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nodes.casework.form_fields import Choice, Group, Item, Kind, Opener, Question, Section, Series
from nodes.casework.form_reading import NONE, TEXT
from nodes.casework.form_values import KIND, Twig, Typed, at_or_below, grow
from protocol.catalogue.code_lists import CodeList
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.catalogue.forms import Template
from protocol.catalogue.rows import escape, steps
from protocol.catalogue.types import Catalogue

RADIOS: Final = 6
"""As many codes are shown side by side; more stand in a list that opens."""
CHECKBOXES: Final = 12
_NOT_TYPED: Final = frozenset(("/attachments",))
"""What the document says of files is written by whoever reads them."""
_LONGEST, _MOST, _FEWEST = "maxLength", "maxItems", "minItems"
_ITEM: Final = "item"
_EVALUATION: Final = "/evaluation"
"""Nobody has to evaluate: what is left empty is marked as not evaluated. So it folds all but its codes."""
_KINDS: Final = {
    "text": Kind.TEXT,
    "date": Kind.DAY,
    "partial_date": Kind.PARTIAL_DAY,
    "instant": Kind.TIME,
    "phone": Kind.PHONE,
    "email": Kind.EMAIL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """In which words, with what, and how far open a form is shown."""

    catalogue: Catalogue
    language: str
    typed: Typed
    opened: frozenset[str] = frozenset()
    nodes: Mapping[str, str] = field(default_factory=dict)  # participants by id, with their labels
    derived: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()  # filled by the template, shown to nobody


def lay_out(root: FieldSpec, template: Template, showing: Showing) -> tuple[Group, ...]:
    """Return the groups of a template with what was typed, those without a field left out."""
    maker = _Maker(root, showing, grow(showing.typed)[0])
    groups = [Group(maker.text(each.title), maker.pointed(each.fields)) for each in template.groups]
    return tuple(each for each in groups if each.items)


def items_at(root: FieldSpec, pointers: Sequence[str], showing: Showing) -> tuple[Item, ...]:
    """Return the items at some places of a document."""
    return _Maker(root, showing, grow(showing.typed)[0]).pointed(pointers)


@dataclass(frozen=True, slots=True)
class _Place:
    """A field with its name, what was typed there, and whether its thing cannot be without it."""

    field: FieldSpec
    name: str
    twig: Twig
    required: bool


@dataclass(frozen=True, slots=True)
class _Maker:
    root: FieldSpec
    showing: Showing
    twig: Twig

    def text(self, label: str) -> str:
        return self.showing.catalogue.text(label, self.showing.language)

    def pointed(self, pointers: Iterable[str]) -> tuple[Item, ...]:
        items = [self._item(self._place(each)) for each in pointers if each not in _NOT_TYPED]
        return tuple(each for each in items if each is not None)

    def _place(self, pointer: str) -> _Place:
        field, twig, required = self.root, self.twig, True
        for step in steps(pointer):
            found = find_field(field, f"/{escape(step)}")
            if found is None:
                raise KeyError(pointer)
            required = step in field.required
            field, twig = found, twig.inner.get(step, Twig())
        return _Place(field, pointer, twig, required)

    def _item(self, place: _Place) -> Item | None:
        spec = place.field
        if spec.notes.act or (spec.items is not None and spec.items.notes.act) or place.name in self.showing.hidden:
            return None
        if spec.notes.declares == "attachment" or spec.notes.reference == "attachment":
            return None
        if spec.kind == "object":
            return self._thing(place)
        if spec.items is not None and spec.items.kind == "object":
            return self._series(place, spec.items)
        return self._question(place)

    def _thing(self, place: _Place) -> Item:
        if not place.required and not self._is_open(place.name) and place.twig.is_blank():
            return Opener(place.name, self._label(place.field))
        return self._section(place, removable=not place.required)

    def _is_open(self, name: str) -> bool:
        return any(at_or_below(each, name) for each in self.showing.opened)

    def _section(self, place: _Place, *, removable: bool) -> Section:
        asked: list[Item] = []
        more: list[Item] = []
        for name, spec in place.field.properties.items():
            twig = place.twig.inner.get(name, Twig())
            inner = _Place(spec, f"{place.name}/{escape(name)}", twig, name in place.field.required)
            item = self._item(inner)
            if item is None:
                continue
            wanted = inner.required and not (_in_evaluation(inner.name) and not spec.codes)
            now = wanted or not twig.is_blank() or self._is_open(inner.name)
            (asked if now else more).append(item)
        if not asked:  # a bare holder of other things has nothing to fold them behind
            asked, more = more, []
        label = self._label(place.field)
        return Section(name=place.name, label=label, asked=tuple(asked), more=tuple(more), removable=removable)

    def _series(self, place: _Place, member: FieldSpec) -> Series:
        there = [step for step, twig in place.twig.members() if not twig.is_blank()]
        prefix = f"{place.name}/"
        opened = {each.removeprefix(prefix).split("/")[0] for each in self.showing.opened if each.startswith(prefix)}
        positions = sorted({*map(int, there), *(int(each) for each in opened if each.isdecimal())})
        if not positions and place.required:
            positions = [0]
        members = [self._member(place, member, str(each)) for each in positions]
        most = place.field.bounds.get(_MOST)
        room = most is None or len(members) < most
        following = str(positions[-1] + 1 if positions else 0)
        add = f"{prefix}{following}" if room else None
        return Series(name=place.name, label=self._label(place.field), members=tuple(members), add=add)

    def _member(self, place: _Place, member: FieldSpec, step: str) -> Section:
        twig = place.twig.inner.get(step, Twig())
        return self._section(_Place(member, f"{place.name}/{step}", twig, required=True), removable=True)

    def _question(self, place: _Place) -> Question:
        spec = place.field
        kind, choices = self._asking(spec)
        if spec.notes.declares:
            kind = Kind.HIDDEN
        elif kind is Kind.RADIOS and _in_evaluation(place.name):
            kind = Kind.SELECT
        member = spec if spec.items is None else spec.items
        chosen = (self.showing.typed.get(f"{place.name}{KIND}") or ("",))[-1]
        return Question(
            name=place.name,
            label=self._label(spec),
            kind=kind,
            required=place.required and not _in_evaluation(place.name),
            typed=tuple(place.twig.typed or ()),
            choices=choices,
            longest=member.bounds.get(_LONGEST),
            most=spec.bounds.get(_MOST),
            derived=place.name in self.showing.derived,
            chosen=chosen or (TEXT if kind is Kind.SCALAR else ""),
            may_be_none=spec.items is not None and _FEWEST not in spec.bounds and chosen in ("", NONE),
            notes=self.showing.catalogue.footnotes(
                member.codes, [each.value for each in choices], self.showing.language
            ),
        )

    def _asking(self, spec: FieldSpec) -> tuple[Kind, tuple[Choice, ...]]:
        member = spec if spec.items is None else spec.items
        several = spec.items is not None
        choices = self._choices(member)
        if member.codes or member.form == "node" or choices:
            if several:
                return (Kind.CHECKBOXES if len(choices) <= CHECKBOXES else Kind.SELECTS), choices
            return (Kind.RADIOS if len(choices) <= RADIOS else Kind.SELECT), choices
        if several:
            return Kind.LINES, ()
        if spec.kind in ("boolean", "integer", "scalar"):
            return {"boolean": Kind.TRUTH, "integer": Kind.NUMBER, "scalar": Kind.SCALAR}[spec.kind], ()
        return _KINDS.get(spec.form, Kind.LINE), ()

    def _choices(self, spec: FieldSpec) -> tuple[Choice, ...]:
        catalogue, language = self.showing.catalogue, self.showing.language
        if spec.form == "node":
            return tuple(Choice(node, label) for node, label in self.showing.nodes.items())
        if spec.notes.reference == _ITEM:
            return self._marks()
        known: CodeList | None = catalogue.code_lists.get(spec.codes)
        codes = () if known is None else tuple(known.entries)
        return tuple(Choice(each, catalogue.code(spec.codes, each, language)) for each in codes)

    def _marks(self) -> tuple[Choice, ...]:
        """Return the things of this document that others may point to, each with the first words typed of it."""
        found = []
        for name, values in self.showing.typed.items():
            above, _, last = name.rpartition("/")
            mark = values[0].strip() if values else ""
            field = find_field(self.root, name) if name.startswith("/") and KIND not in name else None
            if mark and field is not None and field.notes.declares == _ITEM:
                found.append(Choice(mark, self._told(above, last, mark)))
        return tuple(found)

    def _told(self, above: str, mark_name: str, mark: str) -> str:
        inside = {
            name: values[0]
            for name, values in self.showing.typed.items()
            if name.startswith(f"{above}/") and not name.endswith((f"/{mark_name}", KIND)) and values
        }
        lines = [value for name, value in inside.items() if self._is_line(name) and value.strip()]
        return f"{mark}: {' '.join(lines[:2])}" if lines else mark

    def _is_line(self, name: str) -> bool:
        field = find_field(self.root, name)
        return field is not None and field.kind == "string" and not field.codes and field.form in ("line", "phone")

    def _label(self, field: FieldSpec) -> str:
        return self.text(field.label) if field.label else field.name


def _in_evaluation(name: str) -> bool:
    return name.rpartition("/")[0].endswith(_EVALUATION)
