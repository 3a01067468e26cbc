"""One town for all stories; `--story NAME.yaml` tells only that file and leaves the comparison out."""

from collections.abc import Iterator

import pytest

from tests.stories.town import Town, run_town


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--story", help="tell only this file of tests/stories")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        with run_town(folder / "run") as running:
            yield running
