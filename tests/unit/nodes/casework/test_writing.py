"""A draft from its first look to the request that is sent, over a small directory."""

from dataclasses import replace

import pytest

from nodes.casework.addressing import Around, countries_of, language_for, may_send, purposes_for, reachable
from nodes.casework.drafts import Purpose, TakenFile, Written
from nodes.casework.writing import (
    Desk,
    Form,
    Reply,
    drop_place,
    first_written,
    form_of,
    merge,
    open_place,
    prepare,
    show,
)
from policies.clocks.zones import CENTRAL
from protocol.ids import Channel, MessageId, NodeId, TypeId
from tests.simulators.network import TestNetwork
from tests.simulators.node import AL, MK, POLICE, RS, START, TERMS, TestClock, packaged_bundle
from tests.simulators.party import CountingEntropy

REASON = "Seen at the border with eleven people at night."
PLATE = "/subjects/vehicles/0/plate"
VEHICLE = Purpose(TypeId("MT-01/1"), "vehicle")


@pytest.fixture(scope="module")
def desk() -> Desk:
    network = TestNetwork.small(TestClock(), CountingEntropy("network"), members=(RS, MK, AL), policy=bytes(32))
    for other in (RS, AL):
        network.agree(MK.node, other.node, POLICE, **TERMS["police"])
    return Desk(packaged_bundle(), Around(network.directory, MK.node, POLICE, START), "en", CENTRAL, "They have it.")


def vehicle(desk: Desk) -> Form:
    found = form_of(desk, VEHICLE)
    assert found is not None
    return found


def filled(desk: Desk, **more: list[str]) -> Written:
    form = vehicle(desk)
    first = first_written(desk, form)
    posted = {name: list(values) for name, values in first.fields.items()}
    return merge(desk, form, first, posted | {"to": [RS.node], PLATE: ["ns 1-aa"], "/facts": [REASON]} | more)


def test_whom_a_node_can_write_to(desk: Desk) -> None:
    assert [each.node for each in reachable(desk.around)] == ["al.ilecu", "rs.ilecu"]
    alone = replace(desk.around, me=AL.node)
    assert [each.node for each in reachable(alone)] == ["mk.ilecu"]
    assert countries_of(desk.around, [RS.node, NodeId("nobody"), RS.node]) == ("RS",)


@pytest.mark.parametrize(
    ("to", "preferred", "found"),
    [
        ([RS.node], "sr-Cyrl", "sr-Cyrl"),
        ([RS.node], "sq", "en"),
        ([AL.node], "mk", "en"),
        ([], "mk", "mk"),
        ([NodeId("nobody")], "mk", "en"),
    ],
)
def test_the_language_is_one_that_all_read(desk: Desk, to: list[NodeId], preferred: str, found: str) -> None:
    assert language_for(desk.around, to, preferred) == found
    assert language_for(replace(desk.around, me=NodeId("nobody")), to, preferred) == "en"


def test_purposes_are_those_that_are_agreed_with_everybody(desk: Desk) -> None:
    catalogue = desk.bundle.catalogue
    assert "prevent" in purposes_for(desk.around, [], catalogue)
    assert purposes_for(desk.around, [RS.node, AL.node], catalogue) == ("investigate",)
    assert purposes_for(desk.around, [NodeId("nobody")], catalogue) == ()


def test_who_may_send_a_type(desk: Desk) -> None:
    type_ = desk.bundle.catalogue.type(TypeId("MT-01/1"))
    assert may_send(type_, desk.around)
    assert not may_send(type_, replace(desk.around, me=NodeId("nobody")))
    assert not may_send(type_, replace(desk.around, channel=Channel("cso")))


def test_a_draft_becomes_the_request_that_is_sent(desk: Desk) -> None:
    written = filled(desk, handling=["H2", "H1", ""], language=["mk"])
    prepared = prepare(desk, vehicle(desk), written)
    assert prepared.faults == ()
    assert not prepared.urgent
    request = dict(prepared.request)
    document = request.pop("document")
    assert request == {
        "type": "MT-01/1",
        "language": "mk",
        "to": ["rs.ilecu"],
        "purpose": "investigate",
        "handling": ["H1", "H2"],
    }
    assert document["subjects"]["vehicles"][0]["plate_country"] == "RS"  # type: ignore[index,call-overload]
    assert document["specification"] == desk.bundle.catalogue.text("prefill.vehicle.specification", "mk")  # type: ignore[index,call-overload]


def test_files_are_named_and_their_list_is_not_asked_for(desk: Desk) -> None:
    file = TakenFile(b"i" * 16, "a.pdf", 3, b"h" * 32, "CA")
    written = replace(filled(desk), files=(file, replace(file, category="")))
    prepared = prepare(desk, vehicle(desk), written)
    assert prepared.faults == ()
    one = {"id": "69" * 16, "sha256": "68" * 32}
    assert prepared.request["attachments"] == [{**one, "category": "CA"}, one]


def test_an_answer_goes_to_whom_it_answers(desk: Desk) -> None:
    reply = Reply(MessageId(b"m" * 32), RS.node, "sr-Cyrl")
    form = form_of(desk, Purpose(TypeId("MT-04/1"), "", reply.message), reply)
    assert form is not None
    assert form.quick is None
    prepared = prepare(desk, form, first_written(desk, form, {"/remark": ["none"]}))
    assert prepared.to == (RS.node,)
    assert (prepared.request["in_reply_to"], prepared.request["language"]) == ("6d" * 32, "sr-Cyrl")
    assert "to" not in prepared.request
    assert "purpose" not in prepared.request


def test_there_is_no_form_of_what_there_is_not(desk: Desk) -> None:
    assert form_of(desk, Purpose(TypeId("MT-99/1"))) is None
    assert form_of(desk, Purpose(TypeId("MT-01/1"), "none")) is None


def test_what_a_page_did_not_show_stays_and_what_it_showed_and_is_not_posted_goes(desk: Desk) -> None:
    form = vehicle(desk)
    written = Written({"/approvals/0/role": ["supervisor"], "/facts": ["x"], "to": ["rs.ilecu"]}, ("/contact",))
    found = merge(desk, form, written, {"/necessity": ["y"], "opened": ["", "no place", "/urgency"], "do": ["save"]})
    assert set(found.fields) == {"/approvals/0/role", "/necessity"}
    assert found.opened == ("/urgency",)


def test_parts_are_opened_and_taken_out(desk: Desk) -> None:
    written = open_place(open_place(Written({"/contact/unit": ["x"], "/facts": ["y"]}), "/contact"), "/urgency")
    assert open_place(written, "no place") == written
    assert written.opened == ("/contact", "/urgency")
    found = drop_place(written, "/contact")
    assert (dict(found.fields), found.opened) == ({"/facts": ["y"]}, ("/urgency",))


def test_the_short_way_asks_little_first(desk: Desk) -> None:
    form = vehicle(desk)
    shown = show(desk, form, first_written(desk, form))
    assert [each.name for each in shown.asked] == [PLATE, "/facts"]
    assert {PLATE, "/facts", "/necessity"} <= set(shown.names)
    inside = [each.name for group in shown.groups for each in group.items]
    assert PLATE not in inside


def test_whatever_was_typed_or_is_wrong_is_shown_also_where_the_template_does_not(desk: Desk) -> None:
    form = vehicle(desk)
    typed = Written({"/case_number": ["MK"], "/questions": [" "], "/changes": ["x"], "/~": ["x"], "to": ["rs.ilecu"]})
    shown = show(desk, form, typed, ["/subjects/vehicles/0/vin", "/facts", "/subjects/vehicles/0/id", "/subjects"])
    last = shown.groups[-1]
    assert last.title == desk.bundle.catalogue.text("group.more", "en")
    assert [each.name for each in last.items] == ["/case_number", "/subjects/vehicles/0/vin"]
    assert merge(desk, form, typed, {}).fields == {"/questions": [" "], "/changes": ["x"], "/~": ["x"]}


def test_a_fault_of_a_field_that_nobody_fills_in_stands_where_it_follows_from(desk: Desk) -> None:
    form = vehicle(desk)
    base = {name: list(values) for name, values in first_written(desk, form).fields.items()}
    base |= {"to": [RS.node], PLATE: ["ns 1-aa"]}

    def faults(facts: str, **more: list[str]) -> dict[str, str]:
        written = Written({**base, "/facts": [facts], **more})
        return {each.name: each.code for each in prepare(desk, form, written).faults}

    assert faults("") == {"/facts": "MISSING"}
    assert faults("short") == {"/facts": "TOO_SHORT"}
    assert faults(REASON, **{"/necessity": ["short"]}) == {"/necessity": "TOO_SHORT"}
    two = prepare(desk, form, Written({**base, "/facts": [REASON], "to": [RS.node, AL.node]}))
    assert [each.name for each in two.faults] == ["/subjects/vehicles/0/plate_country"]
    assert "Purpose and facts" in prepare(desk, form, Written({**base, "/facts": ["short"]})).faults[0].sentence
