"""Errors for the person at the console: what happened, why that stops us, what to do."""

import errno
import ssl
import textwrap
from typing import Final

_WIDTH: Final = 100  # columns of a rendered paragraph; a narrower terminal wraps it again


class OperatorError(Exception):
    """The service cannot start or go on until a person acts.

    ``code`` is stable and searchable in docs/; ``what`` happened; ``rule`` says which rule forbids to go on;
    ``remedy`` is one thing to do. Texts name files and settings, never content, names of persons or secrets.
    """

    def __init__(self, code: str, what: str, rule: str, remedy: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code: Final = code
        self.what: Final = what
        self.rule: Final = rule
        self.remedy: Final = remedy


def render(error: OperatorError) -> str:
    """Return one paragraph: what, rule, remedy, and the code to search for."""
    sentences = (error.what, error.rule, error.remedy)
    text = " ".join(_sentence(part) for part in sentences if part)
    return textwrap.fill(f"{text} [{error.code}]", _WIDTH, break_long_words=False, break_on_hyphens=False)


def _sentence(part: str) -> str:
    part = " ".join(part.split())
    return part if part.endswith((".", "!", "?")) else part + "."


_OS_ERRORS: Final[dict[int, tuple[str, str, str, str]]] = {
    errno.EACCES: (
        "PERMISSION",
        "The account that runs this service may not use {name}",
        "The service works with the rights of its own account only",
        "Give that account the right to read and write it, or choose another place in the settings",
    ),
    errno.ENOENT: (
        "MISSING_FILE",
        "{name} does not exist",
        "Nothing is invented in place of a missing file",
        "Create it, or correct its path in the settings",
    ),
    errno.ENOSPC: (
        "DISK_FULL",
        "There is no space left for {name}",
        "A message is acknowledged only when it is safely on disk",
        "Free space on that disk, or release the ballast file, then start again",
    ),
    errno.EADDRINUSE: (
        "ADDRESS_IN_USE",
        "Another program already listens on {name}",
        "One address serves one program",
        "Stop the other program, or choose another port in the settings",
    ),
    errno.EADDRNOTAVAIL: (
        "ADDRESS_UNKNOWN",
        "This machine has no address {name}",
        "The service listens only where it was told to",
        "Correct the listening address in the settings",
    ),
    errno.EMFILE: (
        "TOO_MANY_FILES",
        "The limit of open files is reached at {name}",
        "Every connection needs a file descriptor",
        "Raise the limit of open files for this service",
    ),
    errno.EROFS: (
        "READ_ONLY_DISK",
        "{name} is on a disk mounted read-only",
        "A message is acknowledged only when it is safely on disk",
        "Check the disk for errors and mount it writable",
    ),
}
_OS_ERRORS[errno.EPERM] = _OS_ERRORS[errno.EACCES]
_OS_ERRORS[errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC] = _OS_ERRORS[errno.ENOSPC]


def from_os_error(error: OSError, name: str = "") -> OperatorError:
    """Return the words for an error of the operating system; ``name`` is the file or address it concerns."""
    if isinstance(error, ssl.SSLError):
        return certificate_unusable(name or "the certificate", getattr(error, "reason", None) or "unreadable")
    where = name or (str(error.filename) if error.filename else "what it needs")
    known = _OS_ERRORS.get(error.errno or 0)
    if known is None:
        return OperatorError(
            f"OS_{errno.errorcode.get(error.errno or 0, 'ERROR')}",
            f"The operating system refused {where}: {error.strerror or type(error).__name__}",
            "The service does not go on without it",
            "Look into the system's log for the cause",
        )
    code, what, rule, remedy = known
    return OperatorError(code, what.format(name=where), rule, remedy)


def wrong_passphrase(keystore: str) -> OperatorError:
    """Return the words for a keystore that does not open; a wrong passphrase and a changed file look the same."""
    return OperatorError(
        "WRONG_PASSPHRASE",
        f"The keystore {keystore} does not open",
        "A wrong passphrase and a damaged keystore cannot be told apart",
        "Try the passphrase again; if it is surely right, restore the keystore from its copy",
    )


def certificate_unusable(name: str, reason: str) -> OperatorError:
    """Return the words for a certificate or key that TLS refuses."""
    return OperatorError(
        "CERTIFICATE",
        f"{name} cannot be used for TLS ({reason})",
        "Connections need a valid certificate with its own key",
        "Check that certificate and key belong together and are PEM files",
    )


def certificate_expired(name: str, days: int) -> OperatorError:
    """Return the words for a certificate that ended ``days`` ago."""
    return OperatorError(
        "CERTIFICATE_EXPIRED",
        f"The certificate {name} expired {days} days ago",
        "An expired certificate is never accepted",
        "Renew it with the network's certificate authority and put the new file in its place",
    )


def clock_off(seconds: int) -> OperatorError:
    """Return the words for a machine clock that disagrees with the network by ``seconds``."""
    return OperatorError(
        "CLOCK_OFF",
        f"This machine's clock differs from the network's by {abs(seconds)} seconds",
        "Times more than 300 seconds apart are refused",
        "Switch on automatic time in the system's settings",
    )


def corrupt_state(path: str, finding: str) -> OperatorError:
    """Return the words for stored state that cannot be trusted; the file is named and never replaced by a guess."""
    return OperatorError(
        "CORRUPT_STATE",
        f"{path} is damaged ({finding})",
        "Damaged state is never read as empty",
        "Keep the file for examination and restore the latest backup",
    )
