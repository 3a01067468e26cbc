"""The ``egnatia`` command. A service is imported only when its subcommand runs, so that help and keys stay quick.

``--as NAME`` chooses a running node; then the node's own commands are there without the word ``node``:
``egnatia --as belgrade inbox`` is ``egnatia node inbox --as belgrade``.
"""

from importlib import import_module
from typing import Final

import click

GROUPS: Final = {
    "audit": ("egnatia.audit.command", "commands"),
    "conformance": ("egnatia.conformance.command", "command"),
    "demo": ("egnatia.demo.command", "demo"),
    "evidence": ("egnatia.evidence.command", "commands"),
    "hub": ("hub.cli", "commands"),
    "keys": ("keys.cli", "commands"),
    "node": ("nodes.cli", "commands"),
    "policy": ("egnatia.policy_cli", "commands"),
    "region": ("egnatia.region.command", "region"),
}
"""Subcommand -> module and name of its click command."""
EVERYDAY: Final = {
    "send": "Send a message or a usual question.",
    "inbox": "List what arrived.",
    "show": "Show a message.",
    "reply": "Answer a message.",
    "why": "Say where a message is, who has to act, and which rule stopped it.",
    "outbox": "List what was sent, and how far it is.",
    "thread": "List the messages that belong to a request.",
    "attachment": "List and save the files of a message.",
    "types": "List the message types, and the fields of one.",
    "directory": "List the participants of the network.",
    "status": "Tell how the node is doing.",
}
"""What a person does with a running node every day; `egnatia node --help` lists the rest."""
SERVICES: Final = {
    "node": "A participant's node: set it up and run it.",
    "hub": "The store-and-forward service of a network.",
    "keys": "Keys, statements and certificates of a network.",
    "policy": "Look at, check and export channel policies.",
    "region": "Found the network of a whole region for training, from two files.",
    "evidence": "Save what proves a message or a case, and verify such a file anywhere.",
    "audit": "Follow, verify and search what the logs of a network show.",
    "conformance": "Check test vectors, here or against another implementation.",
    "demo": "Run a small network on this machine and show what it does.",
}
"""What every other word is for, told without importing it."""
_NODE: Final = "node"
_AS: Final = "egnatia.as"


class Rooms(click.Group):
    """A group that imports a room when one of its commands is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands in alphabetical order."""
        del ctx
        return sorted(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand, imported now; None when there is no such one."""
        del ctx
        if cmd_name not in GROUPS:
            return None
        module, name = GROUPS[cmd_name]
        found = getattr(import_module(module), name)
        if not isinstance(found, click.Command):
            raise TypeError(f"{module}.{name} is not a command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command to run; what is no room is a command of the node that ``--as`` names.

        Without ``--as`` it is one too where a running node has it: the only node there is, or a hint which there are.
        """
        named = ctx.meta.get(_AS) is not None
        ours = self._is_ours(ctx, args) if args[0] in GROUPS and named else args[0] in GROUPS
        if not ours and (named or _is_talking(args[0])):
            return _NODE, self.get_command(ctx, _NODE), args
        return super().resolve_command(ctx, args)

    def _is_ours(self, ctx: click.Context, args: list[str]) -> bool:
        """Tell whether a room is meant where a node has a command of the same name: by the word after it."""
        room = self.get_command(ctx, args[0])
        sub = isinstance(room, click.Group) and args[1:] and args[1] in room.list_commands(ctx)
        return bool(sub) or not _is_talking(args[0])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what a person does every day first, and then the services."""
        del ctx
        with formatter.section("Every day (egnatia --as NODE ...)"):
            formatter.write_dl(list(EVERYDAY.items()))
        with formatter.section("Services and tools"):
            formatter.write_dl(list(SERVICES.items()))


def _is_talking(word: str) -> bool:
    from nodes.cli import TALKING

    return word in TALKING


def _choose(context: click.Context, _: click.Parameter, name: str | None) -> None:
    context.meta[_AS] = name


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--as", metavar="NAME", expose_value=False, callback=_choose, help="Speak to this running node.")
@click.version_option(package_name="egnatia")
def root() -> None:
    """Secure cross-border exchange for those who fight trafficking in human beings."""


def main() -> None:
    """Run the command line."""
    root()
