"""Commands about attachments: list them, save one; and how the others upload a file and show its progress."""

import mimetypes
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from nodes.commands.client import ApiClient
from nodes.commands.frame import client, fail, print_json, table, talking
from nodes.commands.reading import plain, whole_id
from runtime.files import open_private

_PIECE: Final = 1 << 20
_POLL_S: Final = 0.5
_CATEGORY: Final = "CA"
_PATIENCE_S: Final = 60
_SLOWEST: Final = 8 << 20  # bytes a second that a node seals at least
_F = TypeVar("_F", bound=Callable[..., None])

Bar = Callable[[int, int], None]
"""Shows how many bytes of how many are done."""


def attaching(function: _F) -> _F:
    """Give a command the options that take files along and wait for their upload."""
    wait = click.option("--wait", is_flag=True, help="Return when the hub has it, with its files.")(function)
    category = click.option(
        "--attach-category", default=_CATEGORY, show_default=True, metavar="CODE", help="Kind of content of the files."
    )(wait)
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--attach", "attached", multiple=True, type=path, help="A file to take along; repeatable.")(
        category
    )


def take_along(node: ApiClient, given: Mapping[str, Any], *, quiet: bool) -> tuple[dict[str, Any], int]:
    """Upload the files of a command; return what the request says of them, and how long sealing may take."""
    paths = given.get("attached") or ()
    if not paths:
        return {}, _PATIENCE_S
    files = [_upload(node, path, str(given["attach_category"]), quiet=quiet) for path in paths]
    size = sum(path.stat().st_size for path in paths)
    return {"attachments": files}, _PATIENCE_S + size // _SLOWEST


@click.group("attachment")
def attachment() -> None:
    """Files that travel with messages."""


@attachment.command("list")
@click.argument("message")
@talking
def list_(message: str, as_name: str | None, *, as_json: bool) -> None:
    """List the attachments of MESSAGE and how far each has come."""
    node = client(as_name)
    found = node.get(f"/messages/{whole_id(node, message)}/attachments")
    if as_json:
        print_json(found)
        return
    rows = [
        [each["part"], each["state"], f"{each['parts_done']}/{each['parts']}", str(each["bytes"]), each["code"] or "-"]
        for each in found["attachments"]
    ]
    table("Attachments", ("part", "state", "parts", "bytes", "trouble"), rows)


@attachment.command("save")
@click.argument("message")
@click.argument("name")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to; a safe name if left out.")
@click.option("--range", "span", metavar="A-B", help="Only the bytes from A to B, the first is 0, both included.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@talking
def save(message: str, name: str, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options above
    """Save the attachment NAME of MESSAGE to a file. NAME is its part, such as att-00.

    The name that its sender gave is never used: without -o the file is named after message and part.
    """
    node = client(as_name)
    whole = whole_id(node, message)
    out = given["out"] or Path(f"{whole[:12]}-{name}.bin")
    if not _is_part(name):
        fail("NAME_REJECTED", "An attachment is named by its part, such as att-00", "See `attachment list`")
    if out.exists() and not given["force"]:
        fail("FILE_EXISTS", f"{out} is there already", "Choose another name with -o, or overwrite it with --force")
    headers = {} if given["span"] is None else {"Range": f"bytes={given['span']}"}
    partial = out.with_name(f".{out.name}.partial")
    try:
        with open_private(partial) as file, shown(out.name, quiet=as_json) as bar:
            size = node.download(f"/messages/{whole}/attachments/{name}", headers, file, bar)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    if as_json:
        print_json({"file": str(out), "bytes": size})
        return
    click.echo(f"Saved {size} bytes to {out}. Nothing in it was looked at: open it as you would any stranger's file.")


def _is_part(name: str) -> bool:
    return len(name) == len("att-00") and name.startswith("att-") and name[-2:].isdigit()


def _upload(node: ApiClient, path: Path, category: str, *, quiet: bool) -> dict[str, Any]:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    size = path.stat().st_size
    with path.open("rb") as file, shown(path.name, quiet=quiet) as bar:
        pieces = _pieces(file, size, bar)
        found = node.upload("/attachments", {"name": path.name, "media_type": media_type}, pieces, size)
    return {"id": found["id"], "sha256": found["sha256"], "category": category}


def _pieces(file: BinaryIO, size: int, bar: Bar) -> Iterator[bytes]:
    done = 0
    while piece := file.read(min(_PIECE, size - done)):
        yield piece
        done += len(piece)
        bar(done, size)


@contextmanager
def shown(title: str, *, quiet: bool) -> Iterator[Bar]:
    """Give a progress bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield _nothing
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    with Progress(*columns, TransferSpeedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task(plain(title), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def wait_for(node: ApiClient, message: str, *, quiet: bool) -> dict[str, Any]:
    """Return the message once the hub has accepted or refused it, with a bar for what is uploaded until then.

    One that was sealed anew is followed to the message that replaces it.
    """
    with shown("to the hub", quiet=quiet) as bar:
        while True:
            found = node.get(f"/messages/{message}")
            files = found.get("attachments", [])
            bar(_sum(files, "bytes_done"), _sum(files, "bytes"))
            if found["state"] == "replaced" and found["replaced_by"]:
                message = found["replaced_by"]
            elif found["state"] != "ready":
                return found
            else:
                time.sleep(_POLL_S)


def _sum(files: Iterable[dict[str, Any]], key: str) -> int:
    return sum(int(each[key]) for each in files)


def _nothing(done: int, total: int) -> None:
    """Stand in where nobody looks."""
    del done, total
