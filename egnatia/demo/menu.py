"""The menu after the story: a person plays on. Every entry prints the full command that it runs."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
from rich.markup import escape

from egnatia.demo.client import Unexpected
from egnatia.demo.desk import CommandFailed
from egnatia.demo.documents import request, smuggled_name, with_field
from egnatia.demo.processes import DidNotStart
from egnatia.demo.stage import Stage

_AUDITED = (
    "\nThe hub can look over its logs. What its operator changed in contents and mailboxes shows at the recipients,\n"
    "who verify everything themselves (all of it: egnatia --as NODE status):"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    words: str
    run: Callable[[], None]


class Menu:
    """A numbered menu in the terminal; anything it does, a person can type as well."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._entries = (
            Entry("Read Belgrade's inbox", self._inbox),
            Entry("Send your own request from Skopje to Belgrade", self._own),
            Entry("Try to smuggle a victim's name through the police channel", self._smuggle),
            Entry("Play the corrupt operator: look for a name in the hub's files", self._operator),
            Entry("Audit it all: check hub and nodes", self._audit),
        )

    def offer(self) -> None:
        """Offer the entries until the person has had enough."""
        console = self._stage.story.console
        console.print("\nThe network keeps running. In another terminal: [bold]egnatia --as belgrade inbox[/bold]")
        for alias, origin in self._stage.desks.items():
            console.print(f"In a browser, the desk of {alias.capitalize()}: {origin}/training", highlight=False)
        while True:
            for number, entry in enumerate(self._entries, 1):
                console.print(f"  {number}  {entry.words}", highlight=False)
            console.print("  0  Stop everything and leave", highlight=False)
            try:
                chosen = click.prompt("What next", type=click.IntRange(0, len(self._entries)), default=0)
            except click.Abort:
                return
            if chosen == 0:
                return
            try:
                self._entries[chosen - 1].run()
            except (CommandFailed, DidNotStart, Unexpected, OSError) as broken:
                console.print(f"That did not work: {broken}", highlight=False, markup=False, soft_wrap=True)
            except click.Abort:  # Ctrl-C at a question of an entry: back to the menu
                console.print()

    def _inbox(self) -> None:
        self._type("--as", "belgrade", "inbox")

    def _own(self) -> None:
        plate = click.prompt("A number plate, invented please", default="BG 123-XX")
        reason = click.prompt("Why do you ask", default="Seen near the border three times this week.")
        wanted = with_field(request("MT-01.vehicle-mk", self._stage.today), "subjects/vehicles/0/plate", plate)
        self._type("--as", "skopje", "send", "--file", self._file(with_field(wanted, "facts", reason)))
        self._type("--as", "belgrade", "inbox")

    def _smuggle(self) -> None:
        self._type("--as", "belgrade", "send", "--file", self._file(smuggled_name(self._stage.today)))

    def _operator(self) -> None:
        word = click.prompt("Which word shall the operator look for", default="Ducato")
        console = self._stage.story.console
        console.print(f"$ grep -rlF {word!r} {self._stage.folder / 'hub'}", highlight=False)
        console.print(f"  {self._stage.operator.occurrences(word)} files contain it", highlight=False)

    def _audit(self) -> None:
        self._check_hub()
        console = self._stage.story.console
        meanings: dict[str, str] = {}
        console.print(_AUDITED, highlight=False, soft_wrap=True)
        for alias, node in self._stage.nodes.items():
            found = node.status()
            meanings |= {each["code"]: f"{each['sentence']} {each['remedy']}" for each in found["alarms"]}
            console.print(f"  {alias:22}{escape(_standing(found))}", highlight=False, soft_wrap=True)
        for code, words in sorted(meanings.items()):
            console.print(f"  {code}: {escape(words)}", highlight=False, soft_wrap=True)

    def _check_hub(self) -> None:
        """Stop the hub for a look at every entry of its logs, and start it again."""
        stage = self._stage
        line = f"hub check --config {shlex.quote(str(stage.folder / 'hub' / 'hub.toml'))}"
        words = f"\nThe hub is stopped for it; nodes wait.\n$ egnatia {line}"
        stage.story.console.print(words, highlight=False, soft_wrap=True)
        stage.processes.stop("hub")
        try:
            stage.story.console.print(stage.typist.type(line).rstrip(), highlight=False, markup=False)
        except CommandFailed as failed:
            stage.story.console.print(str(failed), highlight=False, markup=False)
        finally:
            stage.start_hub()

    def _file(self, wanted: dict[str, object]) -> str:
        path = self._stage.folder / "menu-request.json"
        path.write_text(json.dumps(wanted, ensure_ascii=False, indent=2), encoding="utf-8")
        return str(path)

    def _type(self, *words: str) -> None:
        self._stage.story.console.print(f"\n$ egnatia {' '.join(words)}", highlight=False)
        subprocess.run([sys.executable, "-m", "egnatia", *words], check=False)


def _standing(status: dict[str, Any]) -> str:
    """Return what an auditor asks of a node: how much of the log it has verified, what is missing, what is alarming."""
    missing = [
        f"{each['low']} to {each['high']} of {each['sender']} missing"
        if each["low"] != each["high"]
        else f"number {each['low']} of {each['sender']} missing"
        for each in status["gaps"]
    ]
    alarms = sorted({each["code"] for each in status["alarms"]})
    waiting = status["outbox"].get("ready", 0)
    return "; ".join(
        [
            f"log verified to entry {status['log']['size']}",
            f"{sum(status['inbox'].values())} received, {status['inbox'].get('unopenable', 0)} refused, {waiting} wait",
            *missing,
            f"alarms: {', '.join(alarms) or 'none'}",
        ]
    )
