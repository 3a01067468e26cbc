"""``egnatia node draft-letter``: a draft letter rogatory from a thread, with everything that had to stay out of it."""

import json
from pathlib import Path
from typing import Any

import click

from nodes.commands.frame import client, fail, print_json, talking, when
from nodes.commands.reading import plain, whole_id


@click.command("draft-letter")
@click.argument("thread", metavar="MESSAGE")
@click.option("--for", "recipient", required=True, metavar="NODE", help="The judicial authority that will send it.")
@click.option("--language", help="The language of the letter; yours if left out.")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write the draft to.")
@talking
def draft_letter(thread: str, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Draft a letter rogatory from the thread of MESSAGE, for people to complete, sign and send.

    Nothing is sent. What others sent is restated as belief or quoted with consent; what has to stay out is listed with
    its rule and the lawful way.
    """
    node = client(as_name)
    out: Path | None = given["out"]
    if out is not None and out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    asked = {"for": given["recipient"]} | ({} if given["language"] is None else {"language": given["language"]})
    found = node.post(f"/messages/{whole_id(node, thread)}/letter", asked)
    if out is not None:
        from runtime.files import write_atomic  # noqa: PLC0415 - only this option writes

        request = {"type": found["type"], "language": found["language"], "document": found["document"]}
        write_atomic(out, json.dumps(request, ensure_ascii=False, indent=2).encode() + b"\n", private=True)
    if as_json:
        print_json(found)
        return
    _tell(found)
    if out is not None:
        click.echo(f"Wrote the draft to {out}. It is not sent: {found['for']} completes, signs and sends it.")


def _tell(found: dict[str, Any]) -> None:
    letter = found["document"]
    click.echo(f"Draft of {found['type']} for {found['for']}.")
    for line in str(letter.get("facts", "-")).splitlines():
        click.echo(f"  {plain(line)}")
    click.echo(f"Prior contacts named: {len(letter['linked_threads'])}.")
    for each in letter["linked_threads"]:
        quoted = f", quoted with consent {each['consent'][:12]}" if each["quoted"] else ""
        click.echo(f"  {plain(each['reference'])} {plain(each['authority'])}{quoted}")
    for each in letter.get("measures", []):
        click.echo(f"Asks: {plain(each['result'])}")
    click.echo(f"Left out: {len(found['left_out'])}.")
    for each in found["left_out"]:
        where = f"{plain(each['title'])} ({each['path']}) of {each['reference']}, {when(each['at'])}"
        if each["no_room"]:
            click.echo(f"  {where}: the letter has no room for it.")
        for finding in each["findings"]:
            click.echo(f"  {where}: {finding['sentence']} ({finding['article']}) {finding['remedy']}")
        if each["ask"] is not None:
            click.echo(f"    The question, but for its reason: {json.dumps(each['ask'], ensure_ascii=False)}")
    if found["unnamed"]:
        click.echo(f"No room to name {len(found['unnamed'])} further contacts.")
    click.echo(f"Still to be filled: {', '.join(found['missing']) or 'nothing'}.")
