"""enrol, rotate, agree, capability, person: what a node signs with its own keystore."""

from protocol.charter import DAY, WEEK
from protocol.ids import Channel, NodeId
from protocol.mandate import Mandate
from protocol.statement_network import AgreementTerms
from protocol.statement_nodes import Capability, Enrolment, PersonBinding
from tests.simulators.desk import Desk
from tests.simulators.network import MK, RS
from tests.simulators.party import NOW

HERE = ("--directory", "d", "--out", "out")
ENTRY = (
    *("--kind", "contact-point", "--family", "police", "--country", "AL", "--label", "Contact point Tirana"),
    *("--channel", "system", "--channel", "police", "--language", "sq", "--language", "en"),
)
AGREED = (
    *("--with", MK.name, "--channel", "police", "--instrument", "Memorandum", "--purpose", "prevent"),
    *("--purpose", "investigate", "--no-personal-data"),
)


def complete(desk: Desk) -> None:
    for number in (0, 1):
        desk.good("sign", "out", "--store", f"reg{number}.keystore", "--yes")
    desk.good("append", "out", "--directory", "d")


def test_a_new_node_signs_its_enrolment_first(desk: Desk) -> None:
    desk.good("create", "node", "al.contact", "--store", "al.keystore", "--out", "al.party")
    told = desk.good("enrol", "--store", "al.keystore", *HERE, *ENTRY, "--valid-until", "2027-01-01")
    assert "lacking: 2" in told
    (sheet,) = desk.statements("out").sheets
    assert isinstance(sheet.body, Enrolment)
    assert (sheet.body.channels, sheet.body.valid_until) == (("police", "system"), 1_798_761_600)
    complete(desk)
    assert desk.directory().directory.participant(NodeId("al.contact")) is not None


def test_a_change_of_entry_is_signed_by_registrars_alone(desk: Desk) -> None:
    desk.good("enrol", "--store", "rs.keystore", *HERE, *ENTRY)
    (sheet,) = desk.statements("out").sheets
    assert sheet.signed == ()
    assert isinstance(sheet.body, Enrolment)
    assert sheet.body.version == 2
    complete(desk)
    found = desk.directory().directory.participant(RS.node)
    assert found is not None
    assert found.label == "Contact point Tirana"


def test_an_auditors_mandate_is_drafted_and_never_an_empty_one(desk: Desk) -> None:
    scope = ("--audits-country", "RS", "--audits-channel", "police", "--audits-since", "2026-01-01")
    told = desk.good("enrol", "--store", "rs.keystore", *HERE, *ENTRY, *scope)
    assert "countries: RS" in told
    assert "since: 2026-01-01T00:00:00Z" in told
    (sheet,) = desk.statements("out").sheets
    assert isinstance(sheet.body, Enrolment)
    assert sheet.body.mandate == Mandate(countries=("RS",), channels=("police",), since=1_767_225_600)
    assert "[MALFORMED]" in desk.bad("enrol", "--store", "rs.keystore", *HERE, *ENTRY, "--audits-country", "RS")


def test_a_registrar_cannot_enrol_as_a_node(desk: Desk) -> None:
    assert "[MALFORMED]" in desk.bad("enrol", "--store", "reg0.keystore", *HERE, *ENTRY)


def test_rotation_saves_before_it_publishes(desk: Desk) -> None:
    desk.now = NOW + WEEK
    told = desk.good("rotate", "--store", "rs.keystore", *HERE)
    assert "published: 4" in told
    desk.good("append", "out", "--directory", "d")
    directory = desk.directory().directory
    key = directory.recipient_key(RS.node, Channel("police"), NOW + 5 * WEEK)
    assert key is not None
    assert key.key_id in {each.key_id for each in desk.secrets("rs.keystore").recipients}


def test_rotation_erases_what_is_over(desk: Desk) -> None:
    desk.now = NOW + 4 * WEEK
    before = {each.key_id for each in desk.secrets("rs.keystore").recipients}
    told = desk.good("rotate", "--store", "rs.keystore", *HERE)
    assert "erased: 8" in told
    after = {each.key_id for each in desk.secrets("rs.keystore").recipients}
    assert len(before - after) == 8


def test_rotation_with_nothing_to_do_writes_nothing(desk: Desk) -> None:
    assert "Nothing to publish." in desk.good("rotate", "--store", "rs.keystore", *HERE)
    assert not desk.path("out").exists()


def test_an_agreement_is_in_force_once_the_other_party_signed(desk: Desk) -> None:
    told = desk.good("agree", "--store", "rs.keystore", *HERE, *AGREED, "--valid-from", "2026-09-01")
    assert "lacking: 1" in told
    assert "[QUORUM]" in desk.bad("append", "out", "--directory", "d")
    desk.good("sign", "out", "--store", "mk.keystore", "--yes")
    desk.good("append", "out", "--directory", "d")
    (sheet,) = desk.statements("out").sheets
    assert isinstance(sheet.body, AgreementTerms)
    assert sheet.body.purposes == ("investigate", "prevent")
    assert desk.directory().directory.agreement(sheet.id) is not None


def test_an_agreement_may_end_by_date(desk: Desk) -> None:
    desk.good("agree", "--store", "rs.keystore", *HERE, *AGREED, "--valid-until", "2027-01-01")
    (sheet,) = desk.statements("out").sheets
    assert isinstance(sheet.body, AgreementTerms)
    assert (sheet.body.valid_from, sheet.body.valid_until) == (NOW, 1_798_761_600)


def test_a_capability_is_stated(desk: Desk) -> None:
    desk.now = NOW + 1
    desk.good("capability", "--store", "rs.keystore", *HERE, "--type", "MT-02/1", "--type", "MT-01/1")
    (sheet,) = desk.statements("out").sheets
    assert sheet.body == Capability(node=RS.node, issued_at=NOW + 1, wire=1, suite=1, types=("MT-01/1", "MT-02/1"))  # type: ignore[arg-type]
    desk.good("append", "out", "--directory", "d")


def test_a_person_gets_an_opaque_id(desk: Desk) -> None:
    desk.good("person", "--store", "rs.keystore", *HERE, "--role", "issuer", "--days", "10")
    (sheet,) = desk.statements("out").sheets
    (person,) = desk.secrets("rs.keystore").people
    assert isinstance(sheet.body, PersonBinding)
    assert (sheet.body.person, sheet.body.not_after) == (person.person, NOW + 10 * DAY)
    assert len(sheet.signed) == 2
    desk.good("append", "out", "--directory", "d")
