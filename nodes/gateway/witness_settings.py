"""What an operator may choose about witnessing."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class WitnessSettings:
    """Whether this node witnesses the logs where the charter names it."""

    on: Annotated[bool, Meta(description="false leaves the network with one witness less, and says so")] = True
    wait_s: Annotated[int, Meta(ge=1, le=55, description="how long one question waits at the hub for growth")] = 25
