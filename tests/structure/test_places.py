"""No file names the machine it was written on, or the package index it was installed from."""

import os
import re
from pathlib import Path

import pytest

INDEX = r"--(?:extra-)?index-url[ =]|--find-links[ =]|https?://[^\s\"'<>]*/simple\b"
HOME = r"/(?:home|Users)/[a-z][\w.-]*/|(?<![\w.-])/root/|[A-Z]:\\Users\\"
ENVIRONMENT = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX", "UV_DEFAULT_INDEX")
TEXT_BYTES = 2_000_000


def places(root: Path) -> re.Pattern[str]:
    """Build the pattern from what this machine calls itself, so that no name has to be written down here."""
    settings = [word for name in ENVIRONMENT for word in os.environ.get(name, "").split()]
    here = [str(root)] if len(root.parts) > 2 else []  # a folder right under / is too common a word
    names = [rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in [*settings, *here]]
    return re.compile("|".join([INDEX, HOME, *names]))


def named(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match[0] for match in pattern.finditer(text)]


def test_no_file_names_a_machine_or_an_index(own_files: list[Path], root: Path) -> None:
    pattern = places(root)
    texts = {
        path: path.read_bytes().decode("utf-8", errors="replace")
        for path in own_files
        if path.stat().st_size < TEXT_BYTES and path != Path(__file__)
    }
    assert not {str(path.relative_to(root)): found for path, text in texts.items() if (found := named(pattern, text))}


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://packages.example/root",
        "pip install --find-links=wheels egnatia",
        "index = https://packages.example/all/simple/",
        "see /home/maria/notes",
        "cp /root/.profile .",
        "ran in /srv/build/egnatia-17 yesterday",
        "C:\\Users\\maria",
    ],
)
def test_a_named_place_is_seen(text: str) -> None:
    assert named(places(Path("/srv/build/egnatia-17")), text)


@pytest.mark.parametrize(
    "text",
    [
        "uv pip compile --no-emit-index-url --no-emit-find-links",
        "https://docs.example/a-simple-guide",
        "/srv/build/egnatia-170",
        "GET /v1/root/latest",
    ],
)
def test_an_innocent_text_is_left_alone(text: str) -> None:
    assert not named(places(Path("/srv/build/egnatia-17")), text)
