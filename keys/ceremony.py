"""The steps of a ceremony as pure functions: which keys a party needs, and the statements drafted from public files.

Nothing here signs for anybody else and nothing here reads a disk; ``keys.cli`` does the asking, reading and writing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keys.certificates import TlsKey, certificate_pin, create_authority, create_tls_key
from keys.directory import Directory
from keys.epochs import KEY_SIZE, EpochRing
from keys.exchange_files import Party
from keys.identity import PrivateIdentity, create_seeds, private_identity
from keys.log_signer import create_log_seeds
from keys.private_keys import PersonalSeed, Role, Secrets
from keys.recipient_ring import create_recipient_seed
from keys.rotation import due_for_erasure, missing, publications
from protocol.charter import ChannelTerms, Charter
from protocol.checkpoint import LogKeys
from protocol.cose import identity_kid
from protocol.cosignature import Witness
from protocol.errors import Code, Fault
from protocol.ids import REFERENCE_SIZE, NodeId, Reference
from protocol.ports import Entropy, IdentityPublic
from protocol.statement_nodes import IdentityChange, KeyPublication, PersonBinding, Recovery, TlsPins
from protocol.suite import SUITE_1
from runtime.operator import OperatorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What the people around the table decided; the keys come from the party files."""

    hub: Party
    authority: Party
    registrars: Sequence[Party]
    witnesses: Sequence[Party]
    threshold: int
    quorum: int
    channels: tuple[ChannelTerms, ...]
    training: bool
    next_hub: Party | None = None  # with the hub's TLS key to come


def create_secrets(role: Role, name: str, now: int, entropy: Entropy) -> Secrets:
    """Return the keys a party of this role needs: a node also holds witness keys, a first epoch and a search key."""
    if role is Role.AUTHORITY:
        return Secrets(role=role, name=name, authority=create_authority(name, now, entropy))
    identity = create_seeds(entropy)
    if role in (Role.REGISTRAR, Role.OPERATOR):
        return Secrets(role=role, name=name, identity=identity)
    log, tls = create_log_seeds(entropy), create_tls_key()
    if role is Role.HUB:
        return Secrets(role=role, name=name, identity=identity, log=log, tls=tls)
    epochs = EpochRing((), entropy)
    epochs.begin(now)
    return Secrets(
        role=role,
        name=name,
        identity=identity,
        log=log,
        tls=tls,
        epochs=epochs.epochs(),
        search=entropy(KEY_SIZE),
    )


def signer_of(secrets: Secrets) -> PrivateIdentity:
    """Return the identity a keystore signs statements with; an authority's keystore has none."""
    if secrets.identity is None:
        raise _lacks(secrets.name, "an identity", "Sign with the keystore of a registrar, a node or the hub")
    return private_identity(secrets.identity)


def founding_charter(founding: Founding, now: int, entropy: Entropy) -> Charter:
    """Return the first charter of a new network, with a fresh network id."""
    return Charter(
        version=1,
        network_id=entropy(REFERENCE_SIZE),
        training=founding.training,
        created_at=now,
        previous=None,
        hub_identity=identity_in(founding.hub),
        hub_log_keys=_log_in(founding.hub),
        hub_tls_pin=_pin_in(founding.hub),
        tls_ca=_authority_pin(founding.authority),
        registrars=tuple(sorted((identity_in(each) for each in founding.registrars), key=identity_kid)),
        threshold=founding.threshold,
        witnesses=tuple(Witness(each.name, _log_in(each)) for each in sorted(founding.witnesses, key=_name)),
        quorum=founding.quorum,
        minimum_suite=SUITE_1,
        channels=founding.channels,
        hub_next_tls_pin=None if founding.next_hub is None else _pin_in(founding.next_hub),
    )


def later_charter(founding: Founding, directory: Directory, now: int, entropy: Entropy) -> Charter:
    """Return the charter that may follow the one in force; network id and training never change."""
    current = directory.charter
    return replace(
        founding_charter(founding, now, entropy),
        version=current.version + 1,
        network_id=current.network_id,
        training=current.training,
        previous=directory.charter_id(),
        minimum_suite=current.minimum_suite,
    )


def rotate(secrets: Secrets, directory: Directory, now: int, entropy: Entropy) -> tuple[Secrets, list[KeyPublication]]:
    """Return the keystore after rotation and the statements to publish.

    New keys are made for every week that lacks one; every key whose messages can no longer be alive is gone from the
    result. Keys made earlier and never published are published now. The caller saves before it publishes.
    """
    node = NodeId(secrets.name)
    entry = directory.participant(node, now)
    if entry is None:
        raise Fault(Code.UNKNOWN_SENDER, node)
    kept = erase_due(secrets, directory.charter, now).recipients
    ended = {each.key_id for each in kept if directory.find_key(each.key_id) and directory.is_key_revoked(each.key_id)}
    wanted = missing((each for each in kept if each.key_id not in ended), directory.charter, entry.channels, now)
    held = (*kept, *(create_recipient_seed(channel, window, entropy) for channel, window in wanted))
    fresh = [each for each in held if directory.find_key(each.key_id) is None and each.not_after > now]
    return replace(secrets, recipients=held), list(publications(node, fresh, directory.chain(node), now))


def erase_due(secrets: Secrets, charter: Charter, now: int) -> Secrets:
    """Return the keystore without the keys whose messages can no longer be alive (protocol decision 11).

    It asks nobody: a node that is suspended, revoked or offline erases in time all the same.
    """
    due = set(due_for_erasure(secrets.recipients, charter, now))
    return replace(secrets, recipients=tuple(each for each in secrets.recipients if each.key_id not in due))


def change_identity(
    secrets: Secrets, directory: Directory, now: int, entropy: Entropy
) -> tuple[Secrets, IdentityChange, tuple[PrivateIdentity, PrivateIdentity]]:
    """Return the keystore with the next identity beside the present one, the statement, and both as its signers.

    A change that was drafted before and never came into force is drafted again with the same next identity.
    """
    coming = secrets.next_identity or create_seeds(entropy)
    signer, node = private_identity(coming), NodeId(secrets.name)
    body = IdentityChange(node=node, version=directory.version(node) + 1, issued_at=now, identity=signer.public)
    return replace(secrets, next_identity=coming), body, (signer_of(secrets), signer)


def settle_identity(secrets: Secrets, directory: Directory) -> Secrets | None:
    """Return the keystore with the next identity as the present one, once the directory names it; None before."""
    coming = secrets.next_identity
    if coming is None or private_identity(coming).public != directory.signing_identity(NodeId(secrets.name)):
        return None
    return replace(secrets, identity=coming, next_identity=None)


def recovery(party: Party, directory: Directory, now: int) -> Recovery:
    """Return the statement that gives a node the new identity in its party file."""
    node = NodeId(party.name)
    return Recovery(
        node=node,
        version=directory.version(node) + 1,
        issued_at=now,
        identity=identity_in(party),
        tls_pin=_pin_in(party),
    )


def bind_person(
    secrets: Secrets, role: str, window: tuple[int, int], entropy: Entropy
) -> tuple[Secrets, PersonBinding, PrivateIdentity]:
    """Return the keystore with a new personal key, its binding for ``window``, and the key that must sign it too."""
    person = PersonalSeed(Reference(entropy(REFERENCE_SIZE)), role, create_seeds(entropy))
    signer = private_identity(person.seeds)
    body = PersonBinding(
        node=NodeId(secrets.name),
        issued_at=window[0],
        person=person.person,
        role=role,
        identity=signer.public,
        not_before=window[0],
        not_after=window[1],
    )
    return replace(secrets, people=(*secrets.people, person)), body, signer


def new_tls_key(secrets: Secrets, now: int) -> tuple[Secrets, TlsPins]:
    """Return the keystore with the next TLS key beside the present one, and the statement that admits both."""
    present, coming = tls_in(secrets), secrets.next_tls or create_tls_key()
    pins = (present.pin, coming.pin)
    return replace(secrets, next_tls=coming), TlsPins(node=NodeId(secrets.name), issued_at=now, pins=pins)


def new_hub_keys(secrets: Secrets, entropy: Entropy) -> Secrets:
    """Return a hub's keystore with a new identity and new log keys; a charter has to name them first.

    The TLS keys stay: whoever has not read that charter could not connect to do so. ``OperatorError`` for somebody
    else's keystore.
    """
    if secrets.role is not Role.HUB:
        raise _lacks(secrets.name, "a hub's keys", "Use the keystore of the hub")
    return replace(secrets, identity=create_seeds(entropy), log=create_log_seeds(entropy))


def new_hub_tls_key(secrets: Secrets, charter: Charter) -> Secrets:
    """Return the hub's keystore with the next TLS key beside the present one; a charter has to name it first."""
    coming = secrets.next_tls
    if coming is not None and coming.pin == charter.hub_tls_pin:
        return replace(secrets, tls=coming, next_tls=create_tls_key())
    return replace(secrets, next_tls=coming or create_tls_key())


def only_hub_tls_key(secrets: Secrets, charter: Charter) -> Secrets:
    """Return the hub's keystore with the next TLS key as its only one. NOT_PERMITTED unless the charter names it."""
    tls = secrets.next_tls or tls_in(secrets)
    if tls.pin != charter.hub_tls_pin:
        raise Fault(Code.NOT_PERMITTED, "the charter does not name this key as the hub's present one")
    return replace(secrets, tls=tls, next_tls=None)


def only_tls_key(secrets: Secrets, now: int) -> tuple[Secrets, TlsPins]:
    """Return the keystore with the next TLS key as its only one, and the statement that admits no other."""
    tls = secrets.next_tls or tls_in(secrets)
    return replace(secrets, tls=tls, next_tls=None), TlsPins(node=NodeId(secrets.name), issued_at=now, pins=(tls.pin,))


def tls_in(secrets: Secrets) -> TlsKey:
    """Return the TLS key in a keystore; a registrar's has none."""
    if secrets.tls is None:
        raise _lacks(secrets.name, "a TLS key", "Use the keystore of a node or of the hub")
    return secrets.tls


def identity_in(party: Party) -> IdentityPublic:
    """Return the identity in a party file; an authority's has none."""
    if party.identity is None:
        raise _lacks(party.name, "an identity", "Use the party file of a registrar, a node or the hub")
    return party.identity


def _name(party: Party) -> str:
    return party.name


def _authority_pin(party: Party) -> bytes:
    if party.authority is None:
        raise _lacks(party.name, "a certificate authority", "Use the party file of the authority")
    return certificate_pin(party.authority)


def _log_in(party: Party) -> LogKeys:
    if party.log is None:
        raise _lacks(party.name, "checkpoint keys", "Use the party file of a node or of the hub")
    return party.log


def _pin_in(party: Party) -> bytes:
    if party.tls_pin is None:
        raise _lacks(party.name, "a TLS key", "Use the party file of a node or of the hub")
    return party.tls_pin


def _lacks(name: str, what: str, remedy: str) -> OperatorError:
    return OperatorError(
        "WRONG_PARTY", f"{name} has no such thing as {what}", "Each role holds its own keys only", remedy
    )
