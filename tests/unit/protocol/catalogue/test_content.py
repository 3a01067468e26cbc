from collections.abc import Callable
from typing import Any

import pytest

from protocol.catalogue.content import ContentReference, ContentSummary, summarise
from protocol.catalogue.types import Catalogue
from protocol.ids import TypeId

Load = Callable[[str], Any]
Summary = Callable[..., ContentSummary]


@pytest.fixture
def summary(catalogue: Catalogue, example: Load) -> Summary:
    """Return a function: the summary of an example after some change to its body."""

    def of(name: str, change: Callable[[Any], object] | None = None) -> ContentSummary:
        found = example(name)
        body = found.body()
        if change is not None:
            change(body)
        return summarise(catalogue, catalogue.type(TypeId(found.type)), body, found.message.get("identity"))

    return of


PERSON, JOBS, ANSWER = "MT-01/person-sr-Cyrl", "MT-05/false-jobs-sr-Cyrl", "MT-03/person-part-bs"


def test_roles_and_categories_of_a_request(summary: Summary) -> None:
    found = summary(PERSON)
    assert found.person_roles == {"suspect", "potential_victim"}
    assert found.data_categories == {"CA", "CO", "CR", "ID", "LE"}
    assert found.personal_data
    assert found.persons_without_role == 0
    assert ("suspect", "CR") in found.role_categories
    assert ("potential_victim", "CR") not in found.role_categories
    assert ("potential_victim", "LE") in found.role_categories


@pytest.mark.parametrize(
    "name", ["MT-02/received-bs", "MT-04/nothing-en", "MT-10/full-mk", "MT-E1/woman-de", "MT-E2/no-sq"]
)
def test_some_messages_carry_no_personal_data(summary: Summary, name: str) -> None:
    found = summary(name)
    assert not found.personal_data
    assert found.data_categories == frozenset()
    assert found.special_categories == frozenset()


def test_an_unknown_role_is_a_role_and_is_counted(summary: Summary) -> None:
    def change(body: Any) -> None:
        body["subjects"]["persons"][0]["role"] = "unknown"

    found = summary(PERSON, change)
    assert found.persons_without_role == 1
    assert "unknown" in found.person_roles


def test_a_role_that_is_missing_is_counted(summary: Summary) -> None:
    found = summary(PERSON, lambda body: body["subjects"]["persons"][0].pop("role"))
    assert found.persons_without_role == 1
    assert found.person_roles == {"potential_victim"}
    assert summary(PERSON, lambda body: body["subjects"]["persons"][0].update(role=7)).persons_without_role == 1


def test_a_pseudonym_is_no_identity(summary: Summary) -> None:
    assert not summary(PERSON).victim_identity
    assert not summary(JOBS).victim_identity


@pytest.mark.parametrize(
    "told",
    [
        {"names": [{"kind": "document", "family": "Marković"}]},
        {"birth_date": "1999-01-02"},
        {"phones": [{"id": "x1", "kind": "mobile", "number": "+381600000001"}]},
        {"documents": [{"id": "x1", "kind": "passport", "number": "P1"}]},
        {"addresses": [{"id": "x1", "kind": "home", "street": "Glavna"}]},
        {"photo": "att-00"},
    ],
)
def test_whatever_tells_who_a_victim_is_counts(summary: Summary, told: dict[str, Any]) -> None:
    assert summary(PERSON, lambda body: body["subjects"]["persons"][1].update(told)).victim_identity
    assert not summary(PERSON, lambda body: body["subjects"]["persons"][0].update(told)).victim_identity


def linked(kind: str, one: str, other: str) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        body["subjects"]["phones"] = [{"id": "ph9", "kind": "mobile", "number": "+381600000001"}]
        body["links"].append({"from": one, "to": other, "kind": kind})

    return change


def test_a_victim_linked_to_a_telephone_is_told(summary: Summary) -> None:
    assert summary(PERSON, linked("user", "p2", "ph9")).victim_identity
    assert summary(PERSON, linked("user", "ph9", "p2")).victim_identity
    assert not summary(PERSON, linked("user", "p1", "ph9")).victim_identity


def test_a_victim_is_not_told_by_a_named_suspect_unless_they_are_one(summary: Summary) -> None:
    assert not summary(PERSON, linked("family", "p1", "p2")).victim_identity
    assert summary(PERSON, linked("same_as", "p1", "p2")).victim_identity


def test_items_without_evaluation_are_named(summary: Summary) -> None:
    def change(body: Any) -> None:
        body["subjects"]["persons"][0].pop("evaluation")
        body["subjects"]["vehicles"] = [{"id": "v9", "kind": "car", "make": "Fiat"}]

    assert summary(PERSON).evaluation_missing == ()
    assert summary(PERSON, change).evaluation_missing == ("/subjects/persons/0", "/subjects/vehicles/0")


def test_parties_of_a_letter_need_no_evaluation(summary: Summary) -> None:
    assert summary("MT-R1/witness-sr-Cyrl").evaluation_missing == ()


def test_handling_of_items_adds_up(summary: Summary) -> None:
    found = summary(JOBS)
    assert found.handling == {"H1", "H2", "H3"}
    assert found.handling_texts == ("/information/statements/0/handling_text", "/restrictions/text")
    assert summary(PERSON).handling_texts[1:] == ("/restrictions/rules/0/rule", "/restrictions/rules/1/rule")


def test_special_categories_come_from_codes_from_fields_and_from_the_writer(summary: Summary) -> None:
    def sensitive(body: Any) -> None:
        body["subjects"]["persons"][0].update(special_categories=["religion_belief"], special_reason="x" * 20)

    assert summary(PERSON, sensitive).special_categories == {"religion_belief"}
    assert summary("MT-V1/adult-sr-Latn").special_categories == {"health"}

    def sexual(body: Any) -> None:
        body["vic_TypeOfExploitation"] = ["SexualExploitation"]

    assert summary("MT-V1/adult-sr-Latn", sexual).special_categories == {"health", "sex_life"}
    assert summary("MT-V6/record-sr-Latn").special_categories == frozenset()


def test_a_referral_is_about_a_victim_whose_identity_is_a_part_of_its_own(
    summary: Summary, catalogue: Catalogue, example: Load
) -> None:
    whole = summary("MT-V1/adult-sr-Latn")
    assert whole.person_roles == {"victim"}
    assert whole.victim_identity
    body = example("MT-V1/adult-sr-Latn").body()
    alone = summarise(catalogue, catalogue.type(TypeId("MT-V1/1")), body)
    assert not alone.victim_identity
    assert "CO" in whole.data_categories - alone.data_categories


def test_an_identity_part_of_a_type_that_has_none_is_passed_over(catalogue: Catalogue, example: Load) -> None:
    type_ = catalogue.type(TypeId("MT-E1/1"))
    body = example("MT-E1/woman-de").body()
    assert summarise(catalogue, type_, body, {"prs_FirstName": "Ana"}) == summarise(catalogue, type_, body)


def test_children_are_noticed(summary: Summary) -> None:
    assert summary("MT-E1/girl-sq").child
    assert summary("MT-V1/child-mk").child
    assert summary("MT-V6/renew-child-mk").child
    assert not summary("MT-V1/adult-sr-Latn").child
    assert summary(PERSON, lambda body: body["subjects"]["persons"][1].update(majority="presumed_child")).child


def test_references_lead_outside(summary: Summary) -> None:
    found = summary("MT-11/grant-bs")
    [message] = found.named("message")
    assert [(each.kind, each.path) for each in found.references] == [
        ("message", "/items/0/message_id"),
        ("message", "/items/1/message_id"),
    ]
    assert ContentReference("message", message, "/items/0/message_id") in found.references
    assert summary(ANSWER).named("owner") == {"ba.ilecu"}
    assert len(summary("MT-V1/adult-sr-Latn").named("consent")) == 1
    assert summary("MT-R1/witness-sr-Cyrl").named("message")


def test_an_attachment_says_what_it_holds(summary: Summary) -> None:
    assert "BI" in summary("MT-R8/witness-heard-bs").data_categories

    def harmless(body: Any) -> None:
        body["attachments"] = [{**each, "category": "OP"} for each in body["attachments"]]

    assert "BI" not in summary("MT-R8/witness-heard-bs", harmless).data_categories


def test_fields_without_annotation_are_passed_over(summary: Summary) -> None:
    assert summary(PERSON, lambda body: body.update(colour=[{"a": 1}], facts=["x"])).person_roles


def test_a_summary_may_be_written_by_hand() -> None:
    assert ContentSummary().data_categories == frozenset()
