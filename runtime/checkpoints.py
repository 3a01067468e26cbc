"""When the writer moves pages from SQLite's write-ahead log into the database.

SQLite tells the number of pages in the log only when it checkpoints, and the log's file does not shrink, so that its
size says little. The plan counts what commits should have added, corrects itself at each checkpoint, and treats every
growth of the file as certain: whatever the estimate, the log gains at most ``pages`` over its highest mark.
"""

from enum import StrEnum
from typing import Final

_PAGE: Final = 4_096
_PER_COMMIT: Final = 4  # header, root and leaf pages that even the smallest commit rewrites
_SCALES: Final = (0.05, 16.0)


class Mode(StrEnum):
    """The checkpoints in use: one that waits for nobody, one that waits for readers and starts the log anew.

    The third one empties the log too, so that what was deleted does not stay in it.
    """

    PASSIVE = "PASSIVE"
    RESTART = "RESTART"
    TRUNCATE = "TRUNCATE"


class CheckpointPlan:
    """Decides after each commit; holds no connection."""

    def __init__(self, pages: int, limit: int) -> None:
        self._pages = pages
        self._limit = limit
        self._scale = 1.0
        self._guess = 0
        self._size = 0
        self._base = 0
        self._left = 0

    def due(self, changes: int, weight: int, size: int) -> Mode | None:
        """Return the checkpoint due after a commit of so many rows and bytes, with the log at ``size`` bytes."""
        self._guess += _PER_COMMIT + changes + weight // _PAGE
        self._size = size
        if max(self._guess * self._scale, (size - self._base) / _PAGE) < self._pages:
            return None
        return Mode.RESTART if size > self._limit else Mode.PASSIVE

    def learn(self, pages: int, moved: int) -> None:
        """Take in how many pages the log held at the checkpoint just made, and how many of them it moved."""
        added = pages - self._left if pages >= self._left else pages
        low, high = _SCALES
        if self._guess and added > 0:
            self._scale = min(high, max(low, (self._scale + added / self._guess) / 2))
        self._guess = 0
        self._base = self._size
        self._left = 0 if moved >= pages else pages  # a log moved as a whole begins anew with the next commit
