"""All stories in their order: under the shipped rules, under a catalogue that asks for less, and after it."""

from collections.abc import Iterator
from typing import Final

from tests.simulators.hub import PACKAGED
from tests.stories.change import put_in_force, relaxed
from tests.stories.script import HERE, Story, load_stories
from tests.stories.teller import Teller

CHANGED: Final = HERE / "changed"
AFTER: Final = HERE / "after"


def tell_shipped(teller: Teller, only: str | None = None) -> int:
    """Tell the stories of the shipped rules, or one of them; return how many were told."""
    return _tell(teller, (each for each in load_stories() if only in (None, each.file)))


def tell_changed(teller: Teller) -> int:
    """Put a catalogue in force that asks for less, and tell what the rules behind it still refuse."""
    put_in_force(teller.town, relaxed())
    return _tell(teller, iter(load_stories(CHANGED)))


def tell_after(teller: Teller) -> int:
    """Put the shipped rules in force again, and tell what becomes of messages under those before."""
    before = teller.town.bundle.digest.hex()
    put_in_force(teller.town, PACKAGED)
    return _tell(teller, iter(load_stories(AFTER)), before=before)


def _tell(teller: Teller, stories: Iterator[Story], **names: str) -> int:
    told = 0
    for story in stories:
        teller.tell(story, **names)
        told += 1
    return told
