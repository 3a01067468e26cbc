"""What scopes of agreements permit, beyond the cases beside the policies; and what the owner's state asks for."""

from dataclasses import replace

import pytest

from policies.gather import choose_agreement, evidence_asked
from policies.predicates import evidence, scopes
from policies.predicates.disclosures import Families
from policies.predicates.scopes import Instruments, Open
from policies.registry import Nothing, Objections
from protocol.ids import Channel, NodeId, StatementId
from protocol.records import Agreement, Family
from protocol.scope import EvidentialUse, Instrument
from tests.simulators.policies import CHANNELS, shipped_facts, shipped_policies

REQUEST = shipped_facts("police", "request-under-treaty").outer
ANSWER = shipped_facts("police", "answer-under-treaty").outer
DISCLOSURE = shipped_facts("police", "disclosure-with-consent")
NOW = REQUEST.now
[TO] = REQUEST.recipients
assert TO.agreement is not None
TREATY: Agreement = TO.agreement
OLD = replace(TREATY, scope=None)
BASIS = Instruments(
    frozenset({Instrument.PCC, Instrument.BILATERAL}), unstated=True, outside={Instrument.PCC: frozenset({"XK"})}
)


def states(found: Objections) -> list[str]:
    return [dict(each.says)["state"] for each in found]


def of_kind(kind: Instrument, country: str = "MK") -> Objections:
    assert TREATY.scope is not None
    assert TO.participant is not None
    agreement = replace(TREATY, scope=replace(TREATY.scope, instrument=kind))
    to = replace(TO, agreement=agreement, participant=replace(TO.participant, country=country))
    return scopes.agreement_instrument.bind(BASIS)(replace(REQUEST, recipients=(to,)))


def test_an_instrument_is_a_basis_where_the_channel_and_both_countries_know_it() -> None:
    assert of_kind(Instrument.PCC) == ()
    assert of_kind(Instrument.BILATERAL, "XK") == ()
    assert states(of_kind(Instrument.WORKING)) == ["other-instrument"]
    assert states(of_kind(Instrument.PCC, "XK")) == ["outside-instrument"]


def test_the_sender_too_is_bound_by_the_instrument_or_not() -> None:
    assert TREATY.scope is not None
    assert REQUEST.sender is not None
    pcc = replace(TO, agreement=replace(TREATY, scope=replace(TREATY.scope, instrument=Instrument.PCC)))
    assert pcc.participant is not None
    home = replace(pcc, participant=replace(pcc.participant, country="MK"))
    check = scopes.agreement_instrument.bind(BASIS)
    for sender in (None, replace(REQUEST.sender, country="XK")):
        assert states(check(replace(REQUEST, sender=sender, recipients=(home,)))) == ["outside-instrument"]
    stranger = replace(home, participant=None)
    assert states(check(replace(REQUEST, recipients=(stranger,)))) == ["outside-instrument"]


def test_an_agreement_from_before_scopes_is_a_basis_where_the_policy_says_so() -> None:
    before = replace(REQUEST, recipients=(replace(TO, agreement=OLD),))
    assert scopes.agreement_instrument.bind(BASIS)(before) == ()
    assert states(scopes.agreement_instrument.bind(replace(BASIS, unstated=False))(before)) == ["not-stated"]
    assert scopes.agreement_types.bind(Nothing())(before) == ()
    assert scopes.agreement_languages.bind(Nothing())(before) == ()
    [refusal] = scopes.agreement_classification.bind(Open(frozenset({"BPL"})))(before)
    assert refusal.recipient == TO.node


def test_without_an_agreement_another_rule_speaks_and_every_policy_has_it() -> None:
    nothing = replace(REQUEST, recipients=(replace(TO, agreement=None),))
    for check in (
        scopes.agreement_instrument.bind(BASIS),
        scopes.agreement_types.bind(Nothing()),
        scopes.agreement_languages.bind(Nothing()),
        scopes.agreement_classification.bind(Open(frozenset({"BPL"}))),
    ):
        assert check(nothing) == ()
    asked = {"agreement-instrument", "agreement-types", "agreement-languages", "agreement-classification"}
    for channel in CHANNELS:
        for rules in shipped_policies().channels[Channel(channel)].sets.values():
            sides = {each.rule.predicate: each.rule.sides for each in rules.outer}
            basis = sides.get("agreement-in-force", frozenset())
            assert all(sides[each] <= basis for each in asked & set(sides)), channel


def test_a_level_is_only_carried_where_both_sides_have_a_marking_for_it() -> None:
    check = scopes.agreement_classification.bind(Open(frozenset({"BPL"})))
    for level, refusals in (("R", 0), ("BPL", 0), (None, 0), ("C", 1)):
        found = check(replace(REQUEST, header=replace(REQUEST.header, classification=level)))
        assert len(found) == refusals, level


def test_an_answer_keeps_the_language_of_the_question_only_towards_who_asked() -> None:
    check = scopes.agreement_languages.bind(Nothing())
    assert ANSWER.reply is not None
    assert check(ANSWER) == ()
    for reply in (None, replace(ANSWER.reply, language="de"), replace(ANSWER.reply, parties=frozenset())):
        assert [dict(each.says) for each in check(replace(ANSWER, reply=reply))] == [{"language": "sq"}]


@pytest.mark.parametrize(
    ("asks", "owner", "found"),
    [
        (EvidentialUse.POLICE, "ilecu.bb", []),
        (EvidentialUse.JUDICIAL, "ilecu.bb", ["judicial-only"]),
        (None, "ilecu.bb", ["not-agreed"]),
        (EvidentialUse.JUDICIAL, "ilecu.aa", []),
    ],
)
def test_the_owners_state_decides_whose_word_makes_it_evidence(
    asks: EvidentialUse | None, owner: str, found: list[str]
) -> None:
    check = evidence.disclosed_evidence_agreed.bind(Families(frozenset({Family.JUDICIAL})))
    assert DISCLOSURE.disclosed is not None
    about = replace(DISCLOSURE.disclosed, asks=asks, owner=NodeId(owner))
    assert states(check(replace(DISCLOSURE, disclosed=about))) == found


def test_between_police_nothing_is_asked_about_evidence_and_a_stranger_counts_as_a_court() -> None:
    check = evidence.disclosed_evidence_agreed.bind(Families(frozenset({Family.JUDICIAL})))
    about = replace(DISCLOSURE, disclosed=replace(DISCLOSURE.disclosed, asks=None))  # type: ignore[type-var]
    [to] = about.outer.recipients
    assert to.participant is not None
    police = replace(to, participant=replace(to.participant, family=Family.POLICE))
    assert check(replace(about, outer=replace(about.outer, recipients=(police,)))) == ()
    assert len(check(replace(about, outer=replace(about.outer, recipients=(replace(to, participant=None),))))) == 1
    assert check(replace(about, disclosed=None))


def test_whose_word_is_asked_for_is_the_strictest_of_the_agreements_in_force() -> None:
    assert TREATY.scope is not None
    owner, strict = TREATY.parties[1], replace(TREATY.scope, evidence=(EvidentialUse.POLICE, EvidentialUse.JUDICIAL))
    assert evidence_asked([TREATY], owner, NOW) is EvidentialUse.POLICE
    assert evidence_asked([TREATY], TREATY.parties[0], NOW) is EvidentialUse.JUDICIAL
    assert evidence_asked([TREATY, replace(TREATY, scope=strict)], owner, NOW) is EvidentialUse.JUDICIAL
    assert evidence_asked([OLD], owner, NOW) is None
    assert evidence_asked([replace(TREATY, valid_until=NOW)], owner, NOW) is None
    assert evidence_asked([], owner, NOW) is None


def test_a_renewal_is_named_as_soon_as_it_is_in_force() -> None:
    header = REQUEST.header
    old = replace(TREATY, id=StatementId(b"\xff" * 32), valid_from=0, valid_until=NOW + 10)
    new = replace(TREATY, id=StatementId(bytes(32)), valid_from=NOW + 5, valid_until=NOW + 1000)
    endless = replace(TREATY, id=StatementId(b"\x01" * 32), valid_from=NOW + 7)
    named = [choose_agreement([old, new, endless], header, at) for at in (NOW, NOW + 5, NOW + 7, NOW + 10)]
    assert named == [old, new, endless, endless]


def test_an_agreement_whose_scope_permits_the_message_is_named_before_one_that_ends_later() -> None:
    assert TREATY.scope is not None
    best = replace(TREATY, valid_until=NOW + 10)
    for worse in (
        replace(TREATY.scope, types=("MT-05",)),
        replace(TREATY.scope, languages=(("sq",), ("de",))),
        replace(TREATY.scope, equivalences=()),
    ):
        other = replace(TREATY, id=StatementId(b"\xff" * 32), scope=worse, valid_until=None)
        assert choose_agreement([best, other], REQUEST.header, NOW) == best
        assert choose_agreement([other, best], REQUEST.header, NOW) == best
