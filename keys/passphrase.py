"""Where a keystore's passphrase may come from: a prompt, an open file descriptor or a systemd credential.

Never an argument and never the environment, because other programs can read both; never a plain file either, because
the keystore would then be worth no more than that file.
"""

from collections.abc import Callable
from typing import Final

from runtime.operator import OperatorError
from runtime.secret_sources import read_secret

_SOURCES: Final = ("fd:", "credential:")


def read_passphrase(source: str | None, ask: Callable[[], str]) -> bytes:
    """Return the passphrase without its line end: asked for when there is no source.

    ``source`` is ``fd:3`` or ``credential:name``; anything else is refused with ``OperatorError`` and not repeated.
    """
    if source is None:
        return ask().encode()
    if not source.startswith(_SOURCES):
        raise OperatorError(
            "PASSPHRASE",
            "A passphrase comes neither from an argument nor from a plain file",
            "Other programs could read it there",
            "Type it at the prompt, or give fd:number or credential:name",
        )
    return read_secret(source)
