"""``keys agreement``: proposed with a scope, read in words, signed by the other party, renewed without a gap."""

import json

from protocol.ids import Channel
from protocol.scope import Equivalence, EvidentialUse, Instrument, Scope
from protocol.statement_network import AgreementTerms
from tests.simulators.desk import Desk
from tests.simulators.network import MK, RS
from tests.simulators.party import NOW

HERE = ("--directory", "d", "--out", "out")
PLAIN = (
    *("--with", MK.name, "--channel", "police", "--instrument", "Treaty of 2026", "--article", "Art 4"),
    *("--purpose", "investigate", "--category", "VE", "--personal-data"),
)
SCOPED = (
    *("--instrument-kind", "bilateral-treaty", "--type", "MT-03", "--type", "MT-01", "--own-language", "sr-Latn"),
    *("--own-language", "en", "--own-evidence", "police", "--marking", "R:Interno:Интерно"),
)


def proposed(desk: Desk) -> AgreementTerms:
    (sheet,) = desk.statements("out").sheets
    assert isinstance(sheet.body, AgreementTerms)
    return sheet.body


def agreed(desk: Desk, *more: str) -> str:
    """Agree between Belgrade and Skopje, and return the agreement's id."""
    desk.good("agreement", "propose", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED, *more)
    desk.good("agreement", "sign", "out", "--store", "mk.keystore", "--directory", "d", "--yes")
    desk.good("append", "out", "--directory", "d")
    (sheet,) = desk.statements("out").sheets
    return sheet.id.hex()


def test_an_agreement_states_its_scope_in_the_order_of_the_parties(desk: Desk) -> None:
    told = desk.good("agreement", "propose", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED)
    assert "lacking: 1" in told
    assert proposed(desk).parties == (MK.node, RS.node)
    assert proposed(desk).scope == Scope(
        instrument=Instrument.BILATERAL,
        types=("MT-01", "MT-03"),
        evidence=(EvidentialUse.JUDICIAL, EvidentialUse.POLICE),
        languages=(("en", "mk"), ("en", "sr-Latn")),
        equivalences=(Equivalence("R", ("Интерно", "Interno")),),
    )
    shown = desk.good("show", "out")
    assert "markings: R: Интерно = Interno" in shown
    assert "instrument: bilateral-treaty" in shown


def test_the_other_side_proposes_in_its_own_order(desk: Desk) -> None:
    turned = (
        "--with",
        RS.name,
        *PLAIN[2:],
        "--instrument-kind",
        "pcc",
        "--type",
        "MT-01",
        "--their-evidence",
        "police",
    )
    desk.good("agreement", "propose", "--store", "mk.keystore", *HERE, *turned, "--marking", "R:Интерно:Interno")
    scope = proposed(desk).scope
    assert scope is not None
    assert scope.languages == (("en", "mk"), ("en", "sr"))
    assert scope.evidence == (EvidentialUse.JUDICIAL, EvidentialUse.POLICE)
    assert scope.equivalences == (Equivalence("R", ("Интерно", "Interno")),)


def test_half_a_scope_is_refused_and_none_is_said_to_be_none(desk: Desk) -> None:
    assert "--instrument-kind is lacking" in desk.bad("agree", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED[2:])
    for option in (("--their-evidence", "police"), ("--marking", "R:a:b"), ("--their-language", "en")):
        assert "[OPTIONS]" in desk.bad("agree", "--store", "rs.keystore", *HERE, *PLAIN, *option)
    assert "--type is lacking" in desk.bad("agree", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED[:2])
    assert "LEVEL:OWN:THEIRS" in desk.bad("agree", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED, "--marking", "R")
    twice = desk.bad("agree", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED, "--marking", "R:a:b")
    assert "[MALFORMED]" in twice
    unknown = ("--with", "xx.nobody", *PLAIN[2:], *SCOPED)
    assert "has no entry" in desk.bad("agree", "--store", "rs.keystore", *HERE, *unknown)
    desk.good("agree", "--store", "rs.keystore", *HERE, *PLAIN)
    assert proposed(desk).scope is None


def test_the_other_party_reads_it_in_its_language_and_signs(desk: Desk) -> None:
    desk.good("agreement", "propose", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED)
    told = desk.good(
        *("agreement", "sign", "out", "--store", "mk.keystore", "--directory", "d", "--language", "mk"), answers="y\n"
    )
    assert "Прифатени јазици" in told
    assert "само преку судски инструмент" in told
    assert "lacking: 0" in told
    desk.good("append", "out", "--directory", "d")
    both = desk.good("agreement", "show", "d", "--language", "en")
    assert "Treaty of 2026 (Treaty between the two States)" in both
    assert "Markings that stand for a level: Restricted = Интерно = Interno" in both
    assert "3 shown." not in desk.good("agreement", "show", "d", "--of", MK.name)


def test_only_a_party_signs_and_only_agreements(desk: Desk) -> None:
    desk.good("agreement", "propose", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED)
    sign = ("agreement", "sign", "out", "--directory", "d")
    assert "is no party" in desk.bad(*sign, "--store", "reg0.keystore", "--yes")
    assert "[NOT_SIGNED]" in desk.bad(*sign, "--store", "mk.keystore", answers="n\n")
    (sheet,) = desk.statements("out").sheets
    assert len(sheet.signatures()) == 1
    desk.good("suspend", MK.name, *HERE, "--reason", "lost")
    assert "[NOT_AN_AGREEMENT]" in desk.bad(*sign, "--store", "mk.keystore", "--yes")


def test_a_proposal_is_shown_without_a_directory_too(desk: Desk) -> None:
    desk.good("agreement", "propose", "--store", "rs.keystore", *HERE, *PLAIN, *SCOPED)
    assert f"Between: {MK.name} - {RS.name}" in desk.good("agreement", "show", "out")
    known = json.loads(desk.good("agreement", "show", "out", "--directory", "d", "--json"))
    (told,) = known["agreements"]
    assert told["current"] is True
    assert "North Macedonia" in told["words"]["Between"]
    assert told["footnotes"] == []


def test_a_renewal_overlaps_and_leaves_no_gap(desk: Desk) -> None:
    end = "2026-12-31"
    id_ = agreed(desk, "--valid-until", end)
    renew = ("agreement", "renew", id_, "--store", "mk.keystore", *HERE)
    assert "[GAP]" in desk.bad(*renew, "--valid-from", "2027-01-02")
    desk.good(*renew, "--valid-from", "2026-12-01", "--valid-until", "2027-12-31")
    desk.good("sign", "out", "--store", "rs.keystore", "--yes")
    desk.good("append", "out", "--directory", "d")
    directory = desk.directory().directory
    days = {
        at: {each.instrument for each in directory.agreements_between(MK.node, RS.node, Channel("police"), at)}
        for at in range(NOW, NOW + 2 * 365 * 86_400, 86_400)
    }
    treaty = [at for at, found in days.items() if "Treaty of 2026" in found]
    assert treaty == sorted(at for at in days if at < 1_830_211_200)
    renewal = proposed(desk)
    assert (renewal.scope, renewal.articles) == (directory.agreements()[-1].scope, ("Art 4",))


def test_a_renewal_begins_now_unless_said_otherwise_and_needs_something_to_renew(desk: Desk) -> None:
    id_ = agreed(desk)
    desk.now = NOW + 60
    desk.good("agreement", "renew", id_, "--store", "rs.keystore", *HERE)
    assert (proposed(desk).valid_from, proposed(desk).valid_until) == (NOW + 60, None)
    assert "[NOT_FOUND]" in desk.bad("agreement", "renew", "ab" * 32, "--store", "rs.keystore", *HERE)
    assert "is no party" in desk.bad("agreement", "renew", id_, "--store", "reg0.keystore", *HERE)
