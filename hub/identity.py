"""The hub's private side out of its keystore, and that it is the one the charter names."""

from dataclasses import dataclass

from keys.certificates import TlsKey
from keys.identity import PrivateIdentity, private_identity
from keys.log_signer import LogSigner, log_signer
from keys.private_keys import Secrets
from protocol.charter import Charter
from runtime.operator import OperatorError


@dataclass(frozen=True, slots=True)
class HubKeys:
    """Signs mailbox heads (identity) and checkpoints (log), and opens the listener (TLS)."""

    identity: PrivateIdentity
    log: LogSigner
    tls: TlsKey


def hub_keys(secrets: Secrets) -> HubKeys:
    """Return the keys of a hub's keystore; ``OperatorError`` for somebody else's."""
    if secrets.identity is None or secrets.log is None or secrets.tls is None:
        raise OperatorError(
            "NO_HUB_KEYSTORE",
            f"The keystore of {secrets.name} holds no hub keys",
            "The hub signs with the keys its charter names",
            "Name the keystore made by: egnatia keys create --role hub",
        )
    return HubKeys(private_identity(secrets.identity), log_signer(secrets.log), secrets.tls)


def check_keys(keys: HubKeys, charter: Charter) -> None:
    """Raise ``OperatorError`` unless the charter names these keys; of TLS, its present key or the one that follows."""
    same = (
        keys.identity.public == charter.hub_identity
        and keys.log.keys == charter.hub_log_keys
        and keys.tls.pin in charter.hub_tls_pins
    )
    if not same:
        raise OperatorError(
            "OTHER_KEYS",
            "The keystore's keys are not those that the charter names for the hub",
            "Nodes believe only the keys in the charter",
            "Name the right keystore, or have the registrars sign a charter with the new keys",
        )
