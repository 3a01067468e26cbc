"""What a policy needs to know of a document's content, told by the annotations of its schema and never by its words."""

from dataclasses import dataclass, field
from typing import Final

from protocol.catalogue.code_lists import CodeList
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.marks import INSIDE
from protocol.catalogue.rows import escape
from protocol.catalogue.types import Catalogue, MessageType

VICTIMS: Final = frozenset(("victim", "potential_victim"))
NO_ROLE: Final = "unknown"
VALUE: Final = "value"
CATEGORIES: Final = "data_category"
SAME: Final = "same_as"


@dataclass(frozen=True, slots=True)
class ContentReference:
    """Something outside the document that it names: a ``message``, a ``consent``, or the ``owner`` of information."""

    kind: str
    value: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSummary:
    """The content of one message without its words. Paths are JSON pointers.

    Categories and special categories are those of data about persons: a message without such data has none. The role
    ``unknown`` is a role, and its person counts as one without role as well. ``role_categories`` pairs each role with
    the categories inside persons of that role.
    """

    person_roles: frozenset[str] = frozenset()
    persons_without_role: int = 0
    data_categories: frozenset[str] = frozenset()
    personal_data: bool = False
    special_categories: frozenset[str] = frozenset()
    victim_identity: bool = False
    evaluation_missing: tuple[str, ...] = ()
    handling: frozenset[str] = frozenset()
    handling_texts: tuple[str, ...] = ()
    role_categories: frozenset[tuple[str, str]] = frozenset()
    child: bool = False
    references: tuple[ContentReference, ...] = ()

    def named(self, kind: str) -> frozenset[str]:
        """Return the values of all references of a kind."""
        return frozenset(each.value for each in self.references if each.kind == kind)


def summarise(catalogue: Catalogue, type_: MessageType, body: JSON, identity: JSON = None) -> ContentSummary:
    """Return the summary of a message whose parts ``validate`` accepted; None stands for no identity part.

    A document that was not validated may hold fields that no annotation speaks of, and they are passed over.
    """
    found = _Found(catalogue)
    _visit(_At(type_.body_schema.fields), body, found)
    if identity is not None and type_.identity_schema is not None:
        _visit(_At(type_.identity_schema.fields), identity, found)
    return ContentSummary(
        person_roles=frozenset(found.roles - {""}),
        persons_without_role=found.without_role,
        data_categories=frozenset(found.categories),
        personal_data=found.personal,
        special_categories=frozenset(found.special),
        victim_identity=found.victim_named or _linked(found),
        evaluation_missing=tuple(found.unevaluated),
        handling=frozenset(found.handling),
        handling_texts=tuple(found.handling_texts),
        role_categories=frozenset(found.role_categories),
        child=found.child,
        references=tuple(found.references),
    )


@dataclass(slots=True)
class _Found:
    """What was seen so far."""

    catalogue: Catalogue
    roles: set[str] = field(default_factory=set)
    without_role: int = 0
    categories: set[str] = field(default_factory=set)
    personal: bool = False
    special: set[str] = field(default_factory=set)
    victim_named: bool = False
    unevaluated: list[str] = field(default_factory=list)
    handling: set[str] = field(default_factory=set)
    handling_texts: list[str] = field(default_factory=list)
    role_categories: set[tuple[str, str]] = field(default_factory=set)
    child: bool = False
    references: list[ContentReference] = field(default_factory=list)
    victims: set[str] = field(default_factory=set)  # marks of items
    telling: set[str] = field(default_factory=set)  # marks of things that identify whoever they are linked to
    named: set[str] = field(default_factory=set)  # marks of persons who are identified
    links: list[tuple[str, str, str]] = field(default_factory=list)  # from, to, kind


@dataclass(slots=True)
class _At:
    """Where the visit is: the field, its path, the role of the person around it, the mark of the item around it."""

    field: FieldSpec
    path: str = ""
    role: str = ""
    mark: str = ""
    evaluates: bool = False  # things right here are items of information, each with its own evaluation


def _visit(at: _At, value: JSON, found: _Found) -> None:
    if isinstance(value, dict):
        inner = _enter(at, value, found)
        for name, each in value.items():
            spec = at.field.properties.get(name)
            if spec is None or not (spec.tells or isinstance(each, (dict, list))):
                continue
            if isinstance(each, (dict, list)):
                path = f"{at.path}/{escape(name)}"
                _visit(_At(spec, path, inner.role, inner.mark, inner.evaluates), each, found)
            else:
                _leaf(_At(spec, f"{at.path}/{escape(name)}", inner.role, inner.mark), each, found)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            if at.field.items is not None:
                _visit(_At(at.field.items, f"{at.path}/{position}", at.role, at.mark, at.evaluates), each, found)
    else:
        _leaf(at, value, found)


def _enter(at: _At, value: dict[str, JSON], found: _Found) -> _At:
    """Note what the object as a whole says, and return the place that its fields stand in."""
    spec = at.field
    role = _role(spec, value) or at.role
    if spec.notes.entity == "person" or spec.notes.role:
        found.roles.add(role)
        found.without_role += role in ("", NO_ROLE)
    mark = at.mark or _text(value.get("id")) if spec.notes.entity else at.mark
    if role in VICTIMS and mark:
        found.victims.add(mark)
    if spec.notes.entity == "link":
        found.links.append((_text(value.get("from")), _text(value.get("to")), _text(value.get("kind"))))
    if at.evaluates and "evaluation" not in value:
        found.unevaluated.append(at.path)
    return _At(spec, at.path, role, mark, spec.notes.evaluates)


def _role(spec: FieldSpec, value: dict[str, JSON]) -> str:
    if spec.notes.role:
        return spec.notes.role
    names = [name for name, each in spec.properties.items() if each.notes.role == VALUE]
    return _text(value.get(names[0])) if names else ""


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""


def _leaf(at: _At, value: JSON, found: _Found) -> None:
    notes, text = at.field.notes, _text(value)
    if notes.handling:
        found.handling.add(text)
    if notes.handling_text and text:
        found.handling_texts.append(at.path)
    if notes.reference and notes.reference not in INSIDE:
        found.references.append(ContentReference(notes.reference, text, at.path))
    if notes.child:
        found.child |= value is True or _fact(found, at.field.codes, text, "child") is True
    if notes.special == VALUE:
        found.special.add(text)
    if notes.category_value:
        _categorise(at, text, found)
    if notes.personal:
        _personal(at, text, found)


def _personal(at: _At, text: str, found: _Found) -> None:
    notes = at.field.notes
    _categorise(at, notes.category, found)
    if notes.identifying:
        (found.named if at.role else found.telling).add(at.mark)
        found.victim_named |= at.role in VICTIMS
    if notes.special == "code":
        fact = _fact(found, at.field.codes, text, "special")
        found.special.update([fact] if isinstance(fact, str) else [])
    elif notes.special not in ("", VALUE):
        found.special.add(notes.special)


def _categorise(at: _At, category: str, found: _Found) -> None:
    if _fact(found, CATEGORIES, category, "impersonal") is True:
        return
    found.personal = True
    found.categories.add(category)
    if at.role:
        found.role_categories.add((at.role, category))


def _fact(found: _Found, name: str, code: str, fact: str) -> JSON:
    known: CodeList | None = found.catalogue.code_lists.get(name)
    return None if known is None else known.more(code, fact)


def _linked(found: _Found) -> bool:
    """Return whether a link tells who a victim is: with a telephone or a document, say, or as the same person."""
    for one, other, kind in found.links:
        telling = found.telling | found.named if kind == SAME else found.telling
        if (one in found.victims and other in telling) or (other in found.victims and one in telling):
            return True
    return False
