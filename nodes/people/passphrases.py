"""Which passphrases are good enough, and how they are kept: Argon2id (RFC 9106). Pure, and work for a thread."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from nodes.gateway.words import normalise
from nodes.people import refusals
from nodes.people.refusals import NotDone

SHORTEST: Final = 12
LONGEST: Final = 512
SALT: Final = 16
_LENGTH: Final = 32
_LEAST_LEFT: Final = 8  # characters without the person's own name
_LEAST_KINDS: Final = 5  # different characters
_NAME: Final = 3  # letters of a word that counts as a part of the name


@dataclass(frozen=True, slots=True)
class Work:
    """What one attempt costs: memory in KiB, passes over it, lanes."""

    memory: int
    passes: int
    lanes: int


WORK: Final = Work(64 * 1_024, 3, 4)
"""The second recommended option of RFC 9106 section 4: a guess costs 64 MiB, and a node has that to spare once."""

_COMMON: Final = frozenset(
    {
        *("password", "passphrase", "lozinka", "sifra", "geslo", "fjalekalim", "zaporka", "parola", "passwort"),
        *("qwerty", "qwertz", "asdfgh", "yxcvbn", "zxcvbn", "1q2w3e", "abcdef", "123456", "654321", "111111"),
        *("letmein", "welcome", "dobrodosli", "admin", "administrator", "changeme", "secret", "tajna", "lozinke"),
        *("egnatia", "police", "policija", "policia", "correcthorsebatterystaple", "iloveyou", "volimte"),
    }
)
"""What people try first, in the languages of the region, as ``normalise`` writes it."""


def refuse_passphrase(passphrase: str, names: tuple[str, ...]) -> NotDone | None:
    """Return why a passphrase is not taken; ``names`` are the person's name and sign-in name."""
    if len(passphrase) < SHORTEST:
        return refusals.TOO_SHORT
    if len(passphrase) > LONGEST:
        return refusals.TOO_LONG
    plain = "".join(each for each in normalise(passphrase) if each.isalnum())
    if len(set(plain)) < _LEAST_KINDS or len(_without(plain, _COMMON)) < _LEAST_LEFT:
        return refusals.TOO_COMMON
    own = {word for name in names for word in _words(name) if len(word) >= _NAME}
    return refusals.OWN_NAME if len(_without(plain, own)) < _LEAST_LEFT else None


def digest(passphrase: str, salt: bytes, work: Work = WORK) -> str:
    """Return what is kept of a passphrase, with salt and cost in it (PHC string). Takes a tenth of a second."""
    argon = Argon2id(salt=salt, length=_LENGTH, iterations=work.passes, lanes=work.lanes, memory_cost=work.memory)
    return argon.derive_phc_encoded(_bytes(passphrase))


def verify(passphrase: str, kept: str) -> bool:
    """Tell whether this is the passphrase of which ``kept`` was made. Takes as long as ``digest``."""
    try:
        Argon2id.verify_phc_encoded(_bytes(passphrase[: LONGEST + 1]), kept)
    except InvalidKey:
        return False
    return True


def _bytes(passphrase: str) -> bytes:
    """Return one spelling whichever keyboard wrote it (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")


def _words(name: str) -> list[str]:
    return "".join(each if each.isalnum() else " " for each in normalise(name)).split()


def _without(plain: str, words: frozenset[str] | set[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        plain = plain.replace(word, "")
    return plain
