"""Every statement body reads back from its payload, and no other bytes parse to it."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import Fault
from protocol.ids import CHANNELS, NodeId, PolicyDigest, Reference, StatementId, TypeId
from protocol.records import Family, Kind
from protocol.scope import Equivalence, EvidentialUse, Instrument, Scope
from protocol.statement_network import (
    AgreementTerms,
    Log,
    PolicyChange,
    Reason,
    Restart,
    Revocation,
    Suspension,
    Target,
)
from protocol.statement_nodes import (
    Capability,
    Enrolment,
    IdentityChange,
    KeyPublication,
    PersonBinding,
    PublishedKey,
    Recovery,
    TlsPins,
)
from protocol.statements import Body, encode_entry, encode_statement, parse_entry, parse_payload, sign_statement
from tests.simulators.network import identity_of
from tests.simulators.party import NETWORK
from tests.simulators.statements import KEYS

nodes = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}[a-z0-9]", fullmatch=True).map(NodeId)
times = st.integers(0, 1 << 40)
digests = st.binary(min_size=32, max_size=32)
codes = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
identities = st.sampled_from([identity_of(name).public for name in ("ana", "boris", "cveta")])
channels = st.sampled_from(CHANNELS)
reasons = st.sampled_from(list(Reason))
types = st.dictionaries(st.sampled_from(["MT-01", "MT-R1", "MT-V6"]), st.integers(1, 9999)).map(
    lambda found: tuple(sorted(TypeId(f"{name}/{version}") for name, version in found.items()))
)
PUBLIC_KEYS = [key.public_key for key in KEYS.keys]


def ascending(items: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(items, max_size=4).map(lambda found: tuple(sorted(found)))


def optional(base: int, more: int | None) -> int | None:
    return None if more is None else base + more


@st.composite
def enrolments(draw: st.DrawFn) -> Enrolment:
    return Enrolment(
        node=draw(nodes),
        version=draw(st.integers(1, 99)),
        issued_at=draw(times),
        kind=draw(st.sampled_from(list(Kind))),
        family=draw(st.sampled_from(list(Family))),
        country=draw(st.from_regex(r"[A-Z]{2}", fullmatch=True)),
        label=draw(codes),
        channels=draw(ascending(channels)),  # type: ignore[arg-type]
        languages=draw(ascending(codes)),
        accredited=draw(ascending(codes)),
        identity=draw(identities),
        tls_pin=draw(digests),
        valid_until=draw(st.none() | times),
    )


@st.composite
def publications(draw: st.DrawFn) -> KeyPublication:
    starts = draw(st.sets(st.tuples(channels, times), min_size=1, max_size=6))
    keys = tuple(
        PublishedKey(channel, draw(st.sampled_from(PUBLIC_KEYS)), start, start + draw(st.integers(1, 999)))
        for channel, start in sorted(starts)
    )
    sequence = draw(st.integers(1, 99))
    previous = None if sequence == 1 else StatementId(draw(digests))
    return KeyPublication(node=draw(nodes), issued_at=draw(times), sequence=sequence, previous=previous, keys=keys)


@st.composite
def agreements(draw: st.DrawFn) -> AgreementTerms:
    first, second = sorted(draw(st.sets(nodes, min_size=2, max_size=2)))
    begin = draw(times)
    return AgreementTerms(
        parties=(first, second),
        channel=draw(channels),
        issued_at=draw(times),
        instrument=draw(codes),
        articles=tuple(draw(st.lists(codes, max_size=4))),
        purposes=draw(ascending(codes)),
        data_categories=draw(ascending(codes)),
        personal_data=draw(st.booleans()),
        evidential_use=draw(codes),
        valid_from=begin,
        valid_until=optional(begin, draw(st.none() | st.integers(1, 999))),
        scope=draw(st.none() | scopes()),
    )


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    names = st.from_regex(r"[A-Z]{2,4}-[A-Z0-9]{1,4}", fullmatch=True)
    pair = st.tuples(st.sampled_from(EvidentialUse), st.sampled_from(EvidentialUse))
    return Scope(
        instrument=draw(st.sampled_from(Instrument)),
        types=tuple(sorted(draw(st.sets(names, min_size=1, max_size=4)))),
        evidence=draw(pair),
        languages=(draw(some_codes()), draw(some_codes())),
        equivalences=tuple(Equivalence(each, (draw(codes), draw(codes))) for each in draw(ascending(codes))),
    )


def some_codes() -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(codes, min_size=1, max_size=4).map(lambda each: tuple(sorted(each)))


@st.composite
def suspensions(draw: st.DrawFn) -> Suspension:
    issued, lift = draw(times), draw(st.booleans())
    until = None if lift else optional(issued, draw(st.none() | st.integers(1, 999)))
    return Suspension(node=draw(nodes), issued_at=issued, until=until, lift=lift, reason=draw(reasons))


@st.composite
def revocations(draw: st.DrawFn) -> Revocation:
    target = draw(st.sampled_from(list(Target)))
    ids: Sequence[bytes] = () if target is Target.NODE else sorted(draw(st.sets(digests, min_size=1, max_size=4)))
    return Revocation(node=draw(nodes), issued_at=draw(times), target=target, ids=tuple(ids), reason=draw(reasons))


@st.composite
def small_bodies(draw: st.DrawFn) -> Body:
    start, more = draw(times), draw(st.integers(1, 999))
    recovery = Recovery(
        node=draw(nodes), version=more + 1, issued_at=start, identity=draw(identities), tls_pin=draw(digests)
    )
    identity = IdentityChange(node=draw(nodes), version=more + 1, issued_at=start, identity=draw(identities))
    person = PersonBinding(
        node=draw(nodes),
        issued_at=draw(times),
        person=Reference(draw(digests)[:16]),
        role=draw(codes),
        identity=draw(identities),
        not_before=start,
        not_after=start + more,
    )
    capability = Capability(node=draw(nodes), issued_at=start, wire=more, suite=draw(times), types=draw(types))
    pins = draw(st.lists(digests, min_size=1, max_size=2, unique=True))
    tls = TlsPins(node=draw(nodes), issued_at=start, pins=tuple(pins))
    policy = PolicyChange(
        digest=PolicyDigest(draw(digests)), issued_at=start, activated_at=start + more, emergency=draw(st.booleans())
    )
    restart = Restart(
        log=draw(st.sampled_from(list(Log))),
        issued_at=draw(times),
        size=start,
        root=draw(digests),
        lost_size=start + more,
    )
    return draw(st.sampled_from([recovery, identity, person, capability, tls, policy, restart]))


bodies = enrolments() | publications() | agreements() | suspensions() | revocations() | small_bodies()


@given(bodies)
def test_a_body_reads_back(body: Body) -> None:
    payload = encode_statement(body)
    assert parse_payload(payload) == body


@given(bodies, st.data())
def test_changed_bytes_never_read_as_the_same_statement(body: Body, data: st.DataObject) -> None:
    payload = encode_statement(body)
    at = data.draw(st.integers(0, len(payload) - 1))
    changed = payload[:at] + bytes([payload[at] ^ data.draw(st.integers(1, 255))]) + payload[at + 1 :]
    try:
        other = parse_payload(changed)
    except Fault:
        return
    assert encode_statement(other) == changed
    assert other != body


@settings(max_examples=25)
@given(bodies, st.permutations(["ana", "boris", "cveta"]), st.integers(1, 3))
def test_an_entry_has_one_encoding_whoever_signs_first(body: Body, names: list[str], count: int) -> None:
    signed = [sign_statement(body, identity_of(name), NETWORK) for name in names[:count]]
    raw = encode_entry(signed)
    entry = parse_entry(raw)
    assert entry.body == body
    assert sorted(each.raw for each in entry.signatures) == sorted(signed)
    assert encode_entry([each.raw for each in entry.signatures][::-1]) == raw


@given(st.binary(max_size=400))
def test_any_other_bytes_are_refused_with_a_fault(raw: bytes) -> None:
    for parse in (parse_payload, parse_entry):
        try:
            parse(raw)
        except Fault:
            continue
        raise AssertionError("random bytes made a statement")
