"""The guards in tests/conftest.py and the gates in pyproject.toml hold what they promise."""

from pathlib import Path

import pytest

SKIPPING = """
import pytest

@pytest.mark.skip(reason="no database")
def test_marked(): ...

def test_called():
    pytest.skip("no browser")

@pytest.mark.xfail(reason="known")
def test_expected():
    assert False
"""
CONNECTING = """
import asyncio, socket, pytest

def test_plain():
    with socket.socket() as sock:
        sock.connect(("127.0.0.1", 9))

def test_asyncio():
    asyncio.run(asyncio.open_connection("127.0.0.1", 9))

def test_unix(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of such a socket must be short
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("s")
        server.listen()
        client.connect("s")
"""


@pytest.fixture
def guarded(pytester: pytest.Pytester, root: Path) -> pytest.Pytester:
    pytester.makeconftest((root / "tests/conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    return pytester


def test_a_skip_fails_in_ci(guarded: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    guarded.makepyfile(SKIPPING)
    result = guarded.runpytest_inprocess()
    result.assert_outcomes(errors=1, failed=1, xfailed=1)  # a mark skips before the setup ends
    result.stdout.fnmatch_lines(["*a skipped test is a failure in CI: *no database"])


def test_a_skipped_module_fails_in_ci(guarded: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    guarded.makepyfile('import pytest\npytest.importorskip("no_such_module_at_all")\n')
    guarded.runpytest_inprocess().assert_outcomes(errors=1)


def test_a_skip_is_fine_elsewhere(guarded: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    guarded.makepyfile(SKIPPING)
    guarded.runpytest_inprocess().assert_outcomes(skipped=2, xfailed=1)


@pytest.mark.parametrize("room", ["unit", "property"])
def test_unit_and_property_tests_reach_no_network(guarded: pytest.Pytester, room: str) -> None:
    guarded.mkdir(room).joinpath("test_it.py").write_text(CONNECTING, encoding="utf-8")
    result = guarded.runpytest_inprocess("--import-mode=importlib")
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(["*tests reach no network, yet this one connects to ('127.0.0.1', 9)*"])


def test_other_tests_reach_the_loopback(guarded: pytest.Pytester) -> None:
    guarded.mkdir("flow").joinpath("test_it.py").write_text(CONNECTING, encoding="utf-8")
    result = guarded.runpytest_inprocess("--import-mode=importlib")
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(["*ConnectionRefusedError*"])
