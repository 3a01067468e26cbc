"""A letter from a thread: own sources first, every contact named, conditions kept, nothing cut unseen."""

from typing import Any

from nodes.casework.letters import Contact, Ground, Passed, Piece, compose_letter, pieces_of
from protocol.ids import NodeId, TypeId
from tests.simulators.node import example, packaged_bundle
from tests.simulators.party import message_number

OWN = Contact(message=message_number(1), reference="A", sender=NodeId("rs.ilecu"), authority="Us", at=200, own=True)
THEIRS = Contact(
    message=message_number(2), reference="B", sender=NodeId("mk.ilecu"), authority="Them", at=100, own=False
)
CONSENT = message_number(3)


def say(text: str, values: dict[str, str]) -> str:
    return f"{text}({values.get('condition') or values['reference']})"


def piece(*lines: str) -> Piece:
    return Piece("/facts", "Facts", lines, frozenset({"/facts"}))


def letter(*passed: Passed, contacts: tuple[Contact, ...] = (OWN, THEIRS), **changes: Any) -> Any:
    return compose_letter(Ground(requesting={"name": "Court"}, contacts=contacts, passed=passed, **changes), say)


def test_own_sources_come_first_and_what_others_said_is_belief() -> None:
    made = letter(Passed(THEIRS, piece("a van")), Passed(OWN, piece("a lorry")), offence={"title": "Smuggling"})
    assert made.letter["facts"] == "letter.own(A)\na lorry\n\nletter.believed(B)\na van"
    assert made.letter["offence"] == {"title": "Smuggling"}
    assert made.letter["linked_threads"] == [
        {"reference": "B", "authority": "Them", "quoted": False},
        {"reference": "A", "authority": "Us", "quoted": False},
    ]
    assert made.letter["measures"] == [{"id": "m1", "kind": "police_record", "result": "letter.record(B)"}]


def test_a_quotation_names_its_consent_and_keeps_the_conditions() -> None:
    quoted = [Passed(THEIRS, piece(words), CONSENT, ("this case only",)) for words in ("a van", "a driver")]
    made = letter(*quoted)
    expected = "letter.quoted(B)\na van\nletter.condition(this case only)\n\na driver"
    assert made.letter["facts"] == expected, "once for each consent"
    assert made.letter["linked_threads"][0] == {
        "reference": "B",
        "authority": "Them",
        "quoted": True,
        "consent": CONSENT.hex(),
    }
    assert "measures" not in made.letter


def test_what_does_not_fit_is_named_and_not_cut() -> None:
    long, short = Passed(OWN, piece("x" * 8_000)), Passed(THEIRS, piece("a van"))
    made = letter(long, short)
    assert made.unsaid == (long,)
    assert "a van" in made.letter["facts"]
    many = tuple(
        Contact(message=message_number(each), reference="R", sender=OWN.sender, authority="Us", at=each, own=True)
        for each in range(60)
    )
    crowded = letter(contacts=many)
    assert (len(crowded.letter["linked_threads"]), len(crowded.unnamed)) == (50, 10)
    assert "facts" not in crowded.letter


def test_pieces_are_what_a_body_says_of_facts_in_words() -> None:
    catalogue = packaged_bundle().catalogue
    document = example("MT-03/vehicle-sr-Cyrl")["document"] | {"facts": "no field of this type"}
    found = list(pieces_of(catalogue, catalogue.type(TypeId("MT-03/1")), document, "en"))
    assert {each.path.split("/")[1] for each in found} == {"answered", "information"}
    van = next(each for each in found if each.path == "/information/vehicles/0")
    assert van.item == "v1"
    assert "Registration plate: VR 123-ŽĆ" in van.lines
    assert "Kind of vehicle: Van" in van.lines
    assert not any("rs.ilecu" in line for line in van.lines), "evaluation and owner are not restated"
    assert "/information/vehicles/0/evaluation/owner" in van.paths, "and yet the rules see them"
    assert not list(pieces_of(catalogue, catalogue.type(TypeId("MT-03/1")), "no document", "en"))
