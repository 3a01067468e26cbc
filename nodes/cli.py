"""``egnatia node``: set up, run and look over a node, and speak to a running one.

A command's module is imported when the command runs: those that speak to a running node start without its code.
"""

from importlib import import_module
from typing import Final

import click

from nodes.commands.frame import NodeCommands

SETUP: Final = {
    **{name: f"nodes.commands.setup:{name}" for name in ("init", "join", "run", "check", "settings")},
    "openapi": "nodes.commands.openapi:openapi",
}
TALKING: Final = {
    **{name: f"nodes.commands.reading:{name}" for name in ("inbox", "outbox", "show", "why", "thread", "evidence")},
    **{name: f"nodes.commands.lookups:{name}" for name in ("status", "directory", "types", "people")},
    **{name: f"nodes.commands.sending:{name}" for name in ("send", "release")},
    **{name: f"nodes.commands.disclosing:{name}" for name in ("disclose", "disclosures")},
    "verify-disclosure": "nodes.commands.disclosing:verify_disclosure",
    **{name: f"nodes.commands.uses:{name}" for name in ("export", "permissions")},
    "print": "nodes.commands.uses:print_",
    "forward": "nodes.commands.forwarding:forward",
    "draft-letter": "nodes.commands.letters:draft_letter",
    "report": "nodes.commands.reporting:report",
    "verify-report": "nodes.commands.reporting:verify_report",
    "reply": "nodes.commands.replying:reply",
    "return": "nodes.commands.sending:give_back",
    "consent": "nodes.commands.consent:consent",
    "attachment": "nodes.commands.files:attachment",
    "approval": "nodes.commands.approval:approval",
    "accounts": "nodes.commands.accounts:accounts",
    "alert": "nodes.commands.alerts:alert",
    "token": "nodes.commands.tokens:token",
    "tasks": "nodes.commands.duties:tasks",
    "holdings": "nodes.commands.holdings:holdings",
    "corrections": "nodes.commands.corrections:corrections",
    "held": "nodes.commands.holds:held",
    "log": "nodes.commands.logs:log",
    "retention": "nodes.commands.retention:retention",
    "statistics": "nodes.commands.statistics:statistics",
    "witness": "nodes.commands.witness:witness",
    **{name: f"nodes.commands.breaches:{name}" for name in ("breach", "breaches")},
    **{name: f"nodes.commands.keys:{name.replace('-', '_')}" for name in ("new-identity", "new-tls-key")},
}
"""Commands of a running node, which ``egnatia --as NAME`` offers directly."""


class LazyCommands(NodeCommands):
    """Imports the module of a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands: first those that set up, then those that speak to a running node."""
        del ctx
        return [*SETUP, *sorted(TALKING)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand, imported now; None when there is no such one."""
        del ctx
        place = {**SETUP, **TALKING}.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        found = getattr(import_module(module), name)
        if not isinstance(found, click.Command):
            raise TypeError(f"{place} is not a command")
        return found


@click.group("node", cls=LazyCommands)
def commands() -> None:
    """A participant's node."""
