"""Which obligations arise, for whom they are owed, and what the message itself already settles."""

from dataclasses import replace

import pytest

from policies.duties import owed, owed_by_header
from policies.facts import Citation, InnerFacts, Side
from policies.model import FieldIs, Obligation, When
from protocol.decision import Asks, Duty
from protocol.ids import Channel, NodeId
from protocol.records import Kind
from tests.simulators.policies import shipped_facts

FACTS = shipped_facts("police", "request")
ME = FACTS.outer.header.sender
OTHER = NodeId("ilecu.dd")
NODES = frozenset({Side.SENDER, Side.RECIPIENT})


def obligation(asks: Asks = Asks.REVIEW_BY, when: When | None = None, **changes: object) -> Obligation:
    kinds = frozenset({Kind.CONTACT_POINT}) if asks is Asks.COPY_TO else frozenset[Kind]()
    within = 0 if asks is Asks.KNOW else 60
    made = Obligation(
        id="a", article="NET", text="x", types=(), line=1, asks=asks, within=within, kinds=kinds, sides=NODES, when=when
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def quoting(**changes: object) -> InnerFacts:
    cited = Citation(path="/facts", channel=Channel("police"), owner=OTHER, quoted=True, purpose="prevent")
    return replace(FACTS, citations=(replace(cited, **changes),))  # type: ignore[arg-type]


def arises(when: When, facts: InnerFacts = FACTS) -> bool:
    return owed([obligation(when=when)], facts) != ((), ())


def test_what_is_only_to_be_known_is_no_duty() -> None:
    assert owed([obligation(Asks.KNOW)], FACTS) == (("a",), ())
    assert owed([obligation()], FACTS) == (("a",), (Duty("a", Asks.REVIEW_BY, "NET", "x", 60),))
    assert owed([obligation(Asks.SECOND_PERSON)], FACTS)[1][0].asks is Asks.SECOND_PERSON


def test_each_side_owes_its_own_and_the_hub_tells_the_sender_s() -> None:
    mine = obligation(sides=frozenset({Side.SENDER}))
    for side, there in ((Side.SENDER, True), (Side.HUB, True), (Side.RECIPIENT, False)):
        facts = replace(FACTS, outer=replace(FACTS.outer, side=side))
        assert (owed([mine], facts)[0] == ("a",)) is there
        assert (owed_by_header([mine], facts.outer)[0] == ("a",)) is there


def test_owners_are_told_who_do_not_get_the_message_anyway() -> None:
    asked = obligation(Asks.NOTIFY_OWNER)
    assert owed([asked], FACTS) == ((), ())
    assert owed([asked], quoting())[1][0].to == (OTHER,)
    assert owed([asked], quoting(quoted=False)) == ((), ())
    for here in (ME, FACTS.outer.recipients[0].node, None):
        assert owed([asked], quoting(owner=here)) == ((), ())


def test_a_copy_is_owed_to_a_kind_of_the_own_country_only() -> None:
    asked = obligation(Asks.COPY_TO)
    assert owed([asked], FACTS) == ((), ())  # the recipient is a contact point of the sender's country
    [first, second] = FACTS.outer.recipients
    assert first.participant is not None
    abroad = replace(first, participant=replace(first.participant, country="YY"))
    far = replace(FACTS, outer=replace(FACTS.outer, recipients=(abroad, replace(second, participant=None))))
    assert owed([asked], far)[1][0].to == ("contact-point",)
    assert owed([asked], replace(far, outer=replace(far.outer, sender=None)))[1][0].to == ("contact-point",)


@pytest.mark.parametrize(
    ("when", "facts", "there"),
    [
        (When(), FACTS, True),
        (When(purposes=frozenset({"investigate"})), FACTS, True),
        (When(purposes=frozenset({"prevent"})), FACTS, False),
        (When(child=True), FACTS, False),
        (When(child=True), replace(FACTS, content=replace(FACTS.content, child=True)), True),
        (When(special=True), FACTS, False),
        (
            When(special=True),
            replace(FACTS, content=replace(FACTS.content, special_categories=frozenset({"health"}))),
            True,
        ),
        (When(quotes=True), FACTS, False),
        (When(quotes=True), quoting(), True),
        (When(quotes=True), quoting(owner=ME), False),
        (When(repurposed=True), quoting(), True),
        (When(repurposed=True), quoting(purpose="investigate"), False),
        (When(repurposed=True), quoting(purpose=None), False),
        (When(field=FieldIs("/a", frozenset({"b"}))), FACTS, False),
        (When(field=FieldIs("/a", frozenset({"b"}))), replace(FACTS, documents={"body": {"a": "b"}}), True),
        (When(quotes=True, child=True), quoting(), False),
    ],
)
def test_all_that_is_written_must_hold(when: When, facts: InnerFacts, *, there: bool) -> None:
    assert arises(when, facts) is there


def test_the_header_tells_what_asks_nothing_of_the_content() -> None:
    for when, there in (
        (When(purposes=frozenset({"investigate"})), True),
        (When(purposes=frozenset({"prevent"})), False),
        (When(child=True), False),
        (When(special=True), False),
        (When(quotes=True), False),
        (When(repurposed=True), False),
        (When(field=FieldIs("/a", frozenset({"b"}))), False),
    ):
        assert (owed_by_header([obligation(when=when)], FACTS.outer)[0] == ("a",)) is there
