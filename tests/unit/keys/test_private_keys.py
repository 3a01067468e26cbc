"""A keystore's content reads back, whoever it belongs to, and its public part is computed from it."""

from dataclasses import replace

import pytest

from keys.ceremony import bind_person, create_secrets
from keys.identity import private_identity
from keys.private_keys import Role, Secrets, encode_secrets, parse_secrets, public_part
from keys.recipient_ring import create_recipient_seed
from protocol.cbor import Item, decode, encode
from protocol.charter import WEEK
from protocol.errors import Code
from protocol.ids import Channel
from protocol.public_keys import identity_item
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

ENTROPY = CountingEntropy()
PLAIN = create_secrets(Role.NODE, "rs.contact", NOW, ENTROPY)
FULL = replace(
    bind_person(PLAIN, "issuer", (NOW, NOW + WEEK), ENTROPY)[0],
    recipients=(create_recipient_seed(Channel("police"), (NOW, NOW + WEEK), ENTROPY),),
)


def fields(secrets: Secrets = FULL) -> dict[int, Item]:
    return decode(encode_secrets(secrets))  # type: ignore[return-value]


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reads_back(role: Role) -> None:
    secrets = create_secrets(role, "somebody", NOW, ENTROPY)
    assert parse_secrets(encode_secrets(secrets)) == secrets


def test_a_full_keystore_reads_back() -> None:
    assert parse_secrets(encode_secrets(FULL)) == FULL


def test_nothing_private_is_shown() -> None:
    shown = repr(FULL)
    assert FULL.identity is not None
    assert FULL.log is not None
    assert FULL.tls is not None
    private = (
        FULL.identity.ed25519,
        FULL.identity.mldsa65,
        FULL.log.ed25519,
        FULL.log.mldsa44,
        FULL.recipients[0].seed,
        FULL.epochs[0].key,
        FULL.search,
        FULL.people[0].seeds.ed25519,
        FULL.tls.der,
    )
    assert not [each for each in private if repr(each) in shown]


def test_the_public_part_is_computed_from_the_private_keys() -> None:
    assert FULL.identity is not None
    part = public_part(FULL)
    assert identity_item(private_identity(FULL.identity).public) in part  # type: ignore[operator]
    assert encode(part) != encode(public_part(replace(FULL, identity=FULL.people[0].seeds)))
    assert not [seed for seed in (FULL.identity.ed25519, FULL.recipients[0].seed) if seed in encode(part)]


@pytest.mark.parametrize("missing", [1, 2, 5, 6, 8])
def test_a_missing_field_is_malformed(missing: int) -> None:
    with refused(Code.MALFORMED):
        parse_secrets(encode({label: item for label, item in fields().items() if label != missing}))


def test_an_unknown_field_is_refused() -> None:
    with refused(Code.UNKNOWN_FIELD):
        parse_secrets(encode(fields() | {99: 1}))


@pytest.mark.parametrize(
    "change",
    [{1: "king"}, {1: 1}, {2: ""}, {3: [b"", b""]}, {4: [b"x" * 32]}, {5: [[]]}, {6: [[0, b"k" * 32, 0]]}, {7: b"s"}],
)
def test_a_wrong_field_is_malformed(change: dict[int, Item]) -> None:
    with refused(Code.MALFORMED):
        parse_secrets(encode(fields() | change))
