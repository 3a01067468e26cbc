from pathlib import Path

import pytest

from runtime.lockfile import Ending, LockFile
from runtime.operator import OperatorError


def test_the_lock_excludes_and_tells_how_the_last_holder_ended(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    first, second = LockFile(path), LockFile(path)
    assert first.acquire() is Ending.CLEAN
    with pytest.raises(OperatorError) as caught:
        second.acquire()
    assert caught.value.code == "DATABASE_IN_USE"
    assert str(path) in caught.value.what
    first.release()
    assert second.acquire() is Ending.CLEAN
    second.release(fatal=True)
    assert first.acquire() is Ending.FATAL
    first.note(Ending.ABRUPT)
    first.release()
    first.release()
    path.write_text("nonsense of another program")
    assert first.acquire() is Ending.ABRUPT
    first.release()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as caught:
        LockFile(tmp_path / "none" / "x.lock").acquire()
    assert caught.value.code == "MISSING_FILE"
