"""The charter by itself: docs/wire.md section 6.3."""

from dataclasses import dataclass

from tests.oracle.log import Keys
from tests.oracle.shape import array, ascending, blob, count, digest, mapping, need, node, positive, reference
from tests.oracle.signed import Identity, check_ed25519_key, identity_id
from tests.oracle.statements import boolean, channel, identity

REGISTRY = (1,)
ML_DSA_44_KEY = 1312


@dataclass(frozen=True)
class Charter:
    """A charter that keeps every rule it can keep alone."""

    version: int
    network: bytes
    training: bool
    created: int
    previous: bytes | None
    hub: Identity
    log: list[bytes]
    pins: list[bytes]
    registrars: list[Identity]
    threshold: int
    witnesses: list[Keys]
    suite: int
    weeks: dict[str, int]

    def signing_keys(self) -> list[bytes]:
        """Return every signing key that the charter names."""
        pairs = [(one.ed25519, one.ml_dsa_65) for one in (self.hub, *self.registrars)]
        pairs += [(one.ed25519, one.ml_dsa_44) for one in self.witnesses]
        return [*self.log, *(key for pair in pairs for key in pair)]


def parse_charter(body: object) -> Charter:
    """Return a charter; refuse one that breaks a rule of section 6.3 by itself."""
    fields = mapping(body, (1, 2, 3, 4, *range(6, 16)), (5, 17))
    version, network, training = positive(fields[1]), reference(fields[2]), boolean(fields[3])
    created = count(fields[4])
    previous = digest(fields[5]) if 5 in fields else None
    hub = identity(fields[6])
    log = parse_pair(array(fields[7], 2))
    pin = digest(fields[8])
    digest(fields[9])
    registrars = [identity(item) for item in array(fields[10], 2, 15)]
    threshold = count(fields[11], 2, 15)
    witnesses = [parse_witness(item) for item in array(fields[12], 2, 12)]
    quorum = count(fields[13], 2, 7)
    suite = positive(fields[14])
    terms = parse_terms(fields[15])
    pins = [pin, digest(fields[17])] if 17 in fields else [pin]
    need((previous is None) == (version == 1))
    need(len(set(pins)) == len(pins))
    ids = [identity_id(one) for one in registrars]
    need(ids == sorted(ids))
    need(threshold <= len(registrars))
    need(ascending([one.name.encode() for one in witnesses]))
    need((len(witnesses) + 3) // 2 <= quorum <= len(witnesses))
    need(suite in REGISTRY, "UNKNOWN_SUITE")
    charter = Charter(
        version, network, training, created, previous, hub, log, pins, registrars, threshold, witnesses, suite, terms
    )
    keys = charter.signing_keys()
    need(len(set(keys)) == len(keys), "KEY_ALREADY_BOUND")
    return charter


def parse_pair(value: list[object]) -> list[bytes]:
    """Return the Ed25519 and ML-DSA-44 key of a log or witness."""
    ed25519, lattice = blob(value[0]), blob(value[1])
    check_ed25519_key(ed25519)
    need(len(lattice) == ML_DSA_44_KEY, "KEY_INVALID")
    return [ed25519, lattice]


def parse_witness(value: object) -> Keys:
    """Return a witness."""
    name, *keys = array(value, 3)
    return Keys(node(name), *parse_pair(keys))


def parse_terms(value: object) -> dict[str, int]:
    """Return for each channel how many weeks of keys may be published ahead."""
    terms: dict[str, int] = {}
    for item in array(value, 1, 8):
        name, weeks, life = array(item, 3)
        count(life, 14, 90)
        found = channel(name)
        need(not terms or max(terms) < found)
        terms[found] = count(weeks, 4, 60)
    return terms
