"""`egnatia evidence`: save what proves a message or a case, verify such a file anywhere, write the second verifier."""

import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nodes.commands.frame import NodeCommands, client, fail, print_json, talking

if TYPE_CHECKING:
    from keys.evidence_check import Proved

REFUSED: Final = 1
NOT_WITNESSED: Final = 3
NOT_COMPARED: Final = 4
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW: Final = click.Path(dir_okay=False, path_type=Path)
_MARGIN: Final = 1  # read one byte more than allowed, and it is too large


@click.group("evidence", cls=NodeCommands)
def commands() -> None:
    """Files that prove what was sent, when, to whom, and what became of it."""


@commands.command("export")
@click.option("--message", metavar="ID", help="The message that is to be proved.")
@click.option("--case", metavar="ID", help="Or the case, with all its messages.")
@click.option("--sealed", is_flag=True, help="Put the ciphertext in too, as far as this node keeps it.")
@click.option(
    "--disclosure", "disclosures", multiple=True, type=_FILE, help="Rows to show: a file that `disclose` wrote."
)
@click.option("-o", "--out", type=_NEW, required=True, help="The file to write.")
@talking
def export(as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Write what a node can prove about a message or a case into one file. The node writes down that it did.

    The file shows the header of every message: who, to whom, when, in which channel, for which purpose. It shows
    nothing of the content but the rows of disclosures.
    """
    out: Path = given["out"]
    if (given["message"] is None) == (given["case"] is None):
        fail("MISSING", "Nothing is named, or two things are", "Give --message ID or --case ID")
    if out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    node = client(as_name)
    asked = {
        "sealed": given["sealed"],
        "disclosures": [base64.b64encode(each.read_bytes()).decode() for each in given["disclosures"]],
    }
    if given["message"] is not None:
        from nodes.commands.reading import whole_id

        path = f"/messages/{whole_id(node, given['message'])}/proof"
    else:
        path = f"/cases/{given['case']}/proof"
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        try:
            told = node.save(path, asked, file)
        except BaseException:
            out.unlink()
            raise
    fingerprint, verdict = told.get("X-Fingerprint", ""), told.get("X-Verdict", "")
    if as_json:
        print_json({"file": str(out), "fingerprint": fingerprint, "verdict": verdict})
        return
    click.echo(f"Wrote {out}. Fingerprint: {fingerprint}")
    if verdict != "verified":
        click.echo("Part of it rests on the hub's word until enough witnesses have signed both logs since.")
        click.echo("They do within a day: export it again then for a proof that lasts.")
    click.echo(f"Whoever gets it verifies it with: egnatia evidence verify {out.name} --charter DIGEST")


@commands.command("verify")
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--charter", metavar="DIGEST", help="The digest of the network's charter, from paper.")
@click.option("--report", type=_NEW, help="Write a page that can be read without software and printed.")
@click.option("--language", default="en", show_default=True, help="The language of that page.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def verify(path: Path, charter: str | None, report: Path | None, language: str, *, as_json: bool) -> None:
    """Tell what FILE proves. It needs no node, no hub and no network.

    Status 0: everything holds, under the charter you gave. 1: something does not hold. 3: complete, but too few
    witnesses cosigned the log so far. 4: everything holds, but you gave no charter to compare with.
    """
    proved = _verified(path, charter, as_json=as_json)
    if report is not None:
        _write_report(proved, report, language)
    if as_json:
        from egnatia.evidence.document import document

        click.echo(json.dumps(document(proved), ensure_ascii=False, indent=2))
    else:
        from egnatia.evidence.words import tell

        for line in tell(proved):
            click.echo(line)
        if report is not None:
            click.echo(f"Wrote {report}.")
    raise click.exceptions.Exit(status_of(proved))


@commands.command("verifier")
@click.option("-o", "--out", type=_NEW, help="The file to write; standard output if left out.")
def verifier(out: Path | None) -> None:
    """Write the second verifier: one program that needs Python, cryptography and PyNaCl and nothing else."""
    from egnatia.evidence.joining import single_file

    if out is None:
        click.echo(single_file(), nl=False)
        return
    if out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    out.write_text(single_file(), encoding="utf-8")
    click.echo(f"Wrote {out}. Run it with: python {out.name} FILE DIGEST")


def status_of(proved: "Proved") -> int:
    """Return the exit status for a bundle that holds."""
    from keys.evidence_check import Verdict

    if proved.verdict is Verdict.NOT_WITNESSED:
        return NOT_WITNESSED
    return 0 if proved.anchored else NOT_COMPARED


def _verified(path: Path, charter: str | None, *, as_json: bool) -> "Proved":
    from keys.evidence_check import verify_bundle
    from protocol.errors import Fault, Malformed
    from protocol.evidence_bundle import parse_evidence_bundle
    from protocol.ids import parse_hex_digest
    from protocol.limits import MAX_EVIDENCE_FILE

    try:
        pin = None if charter is None else parse_hex_digest(charter)
    except Malformed:
        fail("MALFORMED", "The charter's digest has 64 hex digits", "Copy it from the paper of the ceremony")
    with path.open("rb") as file:
        raw = file.read(MAX_EVIDENCE_FILE + _MARGIN)
    try:
        return verify_bundle(parse_evidence_bundle(raw), pin)
    except Fault as fault:
        _refuse(fault.code, as_json=as_json)
        raise click.exceptions.Exit(REFUSED) from fault


def _refuse(code: str, *, as_json: bool) -> None:
    """Say that a file proves nothing, and why."""
    from protocol.errors import Code
    from protocol.meanings import MEANINGS

    meaning = MEANINGS[Code(code)]
    if as_json:
        click.echo(json.dumps({"verdict": "refused", "code": code, "why": meaning.sentence}, indent=2))
        return
    click.echo(f"DOES NOT HOLD. {meaning.sentence} [{code}]")
    click.echo("Believe nothing that is in this file. Ask whoever gave it to you for another copy.")


def _write_report(proved: "Proved", path: Path, language: str) -> None:
    from nodes.desk.moments import LocalTime
    from nodes.desk.proof_report import report_of
    from nodes.desk.texts import load_texts

    if path.exists():
        fail("FILE_EXISTS", f"{path} is there already", "Name another file")
    path.write_text(report_of(proved, load_texts().speech(language), LocalTime("")), encoding="utf-8")
