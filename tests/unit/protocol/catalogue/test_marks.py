from protocol.catalogue.marks import find_mark_faults, walk
from protocol.catalogue.types import Catalogue
from protocol.ids import TypeId


def test_a_walk_passes_over_what_no_field_knows(catalogue: Catalogue) -> None:
    fields = catalogue.type(TypeId("MT-E2/1")).body_schema.fields
    paths = [place.path for place in walk(fields, {"questions": ["risk"], "colour": [1], "case_ref": ["x"]})]
    assert paths == ["", "/questions", "/questions/0", "/case_ref"]


def test_marks_of_another_type_are_no_marks(catalogue: Catalogue) -> None:
    fields = catalogue.type(TypeId("MT-01/1")).body_schema.fields
    faults = find_mark_faults(fields, {"subjects": {"places": [{"id": 7}, {"id": 7}]}})
    assert faults.repeated == faults.dangling == ()


def test_an_item_and_an_attachment_never_answer_for_each_other(catalogue: Catalogue) -> None:
    fields = catalogue.type(TypeId("MT-03/1")).body_schema.fields
    document = {
        "information": {
            "persons": [{"id": "p1", "photo": "att-00"}],
            "places": [{"id": "p1"}],
            "links": [{"from": "p2"}],
        },
        "attachments": [{"part": "att-01"}],
    }
    faults = find_mark_faults(fields, document)  # type: ignore[arg-type]
    assert [each.path for each in faults.repeated] == ["/information/places/0/id"]
    assert [each.path for each in faults.dangling] == ["/information/persons/0/photo", "/information/links/0/from"]


def test_plain_values_of_a_list_are_no_marks(catalogue: Catalogue) -> None:
    fields = catalogue.type(TypeId("MT-E2/1")).body_schema.fields
    faults = find_mark_faults(fields, {"questions": ["risk", "risk"], "case_ref": ["x"]})
    assert faults.repeated == faults.dangling == ()
