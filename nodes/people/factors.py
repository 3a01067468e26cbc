"""What a person signs in with: passkeys, or a passphrase with one-time codes. Both are checked before they are kept."""

from dataclasses import dataclass, field
from enum import StrEnum


class Way(StrEnum):
    """How somebody signs in. All ways give the same rights."""

    PASSKEY = "passkey"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a way to sign in
    TRAINING = "training"  # one click, at a desk that trains on its own machine


@dataclass(frozen=True, slots=True)
class PassphraseFactor:
    """A passphrase, and the code that the authenticator shows for the new secret."""

    passphrase: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasskeyFactor:
    """What ``navigator.credentials.create`` returned in the browser, as JSON, and the person's name for the device."""

    response: str = field(repr=False)
    label: str = ""


Factor = PassphraseFactor | PasskeyFactor


@dataclass(frozen=True, slots=True)
class NewSecret:
    """What an authenticator needs for its codes: the secret in base32, and as an address for the picture (QR)."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FactorShown:
    """One way to sign in, as its owner sees it."""

    id: bytes
    way: Way
    label: str
    since: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class Site:
    """Under which name and origin this desk is reached: what passkeys are bound to, from the settings."""

    origin: str
    name: str
