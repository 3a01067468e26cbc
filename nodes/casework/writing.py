"""What becomes of a draft: its form, what was posted merged into it, its document, the request, and its faults.

Whoever shows forms and whoever sends works with this; nothing here sends or stores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nodes.casework.addressing import Around, countries_of, language_for
from nodes.casework.drafts import Purpose, TakenFile, Written
from nodes.casework.form_faults import FormFault, find_faults
from nodes.casework.form_fields import Group, Item, Question, names_of
from nodes.casework.form_filling import QUICK, Quick, Writer, begin, complete, derived_of, document_of, sources_of
from nodes.casework.form_layout import Showing, items_at, lay_out
from nodes.casework.form_reading import ReadForm, read_form
from nodes.casework.form_values import KIND, Typed, at_or_below, is_name
from nodes.gateway.bundles import Bundle
from nodes.gateway.forms import Filling, find_template
from policies.clocks.zones import Zone
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.catalogue.forms import Template
from protocol.catalogue.types import MessageType
from protocol.catalogue.validate import FieldCode, FieldError, explain
from protocol.ids import MessageId, NodeId

TO: Final = "to"
LANGUAGE: Final = "language"
PURPOSE: Final = "purpose"
HANDLING: Final = "handling"
OPENED: Final = "opened"
AROUND: Final = (TO, LANGUAGE, PURPOSE, HANDLING)
"""Fields of a draft that stand outside its document."""
_USUAL_PURPOSE: Final = "investigate"  # shown beside the form, where a person may choose another
_MORE: Final = "group.more"
_MOST_TO: Final = 20
_MOST_OPEN: Final = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """What writing stands on: the policy's catalogue, the directory, the words of this page, the legal time here."""

    bundle: Bundle
    around: Around
    language: str
    zone: Zone
    available: str = ""  # why the recipients should know, in words


@dataclass(frozen=True, slots=True)
class Reply:
    """The message that a draft answers. ``named``: one of several is addressed, to whom an own message went."""

    message: MessageId
    sender: NodeId
    language: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a draft: its type and template, and the short way where there is one."""

    type: MessageType
    template: Template
    quick: Quick | None
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A form laid out: what is asked first, the rest, and the names of all fields on the page."""

    asked: tuple[Item, ...]
    groups: tuple[Group, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of every field that the page posts, in its order."""
        return names_of((*self.asked, *(each for group in self.groups for each in group.items)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A draft read: its document, the request to send it with, and everything that is wrong with it."""

    read: ReadForm
    document: Mapping[str, JSON]
    request: Mapping[str, JSON]
    to: tuple[NodeId, ...]
    language: str
    faults: tuple[FormFault, ...]

    @property
    def urgent(self) -> bool:
        """Whether the message states that it is urgent."""
        return "urgency" in self.document


def form_of(desk: Desk, purpose: Purpose, reply: Reply | None = None) -> Form | None:
    """Return the form of a draft, None for a type or template that there is none of."""
    catalogue = desk.bundle.catalogue
    type_, template = catalogue.types.get(purpose.type), find_template(catalogue, purpose.type, purpose.template)
    if type_ is None or template is None:
        return None
    return Form(type_, template, QUICK.get(template.name) if not purpose.in_reply_to else None, reply)


def first_written(desk: Desk, form: Form, given: Typed | None = None) -> Written:
    """Return a draft as a person finds it; ``given`` is what is known of it already."""
    writer = _writer(desk, (), desk.language if form.reply is None else form.reply.language)
    fields = begin(form.type.body_schema.fields, form.template, writer)
    if form.reply is None:
        fields[PURPOSE] = [_USUAL_PURPOSE]
    return Written(fields | {name: list(values) for name, values in (given or {}).items()})


def show(desk: Desk, form: Form, written: Written, also: Sequence[str] = ()) -> Shown:
    """Return the form laid out with what was written, and the fields ``also`` whatever the template shows.

    What was typed and stands in no group of the template is shown too: nothing goes that nobody sees.
    """
    asked = () if form.quick is None else form.quick.asked
    showing = Showing(
        catalogue=desk.bundle.catalogue,
        language=desk.language,
        typed=written.fields,
        opened=frozenset(written.opened),
        nodes={each.node: each.label for each in desk.around.directory.participants(desk.around.now)},
        derived=derived_of(form.template, written.fields),
        hidden=frozenset(form.template.hidden),
    )
    root = form.type.body_schema.fields
    rest = replace(showing, hidden=showing.hidden | frozenset(asked))
    needed = frozenset[str]() if form.quick is None else form.quick.needed
    first = tuple(_needed(each, needed) for each in items_at(root, asked, showing))
    shown = Shown(first, lay_out(root, form.template, rest))
    typed = [name for name, values in written.fields.items() if any(map(str.strip, values))]
    beyond = _beyond(root, (*typed, *also), showing.hidden.union(shown.names))
    items = items_at(root, beyond, showing)
    more = Group(desk.bundle.catalogue.text(_MORE, desk.language), items)
    return Shown(first, (*shown.groups, more)) if items else shown


def _beyond(root: FieldSpec, names: Sequence[str], shown: frozenset[str]) -> list[str]:
    """Return those of the names that are fields of the document and stand neither on the page nor inside its parts."""
    found = dict[str, None]()
    for name in names:
        plain = name.removesuffix(KIND)
        field = find_field(root, plain) if plain.startswith("/") and "~" not in plain else None
        whole = None if field is None else root.properties[plain.split("/")[1]]
        if whole is None or whole.notes.act or (whole.items is not None and whole.items.notes.act):
            continue  # a signature is nothing to type
        inside = any(at_or_below(plain, each) or at_or_below(each, plain) for each in shown)
        if field is not None and not field.notes.declares and not inside:
            found[plain] = None
    return list(found)


def merge(desk: Desk, form: Form, written: Written, posted: Typed) -> Written:
    """Return a draft with what was posted from the page that showed it; what the page did not show stays.

    New things get their marks, and the template's words follow the language of the message.
    """
    shown = frozenset(show(desk, form, written).names)
    kept = {name: values for name, values in written.fields.items() if not _on_page(name, shown)}
    fields = {**kept, **{name: values for name, values in posted.items() if name.startswith("/") or name in AROUND}}
    opened = tuple(dict.fromkeys(each for each in posted.get(OPENED, ()) if _is_place(each)))[:_MOST_OPEN]
    writer = _writer(desk, *_addressed(desk, form, fields))
    marked = complete(form.type.body_schema.fields, form.template, fields, writer)
    return replace(written, fields=marked, opened=opened)


def open_place(written: Written, name: str) -> Written:
    """Return a draft with one more thing opened in its form."""
    if not _is_place(name):
        return written
    return replace(written, opened=tuple(dict.fromkeys((*written.opened, name)))[-_MOST_OPEN:])


def drop_place(written: Written, name: str) -> Written:
    """Return a draft without a thing, and without what was typed in it."""
    fields = {each: values for each, values in written.fields.items() if not at_or_below(each, name)}
    return replace(written, fields=fields, opened=tuple(each for each in written.opened if not at_or_below(each, name)))


def prepare(desk: Desk, form: Form, written: Written) -> Prepared:
    """Return what a draft says and what is wrong with it; without faults the request may be tried."""
    root = form.type.body_schema.fields
    read = read_form(root, written.fields, desk.zone)
    to, language = _addressed(desk, form, written.fields)
    document = document_of(form.template, read.document, _writer(desk, to, language))
    told = {} if document is None else document
    found = find_faults(desk.bundle.catalogue, form.type, read, _with_files(told, written.files), desk.language)
    faults = _at_source(desk, form, written, found)
    request = _request(form, written, told, (to, language))
    return Prepared(read=read, document=told, request=request, to=to, language=language, faults=faults)


def _needed(item: Item, needed: frozenset[str]) -> Item:
    return replace(item, required=True) if isinstance(item, Question) and item.name in needed else item


def _at_source(desk: Desk, form: Form, written: Written, faults: Sequence[FormFault]) -> tuple[FormFault, ...]:
    """Return the faults with those of fields that nobody fills in at the fields from which they follow."""
    sources, open_ = sources_of(form.template), derived_of(form.template, written.fields)
    if form.quick is None:
        return tuple(faults)
    wrong = {each.name for each in faults}
    found = []
    for each in faults:
        source = sources.get(each.name, "") if each.name in open_ else ""
        if source and source not in wrong:
            found.append(_moved(desk, form, each, source))
        elif not source:
            found.append(each)
    return tuple(found)


def _moved(desk: Desk, form: Form, fault: FormFault, source: str) -> FormFault:
    """Return the same fault as one of the field from which the faulty one follows."""
    field = find_field(form.type.body_schema.fields, source)
    label = "" if field is None else field.label
    error = FieldError(source, FieldCode(fault.code), label, "", fault.limit)
    return replace(fault, name=source, sentence=explain(error, desk.bundle.catalogue, desk.language))


def _request(
    form: Form, written: Written, document: Mapping[str, JSON], addressed: tuple[tuple[NodeId, ...], str]
) -> dict[str, JSON]:
    to, language = addressed
    request: dict[str, JSON] = {"type": form.type.id, "document": dict(document), "language": language}
    if form.reply is not None:
        request["in_reply_to"] = form.reply.message.hex()
    if form.reply is None or form.reply.named:
        request["to"] = list[JSON](to)
    purpose = written.first(PURPOSE)
    if purpose:
        request["purpose"] = purpose
    handling = sorted({each for each in written.fields.get(HANDLING, ()) if each})
    if handling:
        request["handling"] = list[JSON](handling)
    if written.files:
        request["attachments"] = [_file(each) for each in written.files]
    return request


def _addressed(desk: Desk, form: Form, fields: Typed) -> tuple[tuple[NodeId, ...], str]:
    """Return to whom a draft goes, and in which language."""
    if form.reply is not None:
        to: tuple[NodeId, ...] = (form.reply.sender,)
        preferred = form.reply.language
    else:
        to = tuple(dict.fromkeys(NodeId(each.strip()) for each in fields.get(TO, ()) if each.strip()))[:_MOST_TO]
        preferred = desk.language
    chosen = next((each.strip() for each in fields.get(LANGUAGE, ()) if each.strip()), "")
    return to, chosen or language_for(desk.around, to, preferred)


def _writer(desk: Desk, to: Sequence[NodeId], language: str) -> Writer:
    return Writer(
        catalogue=desk.bundle.catalogue,
        filling=Filling(desk.around.me, desk.around.now, language),
        zone=desk.zone,
        countries=countries_of(desk.around, to),
        available=desk.available,
    )


def _is_place(name: str) -> bool:
    return name.startswith("/") and is_name(name)


def _on_page(name: str, shown: frozenset[str]) -> bool:
    return name in shown or name.partition("#")[0] in shown or not name.startswith("/")


def _file(each: TakenFile) -> JSON:
    return {"id": each.id.hex(), "sha256": each.sha256.hex(), **({"category": each.category} if each.category else {})}


def _with_files(document: Mapping[str, JSON], files: Sequence[TakenFile]) -> dict[str, JSON]:
    """Return the document as the validator should see it: what is said of files is written when it is sent."""
    found = dict(document)
    if files:
        found.pop("attachments", None)
    return found
