"""Where secrets come from: a private file, an open file descriptor or a systemd credential; never the environment."""

import os
from pathlib import Path
from typing import Final

from runtime.files import read_private
from runtime.operator import OperatorError

_LIMIT: Final = 4_096  # bytes; a passphrase, a PIN or a token


def read_secret(reference: str) -> bytes:
    """Return the secret a settings value points to, without one line end at its end.

    ``file:/path`` must be readable by its owner only; ``fd:3`` is read to its end and closed; ``credential:name`` is a
    file in the folder systemd gives the unit. Anything else, the secret itself included, is refused and not repeated.
    """
    kind, _, rest = reference.partition(":")
    if kind == "file" and rest:
        secret = read_private(Path(rest), _LIMIT)
    elif kind == "fd" and rest.isascii() and rest.isdigit():
        secret = _read_descriptor(int(rest))
    elif kind == "credential" and rest.replace("-", "").replace("_", "").isalnum():
        secret = read_private(_credentials() / rest, _LIMIT)
    else:
        raise _refused("is no reference to a secret", "Write file:/path, fd:number or credential:name")
    secret = secret.removesuffix(b"\n").removesuffix(b"\r")
    if not secret:
        raise _refused("leads to an empty secret", "Put the secret there")
    return secret


def _read_descriptor(number: int) -> bytes:
    try:
        with os.fdopen(number, "rb") as source:
            secret = source.read(_LIMIT + 1)
    except OSError as err:
        raise _refused(f"names descriptor {number}, which is not open", "Pass it to the service") from err
    if len(secret) > _LIMIT:
        raise _refused(f"leads to more than {_LIMIT} bytes", "Check what is passed")
    return secret


def _credentials() -> Path:
    # The variable names a folder; the secret itself is in a file only this unit can read.
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise _refused("names a credential, but none were passed", "Add LoadCredential= to the unit")
    return Path(folder)


def _refused(what: str, remedy: str) -> OperatorError:
    return OperatorError(
        "SECRET", f"A setting {what}", "Secrets stand in files or descriptors, never in settings or environment", remedy
    )
