"""Says in one line that the published vectors are absent, because a skipped module is easily overlooked."""

import pytest

from tests.published.vectors import FOLDER


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not FOLDER.is_dir():
        terminalreporter.write_line("published vectors: absent, nothing was checked against them (EGNATIA_VECTORS)")
