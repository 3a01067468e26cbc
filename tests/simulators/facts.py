"""Facts by chance: known values, near misses and nonsense side by side, for the properties that a policy must keep."""

from dataclasses import fields, replace

from hypothesis import strategies as st

from policies.consent import ConsentKind, ConsentMatrix, Grant
from policies.facts import (
    ActKind,
    Addressed,
    Citation,
    Disclosed,
    Evidence,
    InnerFacts,
    OuterFacts,
    PersonalAct,
    ReplyFacts,
    Side,
    Use,
)
from policies.header import Header
from protocol.catalogue.content import ContentReference, ContentSummary
from protocol.core import Mode
from protocol.ids import CHANNELS, Channel, MessageId, NodeId, PolicyDigest, Reference, StatementId, TypeId
from protocol.ports import IdentityPublic
from protocol.records import Agreement, ConsentToken, Family, Kind, Participant, PolicyState
from protocol.scope import Equivalence, EvidentialUse, Instrument, Scope
from tests.simulators.policies import shipped_cases, shipped_policies

NODES = [NodeId(each) for each in ("agency.cc", "care.bb", "ilecu.aa", "ilecu.bb", "lotse.aa", "nada.bb")]
TYPES = sorted({each for policy in shipped_policies().channels.values() for each in policy.sets})
NOW = 100_000_000
ODD = st.text(max_size=12)

nodes = st.sampled_from(NODES)
channels = st.sampled_from(CHANNELS)
times = st.sampled_from([0, NOW - 1, NOW, NOW + 1, NOW + 86_400, NOW * 2]) | st.integers(-10, 1 << 53)
references = st.sampled_from([Reference(bytes([each] * 16)) for each in range(3)])
digests = st.sampled_from([shipped_policies().digest, PolicyDigest(b"p" * 32), PolicyDigest(b"q" * 32)])
purposes = st.sampled_from(["investigate", "proceedings", "return", "network"]) | ODD
categories = st.sampled_from(["ID", "CO", "CA", "HE", "CR"]) | ODD
roles = st.sampled_from(["suspect", "victim", "witness", "unknown"]) | ODD
codes = st.sampled_from(["H0", "H1", "H2", "H3"]) | ODD
languages = st.sampled_from(["en", "sr-Latn"]) | ODD
paths = st.sampled_from(["/facts", "/linked_threads/0", "/prior_references/0"]) | ODD


def some(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=3).map(tuple)


headers = st.builds(
    Header,
    sender=nodes,
    channel=channels,
    type=st.sampled_from(TYPES) | st.just(TypeId("MT-99/1")),
    purpose=purposes,
    language=languages,
    policy=digests,
    issued_at=times,
    expires_at=times,
    in_reply_to=st.none() | st.just(MessageId(b"m" * 32)),
    urgency=st.none() | st.sampled_from(["normal", "urgent"]) | ODD,
    urgency_ground=st.none() | st.sampled_from(["a", "custody"]) | ODD,
    classification=st.none() | st.sampled_from(["BPL", "R"]) | ODD,
    handling=some(codes),
    person_roles=some(roles),
    data_categories=some(categories),
    erase_by=st.none() | times,
    consents=st.lists(references, max_size=3).map(tuple),
    approvals=st.lists(references, max_size=3).map(tuple),
    identity=st.booleans(),
)
participants = st.builds(
    Participant,
    node=nodes,
    kind=st.sampled_from(Kind),
    family=st.sampled_from(Family),
    country=st.just("XX"),
    label=st.just("x"),
    channels=st.lists(channels, max_size=8).map(tuple),
    languages=some(languages),
    accredited=some(st.just("R")),
    valid_until=st.none() | times,
    suspended=st.booleans(),
    revoked=st.booleans(),
    identity=st.just(IdentityPublic(b"", b"")),
    tls_pin=st.just(b""),
)
agreements = st.builds(
    Agreement,
    id=st.just(StatementId(b"s" * 32)),
    parties=st.tuples(nodes, nodes),
    channel=channels,
    instrument=st.just("x"),
    articles=st.just(()),
    purposes=some(purposes),
    data_categories=some(categories),
    personal_data=st.booleans(),
    evidential_use=st.just("none"),
    valid_from=times,
    valid_until=st.none() | times,
    scope=st.none()
    | st.builds(
        Scope,
        instrument=st.sampled_from(Instrument),
        types=st.lists(st.sampled_from([each.partition("/")[0] for each in TYPES]), max_size=4).map(tuple),
        evidence=st.tuples(st.sampled_from(EvidentialUse), st.sampled_from(EvidentialUse)),
        languages=st.tuples(some(languages), some(languages)),
        equivalences=some(st.builds(Equivalence, st.sampled_from(("R", "C")), st.just(("a", "b")))),
    ),
)
recipients = st.lists(
    st.builds(
        Addressed,
        node=nodes,
        mode=st.sampled_from(Mode),
        participant=st.none() | participants,
        agreement=st.none() | agreements,
    ),
    max_size=4,
    unique_by=lambda each: each.node,
).map(tuple)
tokens = st.dictionaries(
    references, st.builds(ConsentToken, references, nodes, nodes, nodes, times, st.booleans()), max_size=3
)
outer_facts = st.builds(
    OuterFacts,
    side=st.sampled_from(Side),
    header=headers,
    sender=st.none() | participants,
    recipients=recipients,
    policy=st.none() | st.builds(PolicyState, digests, st.none() | digests, times, st.booleans()),
    now=times,
    reply=st.none()
    | st.builds(ReplyFacts, channels, st.sampled_from(TYPES), languages, st.frozensets(nodes, max_size=3)),
    tokens=tokens,
    approvals=tokens,
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | ODD,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["phase", "urgency", "reason", "facts", "grounds", "x_other_basis"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
contents = st.builds(
    ContentSummary,
    person_roles=st.frozensets(roles, max_size=3),
    persons_without_role=st.integers(0, 3),
    data_categories=st.frozensets(categories, max_size=3),
    personal_data=st.booleans(),
    special_categories=st.frozensets(ODD, max_size=2),
    victim_identity=st.booleans(),
    evaluation_missing=some(paths),
    handling=st.frozensets(codes, max_size=3),
    handling_texts=some(paths),
    role_categories=st.frozensets(st.tuples(roles, categories), max_size=3),
    child=st.booleans(),
    references=st.lists(
        st.builds(ContentReference, st.sampled_from(["message", "consent", "owner"]) | ODD, nodes | ODD, paths),
        max_size=3,
    ).map(tuple),
)
disclosures = st.builds(
    Disclosed,
    part=st.sampled_from(["body", "identity"]) | ODD,
    owner=nodes,
    handling=st.frozensets(codes, max_size=3),
    addressees=st.frozensets(nodes, max_size=3),
    consented=st.frozensets(nodes, max_size=3),
    evidential=st.frozensets(nodes, max_size=3),
    asks=st.none() | st.sampled_from(EvidentialUse),
    use=st.sampled_from(Use),
    evidence=st.sampled_from(Evidence),
    conditions=st.lists(ODD, max_size=2).map(tuple),
    accepted=st.booleans(),
    basis=st.none() | st.sampled_from(["same_proceedings", "directly_related"]) | ODD,
    limits=st.frozensets(st.sampled_from(["proceedings_only", "threat"]) | ODD, max_size=2),
)
inner_facts = st.builds(
    InnerFacts,
    outer=outer_facts,
    content=contents,
    documents=st.dictionaries(st.sampled_from(["body", "identity"]), documents, max_size=2),
    reader=st.none() | nodes,
    author=st.none() | ODD,
    acts=st.lists(
        st.builds(PersonalAct, st.sampled_from(ActKind), nodes, ODD, st.sampled_from(["judge", "clerk"])), max_size=2
    ).map(tuple),
    citations=st.lists(
        st.builds(
            Citation,
            path=paths,
            channel=st.none() | channels,
            owner=st.none() | nodes,
            handling=some(codes),
            addressees=st.frozensets(nodes, max_size=2),
            consented=st.frozensets(nodes, max_size=2),
            quoted=st.booleans(),
            evidential=st.booleans(),
            purpose=st.none() | purposes,
            repurposed=st.frozensets(purposes, max_size=2),
            classification=st.none() | st.sampled_from(["BPL", "R"]) | ODD,
            erase_by=st.none() | times,
        ),
        max_size=3,
    ).map(tuple),
    matrices=st.dictionaries(
        references,
        st.builds(
            ConsentMatrix,
            consent=references,
            version=st.integers(1, 3),
            kind=st.sampled_from(ConsentKind),
            valid_from=times,
            expires_at=times,
            grants=st.lists(
                st.builds(Grant, nodes, categories, st.sampled_from(["shelter", "travel"]), times), max_size=4
            ).map(tuple),
            withdrawn_at=st.none() | times,
        ),
        max_size=3,
    ),
)


def _near(facts: InnerFacts, odd: InnerFacts, changes: list[str]) -> InnerFacts:
    """Return good facts with a few parts replaced by those of odd ones: most rules stay silent, some fire."""
    own = {each.name for each in fields(Header)}
    header = replace(facts.outer.header, **{name: getattr(odd.outer.header, name) for name in changes if name in own})
    around = {name: getattr(odd.outer, name) for name in changes if name in ("sender", "recipients", "policy", "reply")}
    inside = {name: getattr(odd, name) for name in changes if name in ("content", "documents", "acts", "citations")}
    return replace(facts, outer=replace(facts.outer, header=header, **around), **inside)


GOOD = [
    case.facts for channel in ("police", "rogatory", "cso", "police-cso", "system") for case in shipped_cases(channel)
]
CHANGES = [
    *(each.name for each in fields(Header)),
    *("sender", "recipients", "policy", "reply", "content", "documents", "acts", "citations"),
]
near_facts = st.builds(
    _near, st.sampled_from(GOOD), inner_facts, st.lists(st.sampled_from(CHANGES), max_size=2, unique=True)
)
any_facts = inner_facts | near_facts
POLICE = Channel("police")
