import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.database_settings import DatabaseSettings, database_path
from runtime.processes import share_memory, stop_signals


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


ARENAS = """
import ctypes, sys, threading
from runtime.processes import share_memory

shared = {shared} and share_memory()
library, busy = ctypes.CDLL(None), threading.Barrier(9)

def work():
    busy.wait()
    library.malloc(1_000)
    busy.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for each in threads:
    each.start()
busy.wait()
busy.wait()
for each in threads:
    each.join()
library.fopen.restype = ctypes.c_void_p
library.malloc_info.argtypes = (ctypes.c_int, ctypes.c_void_p)
library.fclose.argtypes = (ctypes.c_void_p,)
file = library.fopen(sys.argv[1].encode(), b"w")
library.malloc_info(0, file)
library.fclose(file)
"""


@pytest.mark.parametrize("shared", [True, False])
def test_threads_share_the_places_from_which_memory_comes(tmp_path: Path, shared: bool) -> None:
    if platform.libc_ver()[0] != "glibc":
        assert not share_memory()
        return
    told = tmp_path / "told.xml"
    subprocess.run([sys.executable, "-c", ARENAS.format(shared=shared), str(told)], check=True, timeout=60)
    places = told.read_text(encoding="ascii").count("<heap nr=")
    assert places <= 2 if shared else places > 2
