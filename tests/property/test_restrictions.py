"""Restrictions travel with data and only grow; only the owner lifts them (invariant 7; predicates DP-8 and DP-9)."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine import decide_inner
from policies.facts import Addressed, Citation, InnerFacts, Side
from policies.header import Header
from policies.predicates.sources import Places, owner_lifts
from protocol.decision import Decision, Verdict
from protocol.ids import Channel, NodeId
from protocol.scope import Equivalence, EvidentialUse, Instrument, Scope
from tests.simulators.facts import any_facts
from tests.simulators.policies import shipped_facts, shipped_policies

POLICIES = shipped_policies()
ORDER = [Verdict.ALLOW, Verdict.HOLD, Verdict.APPROVE, Verdict.DENY]
LEVELS = ["BPL", "R"]
NEWS = shipped_facts("police", "news")
OWNER = NodeId("ilecu.dd")
SCOPE = Scope(
    instrument=Instrument.PCC,
    types=("MT-05",),
    evidence=(EvidentialUse.POLICE, EvidentialUse.POLICE),
    languages=(("en",), ("en",)),
)
handlings = st.lists(st.sampled_from(["H0", "H1", "H2", "H3"]), max_size=3, unique=True).map(tuple)
dates = st.none() | st.sampled_from([100_000_001, 105_000_000, 110_000_000, 120_000_000])
sources = st.lists(
    st.builds(
        Citation,
        path=st.sampled_from(["/information/0", "/information/1"]),
        channel=st.just(Channel("police")),
        owner=st.just(OWNER),
        handling=handlings,
        quoted=st.just(value=True),
        addressees=st.frozensets(st.sampled_from([NodeId("ilecu.bb"), NodeId("ilecu.aa")])),
        consented=st.frozensets(st.just(NodeId("ilecu.bb"))),
        purpose=st.sampled_from(["prevent", "investigate", None]),
        classification=st.none() | st.sampled_from(LEVELS),
        erase_by=dates,
    ),
    max_size=3,
).map(tuple)


def derived(header: Header, cited: tuple[Citation, ...]) -> InnerFacts:
    """News that quotes the sources, under whatever its sender wrote into the header."""
    sender = NEWS.outer.sender
    assert sender is not None
    accredited = replace(sender, accredited=("R",))
    to = tuple(map(_cleared, NEWS.outer.recipients))
    outer = replace(NEWS.outer, header=header, sender=accredited, recipients=to)
    content = replace(NEWS.content, handling_texts=("/restrictions",))
    return replace(NEWS, outer=outer, content=content, citations=cited)


def _cleared(addressed: Addressed) -> Addressed:
    """The recipient as one that may have R, under an agreement that says how each side marks it."""
    assert addressed.participant is not None
    assert addressed.agreement is not None
    marked = replace(SCOPE, equivalences=(Equivalence("R", ("Interno", "Restricted")),))
    return replace(
        addressed,
        participant=replace(addressed.participant, accredited=("R",)),
        agreement=replace(addressed.agreement, scope=marked),
    )


def headers() -> st.SearchStrategy[Header]:
    return st.builds(
        lambda handling, level, date: replace(
            NEWS.outer.header, handling=handling, classification=level, erase_by=date
        ),
        handlings.filter(bool),
        st.sampled_from(LEVELS),
        dates,
    )


def keeps(header: Header, to: tuple[Addressed, ...], source: Citation) -> bool:
    reach = {source.owner, *source.addressees, *source.consented}
    return (
        set(source.handling) <= set(header.handling)
        and (source.erase_by is None or (header.erase_by is not None and header.erase_by <= source.erase_by))
        and (source.classification is None or rank(header.classification) >= rank(source.classification))
        and ("H2" not in source.handling or {each.node for each in to} <= reach)
    )


def rank(level: str | None) -> int:
    return LEVELS.index(level or "")


@settings(deadline=None)
@given(headers(), sources)
def test_what_is_allowed_keeps_the_restrictions_of_every_source(header: Header, cited: tuple[Citation, ...]) -> None:
    facts = derived(header, cited)
    decision = decide_inner(POLICIES, facts)
    kept = all(keeps(header, facts.outer.recipients, each) for each in cited)
    assert kept or decision.verdict is not Verdict.ALLOW


@settings(deadline=None)
@given(sources, st.data())
def test_restrictions_only_grow_from_hand_to_hand(cited: tuple[Citation, ...], data: st.DataObject) -> None:
    """Whoever quotes a message that quoted another one keeps the restrictions of both."""
    first, second = data.draw(headers()), data.draw(headers())
    if decide_inner(POLICIES, derived(first, cited)).verdict is not Verdict.ALLOW:
        return
    again = Citation(
        path="/information/0",
        channel=first.channel,
        owner=OWNER,
        handling=first.handling,
        quoted=True,
        addressees=frozenset({NodeId("ilecu.bb")}),
        purpose=first.purpose,
        classification=first.classification,
        erase_by=first.erase_by,
    )
    facts = derived(second, (again,))
    if decide_inner(POLICIES, facts).verdict is not Verdict.ALLOW:
        return
    assert set(second.handling) >= set(first.handling).union(*(each.handling for each in cited))
    dates_before = [each.erase_by for each in (first, *cited) if each.erase_by is not None]
    assert not dates_before or (second.erase_by is not None and second.erase_by <= min(dates_before))
    levels = [rank(each.classification) for each in (first, *cited) if each.classification is not None]
    assert rank(second.classification) >= max(levels)


def test_something_restricted_can_be_passed_on_under_the_same_restrictions() -> None:
    source = Citation(
        path="/information/0",
        channel=Channel("police"),
        owner=OWNER,
        handling=("H2",),
        quoted=True,
        consented=frozenset({NodeId("ilecu.bb")}),
        purpose="prevent",
        classification="R",
        erase_by=105_000_000,
    )
    header = replace(NEWS.outer.header, handling=("H0", "H2"), classification="R", erase_by=105_000_000)
    assert decide_inner(POLICIES, derived(header, (source,))).verdict is Verdict.ALLOW


@settings(deadline=None)
@given(any_facts, sources)
def test_quoting_more_never_permits_more(facts: InnerFacts, more: tuple[Citation, ...]) -> None:
    """Another source without its owner's consent makes no verdict milder and silences no rule."""
    added = tuple(replace(each, path="/nowhere/else", consented=frozenset()) for each in more)
    before, after = (
        decide_inner(POLICIES, facts),
        decide_inner(POLICIES, replace(facts, citations=facts.citations + added)),
    )
    assert severity(after) >= severity(before)
    assert {each.rule for each in before.findings} <= {each.rule for each in after.findings}


def severity(decision: Decision) -> int:
    return ORDER.index(decision.verdict)


PLACES = owner_lifts.bind(Places(frozenset({"/items"})))


@given(st.sampled_from([None, NEWS.outer.header.sender, OWNER, NodeId("ilecu.bb")]), st.sampled_from(list(Side)))
def test_only_the_owner_lifts(owner: NodeId | None, side: Side) -> None:
    cited = Citation(path="/items/0/message_id", channel=Channel("police"), owner=owner)
    facts = replace(NEWS, outer=replace(NEWS.outer, side=side), citations=(cited,))
    assert (PLACES(facts) == ()) is (owner == NEWS.outer.header.sender)
