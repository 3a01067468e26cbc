"""The network charter: leaf 0 of the directory, the root of all trust (protocol decision 10).

It names the network, the hub's keys, who may enrol nodes, who witnesses the logs, and the terms of every channel. Its
digest is pinned out of band at installation; a later charter names the one before it. Bytes: docs/wire.md section 6.3.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from protocol.cbor import Item
from protocol.checkpoint import LogKeys
from protocol.cose import identity_kid
from protocol.cosignature import Witness
from protocol.errors import Code, Fault, Malformed
from protocol.ids import CHANNELS, Channel, StatementId, parse_channel, parse_digest, parse_node_id, parse_reference
from protocol.limits import MAX_NOTE_SIGNATURES, MAX_REGISTRARS, MAX_WITNESSES
from protocol.ports import IdentityPublic
from protocol.public_keys import identity_item, log_keys_item, parse_identity, parse_log_keys
from protocol.shapes import as_bool, as_fixed, as_int, as_list, as_map
from protocol.suite import check_suite

DAY: Final = 86_400
WEEK: Final = 7 * DAY
WEEKS_AHEAD: Final = (4, 60)
LIFE_DAYS: Final = (14, 90)
LEAST_THRESHOLD: Final = 2  # one registrar alone decides nothing but a short suspension
LEAST_WITNESSES: Final = 2  # below two no quorum tolerates one faulty witness
LARGEST_QUORUM: Final = MAX_NOTE_SIGNATURES // 2 - 1  # a checkpoint has two lines of each, and two of the log itself


@dataclass(frozen=True, slots=True)
class ChannelTerms:
    """How far ahead recipient keys of a channel are published, and how long its messages may live."""

    channel: Channel
    weeks_ahead: int
    life_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """The constitution of one network at one version. Times are seconds since the epoch, UTC.

    ``previous`` is the id of the charter this one replaces, None for the first. A channel without terms does not exist
    in this network.
    """

    version: int
    network_id: bytes
    training: bool
    created_at: int
    previous: StatementId | None
    hub_identity: IdentityPublic
    hub_log_keys: LogKeys
    hub_tls_pin: bytes  # SHA-256 of the SubjectPublicKeyInfo
    tls_ca: bytes  # SHA-256 of the authority's SubjectPublicKeyInfo
    registrars: tuple[IdentityPublic, ...]  # ascending by identity id
    threshold: int
    witnesses: tuple[Witness, ...]  # ascending by name
    quorum: int
    minimum_suite: int
    channels: tuple[ChannelTerms, ...]  # ascending by channel
    hub_next_tls_pin: bytes | None = None

    @property
    def hub_tls_pins(self) -> frozenset[bytes]:
        """Return the keys the hub may show: the present one, and the one that follows where it is named."""
        return frozenset({self.hub_tls_pin, self.hub_next_tls_pin or self.hub_tls_pin})

    def terms(self, channel: Channel) -> ChannelTerms | None:
        """Return the terms of ``channel``, None when this network has no such channel."""
        return next((each for each in self.channels if each.channel == channel), None)

    def weeks_ahead(self, channel: Channel) -> int:
        """Return for how many weeks keys are published ahead; 0 when this network has no such channel."""
        terms = self.terms(channel)
        return terms.weeks_ahead if terms else 0

    def longest_life(self, channel: Channel) -> int:
        """Return the longest life of a message in seconds; 0 when this network has no such channel."""
        terms = self.terms(channel)
        return terms.life_days * DAY if terms else 0


_VERSION, _NETWORK, _TRAINING, _CREATED, _PREVIOUS, _HUB, _LOG, _PIN = range(1, 9)
_CA, _REGISTRARS, _THRESHOLD, _WITNESSES, _QUORUM, _SUITE, _CHANNELS = range(9, 16)
_NEXT_PIN = 17  # 16 stays free: a vector shows that it is refused
_REQUIRED: Final = frozenset(range(1, 16)) - {_PREVIOUS}


def encode_charter(charter: Charter) -> dict[int, Item]:
    """Return the body map of a CHARTER statement."""
    body: dict[int, Item] = {
        _VERSION: charter.version,
        _NETWORK: charter.network_id,
        _TRAINING: charter.training,
        _CREATED: charter.created_at,
        _HUB: identity_item(charter.hub_identity),
        _LOG: log_keys_item(charter.hub_log_keys),
        _PIN: charter.hub_tls_pin,
        _CA: charter.tls_ca,
        _REGISTRARS: [identity_item(each) for each in charter.registrars],
        _THRESHOLD: charter.threshold,
        _WITNESSES: [[each.name, each.keys.ed25519, each.keys.mldsa44] for each in charter.witnesses],
        _QUORUM: charter.quorum,
        _SUITE: charter.minimum_suite,
        _CHANNELS: [[each.channel, each.weeks_ahead, each.life_days] for each in charter.channels],
    }
    if charter.previous is not None:
        body[_PREVIOUS] = charter.previous
    if charter.hub_next_tls_pin is not None:
        body[_NEXT_PIN] = charter.hub_next_tls_pin
    return body


def parse_charter(item: Item) -> Charter:
    """Return the charter in a body map; MALFORMED, UNKNOWN_FIELD, KEY_INVALID, UNKNOWN_SUITE.

    Refused as malformed: fewer than two registrars or witnesses, a threshold below two or above their number, a witness
    quorum q of n with 2q < n + 2 (one faulty witness could turn it) or larger than a checkpoint has lines for, and a
    first charter that names a previous one.
    NOT here: signatures, and whether it may follow the charter in force.
    """
    fields = as_map(item, "charter", _REQUIRED, (_PREVIOUS, _NEXT_PIN))
    charter = Charter(
        version=as_int(fields[_VERSION], "version", 1),
        network_id=parse_reference(fields[_NETWORK]),
        training=as_bool(fields[_TRAINING], "training"),
        created_at=as_int(fields[_CREATED], "created-at"),
        previous=StatementId(parse_digest(fields[_PREVIOUS])) if _PREVIOUS in fields else None,
        hub_identity=parse_identity(fields[_HUB]),
        hub_log_keys=parse_log_keys(fields[_LOG]),
        hub_tls_pin=parse_digest(fields[_PIN]),
        tls_ca=parse_digest(fields[_CA]),
        registrars=tuple(
            parse_identity(each) for each in as_list(fields[_REGISTRARS], "registrars", LEAST_THRESHOLD, MAX_REGISTRARS)
        ),
        threshold=as_int(fields[_THRESHOLD], "threshold", LEAST_THRESHOLD, MAX_REGISTRARS),
        witnesses=_parse_witnesses(fields[_WITNESSES]),
        quorum=as_int(fields[_QUORUM], "quorum", LEAST_WITNESSES, LARGEST_QUORUM),
        minimum_suite=as_int(fields[_SUITE], "minimum suite", 1),
        channels=_parse_channels(fields[_CHANNELS]),
        hub_next_tls_pin=parse_digest(fields[_NEXT_PIN]) if _NEXT_PIN in fields else None,
    )
    _check_order(charter)
    check_suite(charter.minimum_suite, charter.minimum_suite)
    _check_keys(charter)
    return charter


def least_quorum(witnesses: int) -> int:
    """Return the smallest quorum that one faulty witness cannot turn: (n + f + 1) / 2 with f = 1."""
    return (witnesses + 3) // 2


def _check_order(charter: Charter) -> None:
    """Raise MALFORMED unless lists ascend and numbers fit them."""
    kids = [identity_kid(each) for each in charter.registrars]
    witnesses = len(charter.witnesses)
    if (charter.version == 1) != (charter.previous is None):
        raise Malformed("only the first charter has no previous one")
    if kids != sorted(kids) or charter.threshold > len(kids):
        raise Malformed("registrars not ascending, or fewer than must sign")
    if any(a.name >= b.name for a, b in pairwise(charter.witnesses)):
        raise Malformed("witnesses not ascending")
    if not least_quorum(witnesses) <= charter.quorum <= witnesses:
        raise Malformed("quorum")
    if charter.hub_next_tls_pin == charter.hub_tls_pin:
        raise Malformed("the key that follows is the present one")


def _check_keys(charter: Charter) -> None:
    """Raise KEY_ALREADY_BOUND if a key, half or pair, stands twice."""
    pairs = [(each.ed25519, each.mldsa65) for each in (charter.hub_identity, *charter.registrars)]
    pairs += [(each.ed25519, each.mldsa44) for each in (charter.hub_log_keys, *(w.keys for w in charter.witnesses))]
    halves = [half for pair in pairs for half in pair]
    if len(set(halves)) != len(halves):
        raise Fault(Code.KEY_ALREADY_BOUND, "one key in two places of the charter")


def _parse_witnesses(item: Item) -> tuple[Witness, ...]:
    rows = [as_fixed(each, "witness", 3) for each in as_list(item, "witnesses", LEAST_WITNESSES, MAX_WITNESSES)]
    return tuple(Witness(parse_node_id(name), parse_log_keys([ed, ml])) for name, ed, ml in rows)


def _parse_channels(item: Item) -> tuple[ChannelTerms, ...]:
    rows = [as_fixed(each, "terms", 3) for each in as_list(item, "channels", 1, len(CHANNELS))]
    found = tuple(
        ChannelTerms(
            parse_channel(channel),
            as_int(weeks, "weeks ahead", *WEEKS_AHEAD),
            as_int(days, "life", *LIFE_DAYS),
        )
        for channel, weeks, days in rows
    )
    if any(a.channel >= b.channel for a, b in pairwise(found)):
        raise Malformed("channels not ascending")
    return found
