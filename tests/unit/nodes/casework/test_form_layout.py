"""What a form shows: what must be answered and what was answered, the rest folded or to be opened."""

from collections.abc import Iterable

import pytest

from nodes.casework.form_fields import Choice, Item, Kind, Opener, Question, Section, Series, names_of
from nodes.casework.form_layout import Showing, items_at, lay_out
from nodes.casework.form_writing import write_form
from nodes.gateway.forms import find_template
from policies.clocks.zones import CENTRAL
from protocol.catalogue.forms import Template
from protocol.ids import TypeId
from tests.simulators.catalogue import body_fields, example_body, packaged_catalogue

CATALOGUE = packaged_catalogue()
REQUEST = body_fields("MT-01/1")


def showing(typed: dict[str, list[str]] | None = None, opened: Iterable[str] = (), **more: object) -> Showing:
    return Showing(catalogue=CATALOGUE, language="en", typed=typed or {}, opened=frozenset(opened), **more)  # type: ignore[arg-type]


def template(type_: str, name: str = "") -> Template:
    found = find_template(CATALOGUE, TypeId(type_), name)
    assert found is not None
    return found


def one(pointer: str, given: Showing) -> Item:
    (item,) = items_at(REQUEST, (pointer,), given)
    return item


def question(pointer: str, given: Showing | None = None) -> Question:
    item = one(pointer, given or showing())
    assert isinstance(item, Question)
    return item


@pytest.mark.parametrize(
    ("pointer", "kind"),
    [
        ("/case_number", Kind.LINE),
        ("/facts", Kind.TEXT),
        ("/answer_needed_by", Kind.TIME),
        ("/offence/maximum_years", Kind.NUMBER),
        ("/offence/committed_from", Kind.PARTIAL_DAY),
        ("/contact/phone", Kind.PHONE),
        ("/contact/email", Kind.EMAIL),
        ("/copy_omitted/ground", Kind.RADIOS),
        ("/offence/country", Kind.SELECT),
        ("/answer_languages", Kind.SELECTS),
        ("/questions", Kind.LINES),
        ("/subjects/vehicles/0/handling", Kind.CHECKBOXES),
        ("/subjects/vehicles/0/id", Kind.HIDDEN),
        ("/subjects/vehicles/0/evaluation/as_of", Kind.DAY),
        ("/subjects/vehicles/0/evaluation/source", Kind.SELECT),
    ],
)
def test_each_field_is_asked_in_its_way(pointer: str, kind: Kind) -> None:
    assert question(pointer).kind is kind


def test_labels_and_codes_speak_the_language() -> None:
    serbian = Showing(catalogue=CATALOGUE, language="sr-Latn", typed={})
    (item,) = items_at(REQUEST, ("/copy_omitted/ground",), serbian)
    assert isinstance(item, Question)
    assert item.label == CATALOGUE.text("parts.copy_omitted.ground", "sr-Latn")
    assert item.choices[0].label == CATALOGUE.code("copy_omission", item.choices[0].value, "sr-Latn")


def test_a_question_tells_its_bounds_and_what_was_typed() -> None:
    found = question("/facts", showing({"/facts": ["", "because"]}, derived=frozenset({"/facts"})))
    assert (found.required, found.longest, found.value, found.derived) == (True, 8_000, "because", True)
    assert question("/case_number").required is False
    assert question("/facts").value == ""
    assert question("/answer_languages").most == 32


def test_a_thing_that_is_not_there_is_opened_on_request() -> None:
    assert one("/contact", showing()) == Opener("/contact", CATALOGUE.text("common.contact", "en"))
    for given in (showing(opened=["/contact"]), showing({"/contact/hours": ["0-24"]})):
        section = one("/contact", given)
        assert isinstance(section, Section)
        assert section.removable
        assert "/contact/unit" in names_of(section.asked)
    assert "/contact/hours" in names_of(section.asked)
    assert "/contact/phone" in names_of(section.more)


def test_a_required_thing_is_shown_at_once() -> None:
    section = one("/offence", showing())
    assert isinstance(section, Section)
    assert not section.removable
    assert [each.name for each in section.asked] == ["/offence/title"]


def test_a_list_shows_its_members_and_where_the_next_one_goes() -> None:
    empty = one("/links", showing())
    assert isinstance(empty, Series)
    assert (empty.members, empty.add) == ((), "/links/0")
    typed = {"/subjects/vehicles/2/plate": ["NS 1"], "/subjects/vehicles/0/plate": [""]}
    vehicles = one("/subjects/vehicles", showing(typed, opened=["/subjects/vehicles/4", "/subjects/vehicles/x"]))
    assert isinstance(vehicles, Series)
    assert [each.name for each in vehicles.members] == ["/subjects/vehicles/2", "/subjects/vehicles/4"]
    assert vehicles.add == "/subjects/vehicles/5"


def test_a_required_list_begins_with_one_member_and_a_full_one_has_no_room() -> None:
    (grounds,) = items_at(body_fields("MT-10/1"), ("/grounds",), showing())
    assert isinstance(grounds, Series)
    assert [each.name for each in grounds.members] == ["/grounds/0"]
    full = {f"/subjects/vehicles/{n}/plate": ["NS 1"] for n in range(50)}
    vehicles = one("/subjects/vehicles", showing(full))
    assert isinstance(vehicles, Series)
    assert vehicles.add is None


def test_what_points_to_a_thing_chooses_among_the_things_there_are() -> None:
    typed = {
        "/subjects/vehicles/0/id": ["v1"],
        "/subjects/vehicles/0/plate": ["NS 123-AA"],
        "/subjects/vehicles/0/kind": ["car"],
        "/subjects/persons/0/id": ["p1"],
        "/subjects/persons/0/role": ["suspect"],
        "/subjects/phones/0/id": [""],
        "/subjects/events/0/id": [],
        "to": ["x"],
    }
    found = question("/links/0/from", showing(typed))
    assert found.kind is Kind.RADIOS
    assert found.choices == (Choice("v1", "v1: NS 123-AA"), Choice("p1", "p1"))
    assert question("/links/0/from").kind is Kind.LINE


def test_participants_are_chosen_by_their_labels() -> None:
    found = question("/subjects/vehicles/0/evaluation/owner", showing(nodes={"rs.ilecu": "Serbia's contact point"}))
    assert found.choices == (Choice("rs.ilecu", "Serbia's contact point"),)


def test_signatures_and_files_are_nothing_to_type() -> None:
    assert items_at(REQUEST, ("/approvals", "/attachments"), showing()) == ()
    (found,) = items_at(body_fields("MT-03/1"), ("/translations",), showing(opened=["/translations/0"]))
    assert isinstance(found, Series)
    assert "/translations/0/language" in names_of(found.members)
    assert "/translations/0/part" not in names_of(found.members)


def test_an_open_value_and_an_empty_list_say_their_kind() -> None:
    fields = body_fields("MT-12/1")
    (item,) = items_at(fields, ("/changes/0/value",), showing())
    assert isinstance(item, Question)
    assert (item.kind, item.chosen) == (Kind.SCALAR, "text")
    letter = body_fields("MT-R8/1")
    assert _chosen(items_at(letter, ("/execution/rights",), showing({"/execution/rights#kind": ["none"]}))) == "none"
    assert not question("/questions").may_be_none


def _chosen(items: tuple[Item, ...]) -> str:
    (item,) = items
    assert isinstance(item, Question)
    assert item.may_be_none
    return item.chosen


def test_a_template_shows_its_groups_without_what_it_hides() -> None:
    vehicle = template("MT-01/1", "vehicle")
    given = showing(hidden=frozenset(vehicle.hidden) | {"/restrictions"})
    groups = lay_out(REQUEST, vehicle, given)
    assert groups[0].title == CATALOGUE.text("group.about", "en")
    names = names_of(tuple(item for each in groups for item in each.items))
    assert "/subjects/vehicles/0/plate" in names
    assert not {*vehicle.hidden, "/restrictions/choice"}.intersection(names)
    assert len(groups) == len(vehicle.groups) - 1


def test_every_form_of_the_catalogue_shows_every_example_whole() -> None:
    for each in CATALOGUE.templates:
        root = CATALOGUE.type(each.type).body_schema.fields
        assert lay_out(root, each, showing())
    body = example_body("MT-01/vehicle-mk")
    typed = write_form(REQUEST, body, CENTRAL)
    groups = lay_out(REQUEST, template("MT-01/1"), showing(typed))
    names = names_of(tuple(item for each in groups for item in each.items))
    assert set(typed) <= set(names)


def test_a_place_that_no_document_has_is_a_fault_of_the_caller() -> None:
    with pytest.raises(KeyError):
        items_at(REQUEST, ("/nothing",), showing())
