"""Alerts through a program of the house: fixed arguments, no shell, one JSON line to read, nothing secret."""

import asyncio
import contextlib
import json
import os
from dataclasses import dataclass
from typing import Final

from nodes.casework.alert_channels import FAILED, NO_COMMAND, Call
from nodes.people.refusals import NotDone

PAGER: Final = "pager"
_PASSED: Final = ("PATH", "SYSTEMROOT", "LANG")
"""The only variables of the node's environment that the program is given."""


@dataclass(frozen=True, slots=True)
class PagerChannel:
    """A command with its arguments, exactly as in the settings."""

    command: tuple[str, ...]
    name: str = PAGER

    async def tell(self, call: Call) -> NotDone | None:
        """Return None once the program ended with status 0. One that does not end in time is killed."""
        env = {name: os.environ[name] for name in _PASSED if name in os.environ}
        quiet = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command, stdin=asyncio.subprocess.PIPE, stdout=quiet, stderr=quiet, env=env
            )
        except (OSError, ValueError):
            return NO_COMMAND
        try:
            await process.communicate(json.dumps(call.fields(), ensure_ascii=False).encode() + b"\n")
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return None if process.returncode == 0 else FAILED
