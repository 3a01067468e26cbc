"""Message types and the catalogue that holds them, as values. ``load`` makes them from files."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from jsonschema_rs import Draft202012Validator, ValidationError

from protocol.catalogue.code_lists import CodeList
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec, Schema
from protocol.catalogue.forms import Template
from protocol.errors import Code, Fault
from protocol.ids import Channel, TypeId
from protocol.records import Kind

FALLBACK: Final[Mapping[str, tuple[str, ...]]] = {
    "sr-Cyrl": ("sr-Latn",),
    "bs": ("sr-Latn",),
    "hr": ("bs", "sr-Latn"),
    "cnr": ("sr-Latn",),
}
"""Which languages answer for one that has no words of its own; English answers last for all."""


class Evidence(StrEnum):
    """What the content is in law. Information and evidence never share a channel (invariant 6)."""

    INFORMATION = "information"
    EVIDENCE = "evidence"
    NEITHER = "neither"  # an act about another message, on that message's channel


class LateValidator:
    """A validator that is compiled when it is first used: all together take 50 MB, and a node uses a few types."""

    __slots__ = ("_compile", "_compiled")

    def __init__(self, compile_: Callable[[], Draft202012Validator]) -> None:
        self._compile = compile_
        self._compiled: Draft202012Validator | None = None

    def iter_errors(self, document: JSON) -> Iterator[ValidationError]:
        """Yield every error of a document."""
        if self._compiled is None:
            self._compiled = self._compile()
        return self._compiled.iter_errors(document)


@dataclass(frozen=True, slots=True)
class PartSchema:
    """A part's JSON Schema, the same with references resolved, its validator, and English error sentences."""

    schema: Schema
    fields: FieldSpec
    validator: LateValidator
    sentences: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageType:
    """One type of message at one schema version.

    ``starts_clock`` and ``needs_reference`` hold for every message of the type. Where the step decides instead,
    ``phase`` points to it in the body, and the two lists name the steps that do.
    """

    id: TypeId
    title: str  # text id
    channels: frozenset[Channel]
    sender_kinds: frozenset[Kind]
    body_schema: PartSchema
    identity_schema: PartSchema | None
    reply_to: tuple[TypeId, ...]
    starts_clock: bool
    needs_reference: bool
    evidence_class: Evidence
    phase: str = ""
    clock_phases: frozenset[str] = frozenset()
    reference_phases: frozenset[str] = frozenset()

    def part(self, name: str) -> PartSchema | None:
        """Return the schema of ``body`` or ``identity``, or None for a part that the type does not have."""
        return {"body": self.body_schema, "identity": self.identity_schema}.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every message type, code list, template and word of one release."""

    types: Mapping[TypeId, MessageType]
    code_lists: Mapping[str, CodeList]
    templates: tuple[Template, ...]
    labels: Mapping[str, Mapping[str, str]]  # language to text id to words
    schemas: Mapping[str, Schema] = field(default_factory=dict)  # every schema file by its $id

    def type(self, name: TypeId) -> MessageType:
        """Return the type, or raise UNKNOWN_TYPE."""
        found = self.types.get(name)
        if found is None:
            raise Fault(Code.UNKNOWN_TYPE, name)
        return found

    def text(self, label: str, language: str) -> str:
        """Return the words of a text id in the nearest language that has them, or the id itself."""
        for each in (language, *FALLBACK.get(language, ()), "en"):
            words = self.labels.get(each, {}).get(label)
            if words is not None:
                return words
        return label

    def code(self, name: str, code: str, language: str) -> str:
        """Return the words of a code in the nearest language, or the code itself."""
        known = self.code_lists.get(name)
        entry = None if known is None else known.entries.get(code)
        if entry is None:
            return code
        languages = (language, *FALLBACK.get(language, ()), "en")
        return next(entry.labels[each] for each in languages if each in entry.labels)

    def footnotes(self, name: str, codes: Iterable[str], language: str) -> tuple[str, ...]:
        """Return what has to stand below words of these codes wherever they are shown, each once."""
        known, found = self.code_lists.get(name), dict[str, None]()
        for code in codes:
            notes = None if known is None else known.more(code, "footnote")
            if isinstance(notes, dict):
                spoken = (notes.get(each) for each in (language, *FALLBACK.get(language, ()), "en"))
                found |= dict.fromkeys(itertools.islice((each for each in spoken if isinstance(each, str)), 1))
        return tuple(found)

    def templates_of(self, name: TypeId) -> tuple[Template, ...]:
        """Return the templates of a type, the one that shows everything first."""
        return tuple(sorted((each for each in self.templates if each.type == name), key=lambda each: each.name))
