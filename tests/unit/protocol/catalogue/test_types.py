import pytest

from protocol.catalogue.types import Catalogue, Evidence
from protocol.errors import Code, Fault
from protocol.ids import Channel, TypeId
from protocol.records import Kind

INFORMATION_CHANNELS = {"police", "joint-centre", "cso", "police-cso", "statistics"}
TYPES = {
    *("MT-01/1", "MT-02/1", "MT-03/1", "MT-04/1", "MT-05/1", "MT-07/1", "MT-08/1", "MT-09/1", "MT-10/1", "MT-11/1"),
    *("MT-12/1", "MT-15/1", "MT-16/1", "MT-19/1", "MT-R1/1", "MT-R8/1", "MT-R10/1", "MT-E1/1", "MT-E2/1", "MT-A1/1"),
    *("MT-V1/1", "MT-V6/1", "MT-V7/1", "MT-V8/1", "MT-V9/1", "MT-S1/1", "MT-S2/1"),
}


def test_these_are_the_types_of_this_release(catalogue: Catalogue) -> None:
    assert set(catalogue.types) == TYPES


def test_an_unknown_type_is_named(catalogue: Catalogue) -> None:
    with pytest.raises(Fault) as caught:
        catalogue.type(TypeId("MT-99/1"))
    assert caught.value.code is Code.UNKNOWN_TYPE


def test_information_and_evidence_never_share_a_channel(catalogue: Catalogue) -> None:
    for each in catalogue.types.values():
        if each.evidence_class is Evidence.INFORMATION:
            assert each.channels <= INFORMATION_CHANNELS
        if each.evidence_class is Evidence.EVIDENCE:
            assert each.channels == {"rogatory"}


def test_what_goes_on_both_kinds_of_channel_is_about_another_message(catalogue: Catalogue) -> None:
    both = {each.id for each in catalogue.types.values() if {"police", "rogatory"} <= each.channels}
    assert both == {"MT-02/1", "MT-07/1", "MT-08/1", "MT-11/1", "MT-12/1", "MT-16/1"}
    assert {catalogue.type(each).evidence_class for each in both} == {Evidence.NEITHER}


def test_civil_society_types_reach_no_police_channel(catalogue: Catalogue) -> None:
    for name in ("MT-E1/1", "MT-E2/1", "MT-V1/1", "MT-A1/1"):
        assert catalogue.type(TypeId(name)).channels == {Channel("cso")}
        assert catalogue.type(TypeId(name)).sender_kinds == {Kind.CSO, Kind.CHILD_PROTECTION}


def test_police_and_civil_society_meet_on_one_channel_only(catalogue: Catalogue) -> None:
    police, cso = {Kind.CONTACT_POINT, Kind.AGENCY}, {Kind.CSO, Kind.CHILD_PROTECTION}
    for name, senders, channels in (
        ("MT-V6/1", police | cso, {"cso", "police-cso"}),
        ("MT-V7/1", police, {"police-cso"}),
        ("MT-V8/1", cso, {"police-cso"}),
        ("MT-V9/1", cso, {"cso", "police-cso"}),
    ):
        assert catalogue.type(TypeId(name)).sender_kinds == senders
        assert catalogue.type(TypeId(name)).channels == channels


def test_answers_name_what_they_answer(catalogue: Catalogue, type_id: TypeId) -> None:
    type_ = catalogue.type(type_id)
    if type_.needs_reference:
        assert type_.reply_to
        assert not type_.starts_clock
    assert bool(type_.phase) == bool(type_.clock_phases or type_.reference_phases)
    if type_.phase:
        codes = catalogue.code_lists[type_.body_schema.fields.properties[type_.phase[1:]].codes]
        assert type_.clock_phases | type_.reference_phases <= set(codes.entries)


def test_requests_start_clocks(catalogue: Catalogue) -> None:
    clocks = {each.id for each in catalogue.types.values() if each.starts_clock}
    assert clocks == {"MT-01/1", "MT-12/1", "MT-15/1", "MT-R1/1", "MT-E1/1", "MT-V1/1", "MT-V7/1"}


def test_only_a_referral_and_an_alert_have_an_identity_part(catalogue: Catalogue) -> None:
    assert {each.id for each in catalogue.types.values() if each.identity_schema is not None} == {"MT-V1/1", "MT-V9/1"}
    referral = catalogue.type(TypeId("MT-V1/1"))
    assert referral.part("identity") is referral.identity_schema
    assert referral.part("body") is referral.body_schema
    assert referral.part("attachment") is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Refusal"),
        ("sr-Latn", "Odbijanje"),
        ("sr-Cyrl", "Одбијање"),
        ("hr", "Odbijanje"),
        ("cnr", "Odbijanje"),
        ("sq", "Refuzim"),
        ("de", "Refusal"),
    ],
)
def test_words_come_in_the_nearest_language(catalogue: Catalogue, language: str, words: str) -> None:
    assert catalogue.text("type.MT-10", language) == words


def test_codes_have_words(catalogue: Catalogue) -> None:
    assert catalogue.code("country", "XK", "en") == "Kosovo*"
    assert catalogue.code("country", "XK", "sr-Cyrl") == "Косово*"
    assert catalogue.code("country", "XK", "de") == "Kosovo*"
    assert catalogue.code("sex", "female", "cnr") == "Žensko"
    assert catalogue.code("sex", "none", "en") == "none"
    assert catalogue.code("nothing", "x", "en") == "x"
    assert catalogue.text("no.such.text", "en") == "no.such.text"


def test_the_form_that_shows_everything_comes_first(catalogue: Catalogue) -> None:
    names = [each.name for each in catalogue.templates_of(TypeId("MT-01/1"))]
    assert names == ["", "address", "document", "firearm", "person", "phone", "vehicle"]
