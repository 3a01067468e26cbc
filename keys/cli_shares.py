"""``egnatia keys shares``: a keystore that some of several people can bring back together, from printed shares."""

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import click

from keys.cli_base import (
    Commands,
    Tools,
    ask_new_passphrase,
    command,
    given_file,
    new_file,
    open_store,
    option,
    passphrase_source,
    tell,
)
from keys.keystore import create_keystore
from keys.share_text import LINES, read_line, read_share, share_page, share_text
from keys.shared_copy import open_copy, parse_copy, seal_copy, share_out
from keys.shares import LEAST_THRESHOLD, MAX_SHARES, Share, ShareSet, check_share
from protocol.errors import Code, Fault
from runtime.files import create_private, write_atomic

_COUNT = click.IntRange(LEAST_THRESHOLD, MAX_SHARES)


@click.group("shares", cls=Commands)
def shares() -> None:
    """Printed shares of a keystore: any K of N people bring it back, fewer learn nothing."""


@dataclass(frozen=True, slots=True)
class MakeOptions:
    """Options of ``make``."""

    store: Annotated[Path, given_file("--store", text="The keystore.")]
    copy: Annotated[Path, new_file("--copy", text="The locked copy that the shares will open.")]
    out: Annotated[
        Path,
        option(
            "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder for the pages."
        ),
    ]
    needed: Annotated[int, option("--needed", type=_COUNT, default=2, show_default=True, help="How many open it.")]
    of: Annotated[int, option("--of", type=_COUNT, default=3, show_default=True, help="How many there are.")]
    source: Annotated[str | None, passphrase_source()]


@command("make", MakeOptions)
def make(tools: Tools, given: MakeOptions) -> None:
    """Lock a copy of a keystore and split its key into pages to print; earlier shares do not open the new copy."""
    pages = [given.out / f"share-{at}.{kind}" for at in range(1, given.of + 1) for kind in ("txt", "html")]
    for page in pages:
        if page.exists():
            raise FileExistsError(errno.EEXIST, "exists", str(page))
    store = open_store(given.store, given.source, tools)
    secrets, made = share_out(store.secrets, given.needed, given.of, tools.entropy)
    given.out.mkdir(parents=True, exist_ok=True, mode=0o700)
    store.save(secrets)
    write_atomic(given.copy, seal_copy(secrets, tools.entropy), private=True)
    for share in made:
        whose = f"Keystore of {secrets.name}"
        create_private(given.out / f"share-{share.index}.txt", share_text(share, whose).encode())
        create_private(given.out / f"share-{share.index}.html", share_page(share, whose).encode())
    tell(
        f"Made {given.copy.name} and {given.of} shares. Print them, hand them out, and delete the pages.",
        {"needed": given.needed, "shares": given.of, "set": made[0].set_id.hex()},
    )


@dataclass(frozen=True, slots=True)
class RenewOptions:
    """Options of ``renew``."""

    store: Annotated[Path, given_file("--store", text="The keystore.")]
    copy: Annotated[Path, given_file("--copy", text="The locked copy, which is replaced.")]
    source: Annotated[str | None, passphrase_source()]


@command("renew", RenewOptions)
def renew(tools: Tools, given: RenewOptions) -> None:
    """Replace the locked copy by one of the keystore as it is now; the printed shares stay good."""
    store = open_store(given.store, given.source, tools)
    shared = store.secrets.shared
    if shared is None or parse_copy(given.copy.read_bytes()).shares != shared.shares:
        raise Fault(Code.NOT_PERMITTED, "the copy is not of this keystore's shares")
    write_atomic(given.copy, seal_copy(store.secrets, tools.entropy), private=True)
    tell(f"Renewed {given.copy.name}.", {"recipient keys": len(store.secrets.recipients)})


@dataclass(frozen=True, slots=True)
class CombineOptions:
    """Options of ``combine``."""

    copy: Annotated[Path, given_file("--copy", text="The locked copy.")]
    store: Annotated[Path, new_file("--store", text="The keystore to make.")]
    files: Annotated[
        tuple[Path, ...],
        given_file(
            "--share", text="A share as a text file; without it the lines are typed.", multiple=True, required=False
        ),
    ]
    source: Annotated[
        str | None, option("--new-passphrase-from", default=None, help="For the new keystore, instead of a prompt.")
    ]


@command("combine", CombineOptions)
def combine(tools: Tools, given: CombineOptions) -> None:
    """Bring a keystore back from its locked copy and enough shares; a line that is mistyped is named at once."""
    if given.store.exists():
        raise FileExistsError(errno.EEXIST, "exists", str(given.store))
    copy = parse_copy(given.copy.read_bytes())
    found = [_from_file(path, copy.shares) for path in given.files]
    while len(found) < copy.shares.threshold and not given.files:
        found.append(_typed(len(found) + 1, copy.shares))
    secrets = open_copy(copy, found)
    create_keystore(given.store, secrets, ask_new_passphrase(given.source, secrets.name), tools.entropy)
    tell(
        f"Made {given.store.name}. Rotate its keys, and make new shares if any page was shown around.",
        {"name": secrets.name, "role": str(secrets.role), "recipient keys": len(secrets.recipients)},
    )


def _from_file(path: Path, known: ShareSet) -> Share:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        share = read_share("\n".join(lines[-LINES:]))
        check_share(share, known)
    except Fault as fault:
        raise Fault(fault.code, f"{path.name}: {fault.detail}") from None
    return share


def _typed(number: int, known: ShareSet) -> Share:
    click.echo(f"Share {number} of {known.threshold}: type its {LINES} lines.", err=True)
    share = read_share("\n".join(_typed_line(at) for at in range(LINES)))
    check_share(share, known)
    return share


def _typed_line(at: int) -> str:
    while True:
        text: str = click.prompt(f"Line {at + 1}", err=True)
        try:
            read_line(at, text)
        except Fault as fault:
            click.echo(f"{fault.detail}; try again", err=True)
            continue
        return text


for _each in (make, renew, combine):
    shares.add_command(_each)
