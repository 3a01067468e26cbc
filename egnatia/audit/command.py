"""``egnatia audit``: the commands of auditors. Each module is imported when its command runs."""

from importlib import import_module
from typing import Final

import click

from keys.cli_base import Commands

PLACES: Final = {
    "follow": "egnatia.audit.cli_follow:follow",
    "verify": "egnatia.audit.cli_verify:verify",
    "search": "egnatia.audit.cli_lists:search",
    "decisions": "egnatia.audit.cli_lists:decisions",
    "promises": "egnatia.audit.cli_lists:promises",
    "stats": "egnatia.audit.cli_lists:stats",
    "access": "egnatia.audit.cli_access:access",
    "witness": "egnatia.audit.cli_witness:witness",
    "compare": "egnatia.audit.cli_compare:compare",
}
"""Subcommand -> module and name of its click command."""


class AuditCommands(Commands):
    """A group that imports the module of a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands."""
        del ctx
        return sorted(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand, imported now; None when there is no such one."""
        del ctx
        if cmd_name not in PLACES:
            return None
        module, _, name = PLACES[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        if not isinstance(found, click.Command):
            raise TypeError(f"{module}.{name} is not a command")
        return found


@click.group("audit", cls=AuditCommands)
def commands() -> None:
    """Follow, verify and search what the logs of a network show, without reading any content."""
