"""The rooms are ours, are imported in one way, and keep their import contracts."""

import ast
import importlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

KEYS_MAY_HOLD = (".py", ".md")


def bare_imports(source: str, rooms: list[str]) -> list[str]:
    """Say which rooms are bound as a bare name, which everyday variables (keys, nodes) would shadow."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import)]
    return [alias.name for node in imports for alias in node.names if alias.name.split(".")[0] in rooms]


def strangers(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [path.name for path in files if path.suffix not in KEYS_MAY_HOLD and path.name != "py.typed"]


def broken_contracts(folder: Path) -> str:
    """Run the import contracts in a folder; an empty answer means that all of them are kept."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-logo', '--no-cache'])"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_no_room_is_imported_as_a_bare_name(own_files: list[Path], rooms: list[str]) -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in own_files if path.suffix == ".py"}
    assert not {str(path): found for path, text in sources.items() if (found := bare_imports(text, rooms))}


def test_a_bare_import_is_seen() -> None:
    source = "def f():\n    import keys.ring as r, os\nimport hub\nfrom keys.ring import Ring\nimport keysmith\n"
    assert bare_imports(source, ["keys", "hub"]) == ["hub", "keys.ring"]


def test_every_room_is_imported_from_this_repository(root: Path, rooms: list[str]) -> None:
    origins = {room: Path(importlib.import_module(room).__file__ or "/") for room in rooms}
    assert not {room: origin for room, origin in origins.items() if origin.parent != root / room}


def test_every_room_is_a_typed_package(root: Path, rooms: list[str]) -> None:
    wanted = [root / room / name for room in rooms for name in ("__init__.py", "py.typed")]
    assert not [path for path in wanted if not path.is_file()]


def test_every_package_is_listed_as_a_room(root: Path, rooms: list[str]) -> None:
    packages = {path.parent.name for path in root.glob("*/__init__.py")}
    assert packages == set(rooms)


def test_keys_holds_code_only(root: Path) -> None:
    assert not strangers(root / "keys")


def test_a_key_file_among_the_code_is_seen(tmp_path: Path) -> None:
    for name in ("ring.py", "README.md", "py.typed", "node.pem", "seed"):
        (tmp_path / name).touch()
    assert sorted(strangers(tmp_path)) == ["node.pem", "seed"]


def pure_modules() -> list[str]:
    """Name the modules whose purity a contract asserts, as pyproject.toml lists them."""
    tools = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = [each for each in tools["importlinter"]["contracts"] if each["name"].startswith("Pure")]
    return [module for contract in contracts for module in contract["source_modules"]]


PURE = [f"{module.replace('.', '/')}.py" if "." in module else f"{module}/any.py" for module in pure_modules()]
WRONG = [
    ("hub/__init__.py", "import nodes.app"),
    ("nodes/app.py", "from hub import x"),
    ("keys/__init__.py", "from policies import x"),
    ("policies/any.py", "from keys import x"),
    ("policies/any.py", "from runtime import x"),
    ("runtime/__init__.py", "from keys import x"),
    ("nodes/gateway/__init__.py", "from nodes.casework import x"),
    ("nodes/people/__init__.py", "from nodes.casework import x"),
    ("nodes/casework/__init__.py", "from nodes.desk import x"),
    ("nodes/desk/__init__.py", "from nodes.api import x"),
    *((PURE[0], f"import {module}") for module in ("os", "secrets", "sqlalchemy")),
]


@pytest.fixture
def empty_rooms(tmp_path: Path, root: Path, rooms: list[str]) -> Path:
    """Rooms without code, under the real contracts: a clean start for one wrong import."""
    shutil.copy(root / "pyproject.toml", tmp_path)
    packages = [*rooms, "nodes/gateway", "nodes/people", "nodes/casework", "nodes/desk", "nodes/api"]
    for name in [*(f"{package}/__init__.py" for package in packages), "nodes/app.py", *PURE]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_the_import_contracts_hold_without_code(empty_rooms: Path) -> None:
    assert broken_contracts(empty_rooms) == ""


@pytest.mark.parametrize(("name", "line"), WRONG)
def test_a_forbidden_import_breaks_a_contract(empty_rooms: Path, name: str, line: str) -> None:
    (empty_rooms / name).write_text(f"{line}\n", encoding="utf-8")
    assert "BROKEN" in broken_contracts(empty_rooms)


def test_a_clock_breaks_the_contract_of_every_pure_module(empty_rooms: Path) -> None:
    for name in PURE:
        (empty_rooms / name).write_text("import time\n", encoding="utf-8")
    told = broken_contracts(empty_rooms)
    named = {name.removesuffix(".py").replace("/", ".") for name in PURE}
    assert "BROKEN" in told
    assert {each for each in named if f"{each} -> time" not in told} == set()
