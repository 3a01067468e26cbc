"""Agreements in words: every line in every language, footnotes where a country needs one, nothing invented."""

from dataclasses import replace

import pytest

from protocol.catalogue.agreements import AgreementWords
from protocol.catalogue.code_lists import LANGUAGES
from protocol.catalogue.types import Catalogue
from protocol.ids import Channel, NodeId, StatementId
from protocol.ports import IdentityPublic
from protocol.records import Family, Kind, Participant
from protocol.statement_network import agreement_of
from tests.simulators.statements import AGREEMENT, NODE, SCOPED

OTHER = NodeId("mk.contact")
BEFORE = agreement_of(AGREEMENT, StatementId(b"i" * 32))
AGREED = agreement_of(SCOPED, StatementId(b"j" * 32))


def person(node: NodeId) -> Participant:
    return Participant(
        node=node,
        kind=Kind.CONTACT_POINT,
        family=Family.POLICE,
        country="RS" if node == NODE else "XK",
        label=f"Desk of {node}",
        channels=(Channel("police"),),
        languages=("en",),
        accredited=(),
        valid_until=None,
        suspended=False,
        revoked=False,
        identity=IdentityPublic(b"", b""),
        tls_pin=b"",
    )


def test_every_line_in_english(catalogue: Catalogue) -> None:
    words = dict(AgreementWords(catalogue, person, "en").lines(AGREED))
    assert words == {
        "Between": "mk.contact (Desk of mk.contact, Kosovo*) - rs.contact (Desk of rs.contact, Serbia)",
        "Channel": "Police",
        "Instrument": "Treaty (Treaty between the two States)",
        "Articles": "Article 7, Article 3",
        "Purposes": "Investigate an offence, Prevent an offence",
        "Personal data": "yes",
        "Data that may be sent": words["Data that may be sent"],
        "Messages": "MT-01 Request for information, MT-03 Answer",
        "Accepted languages": "mk.contact: English, Macedonian; rs.contact: English, sr",
        "Use in proceedings": "mk.contact: only through a judicial instrument; rs.contact: the authority itself may "
        "consent",
        "Markings that stand for a level": "Restricted = Интерно = Interno",
        "Valid": "2026-09-21 14:13 UTC - 2027-09-20 14:13 UTC",
    }


def test_what_is_not_stated_is_said_to_be_so(catalogue: Catalogue) -> None:
    bare = replace(BEFORE, articles=(), purposes=(), data_categories=(), personal_data=False, valid_until=None)
    words = dict(AgreementWords(catalogue, lambda _: None, "en").lines(bare))
    assert words["Between"] == "mk.contact - rs.contact"
    assert (words["Instrument"], words["Articles"], words["Messages"]) == ("Memorandum", "not stated", "not stated")
    assert (words["Accepted languages"], words["Use in proceedings"]) == ("not stated", "not stated")
    assert (words["Purposes"], words["Markings that stand for a level"]) == ("none", "none")
    assert words["Personal data"] == "no"
    assert words["Valid"].endswith(" - no end")


def test_an_unknown_type_is_named_and_a_year_beyond_calendars_is_shown(catalogue: Catalogue) -> None:
    assert AGREED.scope is not None
    strange = replace(AGREED, scope=replace(AGREED.scope, types=("MT-99",)), valid_until=(1 << 53) - 1)
    words = dict(AgreementWords(catalogue, person, "en").lines(strange))
    assert words["Messages"] == "MT-99"
    assert words["Valid"].endswith("9999-12-31 23:59 UTC")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_country_by_pair_has_its_footnote_in_every_language(catalogue: Catalogue, language: str) -> None:
    words = AgreementWords(catalogue, person, language)
    (note,) = words.footnotes(AGREED)
    assert note.startswith("* ")
    assert "1244" in note
    assert "*" in dict(words.lines(AGREED))[catalogue.text("agreement.between", language)]
    assert AgreementWords(catalogue, lambda _: person(NODE), language).footnotes(AGREED) == ()
    assert AgreementWords(catalogue, lambda _: None, language).footnotes(AGREED) == ()


def test_footnotes_fall_back_like_all_words(catalogue: Catalogue) -> None:
    assert catalogue.footnotes("country", ["XK", "RS", "XK"], "hr") == catalogue.footnotes("country", ["XK"], "bs")
    assert catalogue.footnotes("country", ["XK"], "de") == catalogue.footnotes("country", ["XK"], "en")
    assert catalogue.footnotes("no such list", ["XK"], "en") == ()
    lists = dict(catalogue.code_lists)
    entry = lists["country"].entries["XK"]
    empty = replace(entry, more={"footnote": {"en": 1}})
    lists["country"] = replace(lists["country"], entries={"XK": empty})
    assert replace(catalogue, code_lists=lists).footnotes("country", ["XK"], "en") == ()
