"""What nobody types: marks of things, values of the template, and what follows from others or the recipients. Pure.

A value that a person typed wins over every value here; what was filled in stands in the form, to be seen and changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nodes.casework.form_values import Twig, Typed, grow, is_blank
from nodes.casework.form_writing import write_form
from nodes.gateway.forms import Filling, computed, fill
from policies.clocks.zones import Zone
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.forms import Template
from protocol.catalogue.rows import escape, flatten
from protocol.catalogue.types import Catalogue
from protocol.errors import Fault

_AREA: Final = "/crime_area"
_AREAS: Final = "crime_area"
_USUAL_AREA: Final = "trafficking_in_persons"  # the crime this network exists for; a person may change it
_FACTS: Final = "/facts"
_MINUTE: Final = 60
_EVALUATION: Final = "/evaluation"


@dataclass(frozen=True, slots=True)
class Quick:
    """The short way to ask one usual question: the fields that are asked, and where the country belongs.

    ``may_lack`` are those of the fields without which the question still makes sense.
    """

    asked: tuple[str, ...]
    country: str | None = None
    may_lack: tuple[str, ...] = ()

    @property
    def needed(self) -> frozenset[str]:
        """The fields without which the question makes no sense."""
        return frozenset(self.asked) - frozenset(self.may_lack)


_SUBJECTS: Final = "/subjects"
QUICK: Final[Mapping[str, Quick]] = {
    "vehicle": Quick((f"{_SUBJECTS}/vehicles/0/plate", _FACTS), f"{_SUBJECTS}/vehicles/0/plate_country"),
    "person": Quick(
        (
            f"{_SUBJECTS}/persons/0/role",
            f"{_SUBJECTS}/persons/0/names/0/family",
            f"{_SUBJECTS}/persons/0/names/0/given",
            f"{_SUBJECTS}/persons/0/birth_date",
            "/connection",
            _FACTS,
        ),
        may_lack=(f"{_SUBJECTS}/persons/0/names/0/given", f"{_SUBJECTS}/persons/0/birth_date"),
    ),
    "phone": Quick((f"{_SUBJECTS}/phones/0/number", _FACTS)),
    "document": Quick(
        (f"{_SUBJECTS}/documents/0/kind", f"{_SUBJECTS}/documents/0/number", _FACTS),
        f"{_SUBJECTS}/documents/0/country",
    ),
    "address": Quick(
        (
            f"{_SUBJECTS}/places/0/city",
            f"{_SUBJECTS}/places/0/street",
            f"{_SUBJECTS}/places/0/house",
            _FACTS,
        ),
        f"{_SUBJECTS}/places/0/country",
        (f"{_SUBJECTS}/places/0/house",),
    ),
    "firearm": Quick((f"{_SUBJECTS}/firearms/0/kind", f"{_SUBJECTS}/firearms/0/serial", _FACTS)),
}
"""The usual questions (templates of MT-01) by the name of their template."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who fills the form and for whom: what values that nobody types are made from."""

    catalogue: Catalogue
    filling: Filling
    zone: Zone
    countries: tuple[str, ...] = ()  # of the recipients
    available: str = ""  # why the recipients' registers can hold the answer, in the message's language


def begin(root: FieldSpec, template: Template, writer: Writer) -> dict[str, list[str]]:
    """Return the form as a person finds it: everything that the template fills in, and the usual crime area."""
    filling = replace(writer.filling, now=writer.filling.now // _MINUTE * _MINUTE)  # nobody reads seconds
    document = fill(writer.catalogue, template, {}, filling) or {}  # a template may fill in nothing
    typed = write_form(root, document, writer.zone)
    if template.name in QUICK and _AREA not in typed:
        typed[_AREA] = [_USUAL_AREA]
    return {name: values for name, values in typed.items() if name not in template.hidden}


def derived_of(template: Template, typed: Typed) -> frozenset[str]:
    """Return the fields of a usual question that may stay empty because they follow from others."""
    possible = sources_of(template).keys()
    return frozenset(each for each in possible if not any(map(str.strip, typed.get(each, ()))))


def sources_of(template: Template) -> dict[str, str]:
    """Return which fields of a usual question follow from which others, where nobody fills them in."""
    quick = QUICK.get(template.name)
    if quick is None:
        return {}
    found = {"/necessity": _FACTS, "/offence/title": _AREA, "/availability": ""}
    return found | ({quick.country: ""} if quick.country is not None else {})


def complete(root: FieldSpec, template: Template, typed: Typed, writer: Writer) -> dict[str, list[str]]:
    """Return what was typed with the marks of new things, and the template's words in the message's language."""
    marked = name_things(root, typed)
    words = writer.catalogue.labels
    for name, label in template.prefill_text.items():
        found = marked.get(name, [])
        if any(found == [spoken[label]] for spoken in words.values() if label in spoken):
            marked[name] = [writer.catalogue.text(label, writer.filling.language)]
    return marked


def document_of(template: Template, document: Mapping[str, JSON], writer: Writer) -> dict[str, JSON] | None:
    """Return the document to be sent: hidden values, what follows from others, and what nobody judged is marked so.

    None for a document that no message carries, such as one nested too deeply.
    """
    hidden = frozenset(template.hidden)
    bare = replace(
        template,
        prefill={path: value for path, value in template.prefill.items() if path in hidden},
        prefill_text={path: value for path, value in template.prefill_text.items() if path in hidden},
        compute={path: value for path, value in template.compute.items() if path in hidden},
    )
    try:
        rows: dict[str, JSON] = dict(flatten(dict(document))) if document else {}  # type: ignore[arg-type]
    except Fault:
        return None
    rows = {**_judged(rows, writer.filling), **rows}
    follows = _following(template, rows, writer)
    known = {path: value for path, value in follows.items() if path not in rows}
    return fill(writer.catalogue, bare, {**known, **rows}, writer.filling)


def _following(template: Template, rows: Mapping[str, JSON], writer: Writer) -> dict[str, JSON]:
    """Return what a usual question says where nobody said it."""
    quick = QUICK.get(template.name)
    if quick is None:
        return {}
    found: dict[str, JSON] = {}
    reason, area = rows.get(_FACTS), rows.get(_AREA)
    if isinstance(reason, str):
        found["/necessity"] = reason
    if isinstance(area, str):
        found["/offence/title"] = writer.catalogue.code(_AREAS, area, writer.filling.language)
    if writer.available:
        found["/availability"] = writer.available
    if quick.country is not None and len(writer.countries) == 1:
        found[quick.country] = writer.countries[0]
    return found


def _judged(rows: Mapping[str, JSON], filling: Filling) -> dict[str, JSON]:
    """Return what completes evaluations that a person began: a fact of this node as of today."""
    begun = {path.rpartition("/")[0] for path in rows if path.rpartition("/")[0].endswith(_EVALUATION)}
    usual = {"kind": "fact", "as_of": computed("today", filling.now), "owner": filling.me}
    return {f"{path}/{name}": value for path in begun for name, value in usual.items()}


def name_things(root: FieldSpec, typed: Typed) -> dict[str, list[str]]:
    """Return what was typed with a mark for every thing that needs one and has none."""
    twig, _ = grow(typed)
    marked = {name: list(values) for name, values in typed.items()}
    taken: set[str] = set()
    open_: list[tuple[str, str]] = []
    _gather((root, twig, ""), taken, open_)
    for name, letter in open_:
        number = next(each for each in range(1, len(taken) + 2) if f"{letter}{each}" not in taken)
        taken.add(f"{letter}{number}")
        marked[name] = [f"{letter}{number}"]
    return marked


def _gather(at: tuple[FieldSpec, Twig, str], taken: set[str], open_: list[tuple[str, str]]) -> None:
    """Collect the marks that there are, and the names of those that are missing with the letter they begin with."""
    field, twig, name = at
    if field.items is not None:
        for position, member in twig.members():
            _gather((field.items, member, f"{name}/{position}"), taken, open_)
        return
    for step, inner in field.properties.items():
        below, each = f"{name}/{escape(step)}", twig.inner.get(step)
        if inner.notes.declares == "item":
            mark = _first(each)
            if mark:
                taken.add(mark)
            elif step in field.required and not twig.is_blank():
                open_.append((below, (name.rstrip("/0123456789").rpartition("/")[2] or "x")[0]))
        elif each is not None:
            _gather((inner, each, below), taken, open_)


def _first(twig: Twig | None) -> str:
    typed: Sequence[str] = () if twig is None else twig.typed or ()
    return next((each.strip() for each in typed if not is_blank(each)), "")
