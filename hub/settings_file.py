"""The settings file that ``init`` writes: the few keys that differ from their defaults."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runtime.files import write_atomic
from runtime.operator import OperatorError

NAME: Final = "hub.toml"
_TEXT: Final = """\
# Settings of this hub. Every other key has its default; see them all with: egnatia hub settings --out FILE
data_folder = "."
keystore = {keystore}
charter_digest = {digest}

[database]
url = {url}

[tls]
certificate = {certificate}
authority = {authority}

[listen]
host = {host}
port = {port}

[admin]
port = {admin_port}
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the hub's files are, and the pinned digest of the charter. Without a database's URL it is a file here."""

    folder: Path
    store: Path
    certificate: Path
    authority: Path
    pin: bytes
    database: str | None = None


def write_settings(places: Places, host: str, ports: tuple[int, int]) -> Path:
    """Write the file into its folder and return its path; an existing one is never overwritten."""
    path = places.folder / NAME
    if path.exists():
        raise OperatorError(
            "SETTINGS_EXIST",
            f"{path} is there already",
            "Settings are never overwritten",
            "Choose another folder, or edit the file",
        )
    places.folder.mkdir(parents=True, exist_ok=True)
    database = places.database or f"sqlite:///{(places.folder / 'hub.db').absolute()}"
    text = _TEXT.format(
        keystore=_quoted(places.store.absolute()),
        digest=_quoted(places.pin.hex()),
        url=_quoted(database),
        certificate=_quoted(places.certificate.absolute()),
        authority=_quoted(places.authority.absolute()),
        host=_quoted(host),
        port=ports[0],
        admin_port=ports[1],
    )
    write_atomic(path, text.encode())
    return path


def _quoted(value: object) -> str:
    return json.dumps(str(value))
