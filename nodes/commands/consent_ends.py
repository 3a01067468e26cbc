"""Commands about the end of a consent: withdraw, see who has to answer, erase or keep what it locked here."""

import click

from nodes.commands.frame import client, print_json, table, talking, when


@click.command("withdraw")
@click.argument("identifier", metavar="CONSENT")
@click.option("--channel", required=True, help="How she said it: in_person, phone, message or other_organisation.")
@click.option("--told", required=True, help="What she was told about data that were sent already.")
@click.option("--recipient", "recipients", multiple=True, metavar="NODE", help="Only for this recipient.")
@click.option("--category", "categories", multiple=True, help="Only this category of data, such as HE.")
@click.option("--purpose", "purposes", multiple=True, help="Only for this purpose.")
@talking
def withdraw(identifier: str, as_name: str | None, *, as_json: bool, **given: object) -> None:
    """Withdraw a consent, all of it or a part; everybody under it is told and locks what they hold."""
    body = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value}
    found = client(as_name).post(f"/consents/{identifier}/withdraw", body)
    if as_json:
        print_json(found)
        return
    click.echo(f"Consent {found['id']} is {found['state']}; {found['references']} references end with it.")
    click.echo(f"Told: {', '.join(found['told']) or 'nobody had anything under it'}.")


@click.command("ended")
@click.option("--overdue", is_flag=True, help="Only what is late.")
@click.option("--done", is_flag=True, help="What was carried out here.")
@talking
def ended(as_name: str | None, *, overdue: bool, done: bool, as_json: bool) -> None:
    """List who still has to answer a withdrawal, and what ends of consents locked here."""
    found = client(as_name).get("/consent-ends", overdue=int(overdue), done=int(done))
    if as_json:
        print_json(found)
        return
    rows = [
        [each["consent"], each["node"], when(each["reached_at"]), _due(each), each["trouble"] or "-"]
        for each in found["told"]
    ]
    table("Told of a withdrawal", ("consent", "party", "access ended", "answer due", "trouble"), rows)
    rows = [
        [str(each["number"]), each["consent"], each["holder"], each["kind"], str(len(each["messages"])), _due(each)]
        for each in found["here"]
    ]
    table("Locked here", ("number", "consent", "holder", "because", "messages", "receipt due"), rows)


@click.command("purge")
@click.argument("number", type=click.IntRange(1))
@talking
def purge(number: int, as_name: str | None, *, as_json: bool) -> None:
    """Erase what the end of a consent locked here, and confirm it to its holder."""
    _say(client(as_name).post(f"/consent-ends/{number}/purge", {}), "erased", as_json=as_json)


@click.command("keep")
@click.argument("number", type=click.IntRange(1))
@click.option("--reason", required=True, help="Which law asks to keep it, and why; its holder is told.")
@talking
def keep(number: int, reason: str, as_name: str | None, *, as_json: bool) -> None:
    """Keep what the end of a consent locked here, out of everybody's reach, because the law asks for it."""
    _say(client(as_name).post(f"/consent-ends/{number}/keep", {"reason": reason}), "kept locked", as_json=as_json)


def _say(found: dict[str, object], done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['items']} messages are {done}; {found['holder']} gets the receipt.")


def _due(each: dict[str, object]) -> str:
    if each.get("done_at") is not None:
        return f"done {when(each['done_at'])}"
    return f"{when(each['due_at'])}{' OVERDUE' if each['overdue'] else ''}"
