import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.database_settings import DatabaseSettings, database_path
from runtime.processes import stop_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_asks_and_the_second_one_ends(number: signal.Signals) -> None:
    told: list[int] = []
    before = signal.signal(number, lambda got, _: told.append(got))
    try:
        with stop_signals() as asked:
            os.kill(os.getpid(), number)
            async with asyncio.timeout(30):
                await asked.wait()
            assert told == []
            os.kill(os.getpid(), number)
            assert told == [number]
        os.kill(os.getpid(), number)
        assert told == [number, number]
    finally:
        signal.signal(number, before)


PROGRAM = """
import asyncio, sys
from runtime.database import Database
from runtime.database_settings import DatabaseSettings, Hooks
from runtime.log import Log
from runtime.processes import end_process

hooks = Hooks(on_fatal={on_fatal})
database = Database(DatabaseSettings(url={url!r}), hooks)
database.open()
asyncio.run(database.{call}(lambda c: c.exec_driver_sql({sql!r}).all()))
print("still here")
"""
LOGGED = "end_process(Log(sys.stdout, lambda: 0, bytes(32)))"


@pytest.mark.parametrize(
    ("call", "sql", "on_fatal"),
    [
        ("write", "INSERT INTO note (name) VALUES ('a') RETURNING id", LOGGED),
        ("read", "SELECT * FROM note", LOGGED),
        ("write", "SELECT * FROM note", "lambda _: sys.exit(70)"),
    ],
)
def test_a_database_that_cannot_be_trusted_ends_the_process(
    stored: DatabaseSettings, call: str, sql: str, on_fatal: str
) -> None:
    path = database_path(stored)
    assert path is not None
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xee" * (len(raw) - 4096)
    path.write_bytes(raw)
    program = PROGRAM.format(url=stored.url, call=call, sql=sql, on_fatal=on_fatal)
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=root)
    assert (done.returncode, done.stderr) == (70, "")
    assert "still here" not in done.stdout
    if on_fatal == LOGGED:
        assert json.loads(done.stdout)["event"] == "fatal"
    assert path.with_name("state.db.lock").read_text() == "fatal"
