import pytest

from protocol.catalogue.documents import JSON
from protocol.catalogue.forms import check_template, parse_template
from protocol.catalogue.types import Catalogue
from protocol.errors import Fault, Malformed
from protocol.ids import TypeId

GROUP: dict[str, JSON] = {"title": "group.what", "fields": ["/a", "/b"]}


def document(**changes: JSON) -> dict[str, JSON]:
    return {"type": "MT-E2/1", "name": "", "title": "t", "groups": [GROUP], **changes}


def test_a_template_is_read() -> None:
    template = parse_template(
        document(prefill={"/a": 1}, prefill_text={"/b": "prefill.x"}, compute={"/c": "now"}, hidden=["/a"])
    )
    assert template.type == "MT-E2/1"
    assert template.shown() == {"/a", "/b"}
    assert template.filled() == {"/a", "/b", "/c"}


@pytest.mark.parametrize(
    "value",
    [
        [],
        document(colour="red"),
        document(type="MT"),
        document(name=7),
        document(title=None),
        document(groups="all"),
        document(groups=["all"]),
        document(groups=[{"title": "t"}]),
        document(groups=[{"title": "t", "fields": ["/a"], "more": 1}]),
        document(groups=[{"title": "t", "fields": "/a"}]),
        document(groups=[{"title": "t", "fields": [7]}]),
        document(prefill=[]),
        document(prefill_text=[]),
        document(prefill_text={"/a": 7}),
        document(compute={"/a": "yesterday"}),
        document(hidden="/a"),
    ],
)
def test_other_documents_are_refused(value: JSON) -> None:
    with pytest.raises(Fault):
        parse_template(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"groups": [{"title": "t", "fields": ["/case_ref", "/nothing"]}]},
        {"groups": [{"title": "t", "fields": ["/case_ref"]}]},
        {"groups": [{"title": "t", "fields": ["/case_ref", "/answer", "/answer"]}]},
        {"hidden": ["/answer"]},
        {"prefill": {"/nothing": 1}},
        {"identity": [{"title": "t", "fields": ["/prs_FirstName"]}]},
    ],
)
def test_a_template_that_does_not_fit_its_type_is_malformed(changes: dict[str, JSON], catalogue: Catalogue) -> None:
    fields = catalogue.type(TypeId("MT-E2/1")).body_schema.fields
    whole: list[JSON] = [{"title": "t", "fields": ["/case_ref", "/answer"]}]
    check_template(parse_template(document(groups=whole)), fields, None)
    with pytest.raises(Malformed):
        check_template(parse_template(document(**{"groups": whole, **changes})), fields, None)


def test_the_fields_of_an_identity_part_exist(catalogue: Catalogue) -> None:
    referral = catalogue.type(TypeId("MT-V1/1"))
    assert referral.identity_schema is not None
    groups: list[JSON] = [{"title": "t", "fields": [f"/{name}" for name in referral.body_schema.fields.properties]}]
    wrong = parse_template(document(groups=groups, identity=[{"title": "t", "fields": ["/prs_Nothing"]}]))
    with pytest.raises(Malformed):
        check_template(wrong, referral.body_schema.fields, referral.identity_schema.fields)
