"""One valid body of every statement kind."""

from dataclasses import replace

from protocol.ids import Channel, NodeId, PolicyDigest, Reference, StatementId, TypeId
from protocol.mandate import Mandate
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
from tests.simulators.network import identity_of, recipient_seed_of
from tests.simulators.party import NOW

NODE = NodeId("rs.contact")
POLICE = Channel("police")
WEEK = 7 * 86_400

ENROLMENT = Enrolment(
    node=NODE,
    version=1,
    issued_at=NOW,
    kind=Kind.CONTACT_POINT,
    family=Family.POLICE,
    country="RS",
    label="Kontakt tačka Beograd",
    channels=(POLICE, Channel("system")),
    languages=("en", "sr"),
    accredited=("restricted",),
    identity=identity_of("rs.contact").public,
    tls_pin=b"t" * 32,
)


def published(channel: Channel, start: int) -> PublishedKey:
    """Return a sound public key for one week."""
    window = (start, start + WEEK)
    return PublishedKey(channel, recipient_seed_of(str(NODE), channel, window).public_key, *window)


KEYS = KeyPublication(
    node=NODE,
    issued_at=NOW,
    sequence=2,
    previous=StatementId(b"k" * 32),
    keys=(published(POLICE, NOW), published(POLICE, NOW + WEEK), published(Channel("system"), NOW)),
)
RECOVERY = Recovery(
    node=NODE, version=2, issued_at=NOW, identity=identity_of("rs.contact again").public, tls_pin=b"u" * 32
)
IDENTITY = IdentityChange(node=NODE, version=2, issued_at=NOW, identity=identity_of("rs.contact next").public)
CAPABILITY = Capability(node=NODE, issued_at=NOW, wire=1, suite=1, types=(TypeId("MT-01/2"), TypeId("MT-R1/1")))
TLS = TlsPins(node=NODE, issued_at=NOW, pins=(b"v" * 32, b"t" * 32))
PERSON = PersonBinding(
    node=NODE,
    issued_at=NOW,
    person=Reference(b"p" * 16),
    role="issuer",
    identity=identity_of("a person").public,
    not_before=NOW,
    not_after=NOW + 52 * WEEK,
)
AGREEMENT = AgreementTerms(
    parties=(NodeId("mk.contact"), NODE),
    channel=POLICE,
    issued_at=NOW,
    instrument="Memorandum",
    articles=("Article 7", "Article 3"),
    purposes=("investigate", "prevent"),
    data_categories=("CO", "ID"),
    personal_data=True,
    evidential_use="none",
    valid_from=NOW,
    valid_until=NOW + 52 * WEEK,
)
POLICY = PolicyChange(digest=PolicyDigest(b"d" * 32), issued_at=NOW, activated_at=NOW + 60, emergency=False)
REVOCATION = Revocation(
    node=NODE, issued_at=NOW, target=Target.KEYS, ids=(b"a" * 32, b"b" * 32), reason=Reason.COMPROMISED
)
SUSPENSION = Suspension(node=NODE, issued_at=NOW, until=NOW + 3 * 86_400, lift=False, reason=Reason.COMPROMISED)
RESTART = Restart(log=Log.MESSAGES, issued_at=NOW, size=10, root=b"r" * 32, lost_size=12)
SCOPE = Scope(
    instrument=Instrument.BILATERAL,
    types=("MT-01", "MT-03"),
    evidence=(EvidentialUse.JUDICIAL, EvidentialUse.POLICE),
    languages=(("en", "mk"), ("en", "sr")),
    equivalences=(Equivalence("R", ("Интерно", "Interno")),),
)
SCOPED = replace(AGREEMENT, instrument="Treaty", scope=SCOPE)
AUDITOR = replace(
    ENROLMENT,
    kind=Kind.AUDITOR,
    family=Family.OVERSIGHT,
    channels=(Channel("system"),),
    mandate=Mandate(countries=("BA", "RS"), channels=("police",), since=NOW, until=NOW + 52 * WEEK),
)
NODE_BODIES = (ENROLMENT, AUDITOR, KEYS, RECOVERY, IDENTITY, CAPABILITY, TLS, PERSON)
NETWORK_BODIES = (AGREEMENT, SCOPED, POLICY, REVOCATION, SUSPENSION, RESTART)
