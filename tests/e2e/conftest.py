"""One founded network for all end-to-end tests; each module runs its own copy of it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.malicious_hub import MaliciousHub
from tests.e2e.network import Founded, Network, found, run_network
from tests.e2e.stand import NODES, Stand

Open = Callable[..., Network]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a first test time for the processes that its fixtures start."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """Hold the ceremony once, also when several workers share the tests: the first founds, the others wait for it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return found(tmp_path_factory.mktemp("founded"))
    shared = tmp_path_factory.getbasetemp().parent
    with (shared / "founded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / "founded.pin"
        if done.exists():
            return Founded(shared / "founded", done.read_text(encoding="ascii"))
        founded = found(shared / "founded")
        done.write_text(founded.pin, encoding="ascii")
        return founded


@pytest.fixture(scope="module")
def open_network(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a function that runs a network with the nodes named; all of it ends with the module."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("network")
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))

        def open_(*nodes: str, database: str | None = None) -> Network:
            return stack.enter_context(run_network(founded, folder / "run", *nodes, database=database))

        yield open_


@pytest.fixture(scope="module")
def lying(open_network: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Run three nodes behind a hub that can lie to each of them."""
    network = open_network()
    with MaliciousHub(network, tmp_path_factory.mktemp("lines"), *NODES) as hub:
        network.start(*NODES)
        yield Stand(network, hub)


@pytest.fixture
def stand(lying: Stand) -> Iterator[Stand]:
    """Give a test the lying hub; it is honest again afterwards."""
    yield lying
    lying.hub.be_honest()
