"""The ``egnatia`` command. A service is imported only when its subcommand runs, so that help and keys stay quick.

``--as NAME`` chooses a running node; then the node's own commands are there without the word ``node``:
``egnatia --as belgrade inbox`` is ``egnatia node inbox --as belgrade``.
"""

from importlib import import_module
from typing import Final

import click

GROUPS: Final = {
    "conformance": ("egnatia.conformance.command", "command"),
    "demo": ("egnatia.demo.command", "demo"),
    "hub": ("hub.cli", "commands"),
    "keys": ("keys.cli", "commands"),
    "node": ("nodes.cli", "commands"),
    "policy": ("egnatia.policy_cli", "commands"),
}
"""Subcommand -> module and name of its click command."""
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
        """Return the command to run; with ``--as`` what is no room is a command of the node."""
        if ctx.meta.get(_AS) is not None and args[0] not in GROUPS:
            return _NODE, self.get_command(ctx, _NODE), args
        return super().resolve_command(ctx, args)


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
