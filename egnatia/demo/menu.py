"""The menu after the story: a person plays on. Every entry prints the full command that it runs."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import click

from egnatia.demo.documents import request, smuggled_name, with_field
from egnatia.demo.stage import Stage


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
            self._entries[chosen - 1].run()

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
        for alias in self._stage.nodes:
            self._type("--as", alias, "status")

    def _file(self, wanted: dict[str, object]) -> str:
        path = self._stage.folder / "menu-request.json"
        path.write_text(json.dumps(wanted, ensure_ascii=False, indent=2), encoding="utf-8")
        return str(path)

    def _type(self, *words: str) -> None:
        self._stage.story.console.print(f"\n$ egnatia {' '.join(words)}", highlight=False)
        subprocess.run([sys.executable, "-m", "egnatia", *words], check=False)
