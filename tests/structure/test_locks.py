"""The lock files: every package pinned and hashed, from no index in particular, none below its security floor."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

LOCKS = ("requirements/run.lock", "requirements/test.lock")
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([0-9][0-9a-z.]*)(?: ; .+)? \\$")
HASHED = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")

# The lowest versions without a known hole (aiohttp: header and body smuggling; cryptography: PKCS7 oracle;
# PyNaCl: point validity; Jinja2: sandbox escapes; SQLAlchemy: cancellation leaks).
FLOORS = {
    "aiohttp": "3.14.5",
    "cryptography": "50.0.0",
    "jinja2": "3.1.6",
    "pynacl": "1.6.2",
    "sqlalchemy": "2.1",
}
# They fail open, are slow, or carry a licence that does not fit; chosen once, so nobody has to find out again.
UNWANTED = {"cwt", "joserfc", "jwcrypto", "pykcs11", "pymerkle", "sd-jwt"}

# Wanted for one purpose only: what a browser returns of a passkey (docs/adr/0016). Nothing of ours imports it.
BORROWED = {"cbor2": {"webauthn"}}
VIA = re.compile(r"^([a-z0-9-]+)==.*\n(?:    --hash=.*\n)+    # via((?: .+)?\n(?:    #   .*\n)*)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """Read a lock; raises ValueError at the first line that is not a pin, its hash or a comment."""
    found: dict[str, str] = {}
    hashes: dict[str, int] = {}
    for line in lock.splitlines():
        pin = PINNED.match(line)
        if pin:
            found[pin[1]] = pin[2]
        elif HASHED.match(line) and found:
            last = list(found)[-1]
            hashes[last] = hashes.get(last, 0) + 1
        elif not line.lstrip().startswith("#"):
            raise ValueError(line)
    if set(found) != set(hashes):
        raise ValueError(set(found) - set(hashes))
    return found


def below(versions: dict[str, str], floors: dict[str, str]) -> list[str]:
    return [name for name, floor in floors.items() if Version(versions.get(name, "0")) < Version(floor)]


def declared(text: str) -> list[Requirement]:
    """The requirements a pyproject.toml declares, its extras included."""
    project = tomllib.loads(text)["project"]
    extras = [line for lines in project.get("optional-dependencies", {}).values() for line in lines]
    return [Requirement(line) for line in [*project["dependencies"], *extras]]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_pinned_and_hashed(root: Path, name: str) -> None:
    assert pins((root / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_no_locked_version_is_below_its_floor(root: Path, name: str) -> None:
    locked = pins((root / name).read_text(encoding="utf-8"))
    assert not below(locked, FLOORS)
    assert not UNWANTED & set(locked)


@pytest.mark.parametrize("name", LOCKS)
def test_a_borrowed_package_serves_nothing_else(root: Path, name: str) -> None:
    asked = {each: via.replace("#", "").split() for each, via in VIA.findall((root / name).read_text(encoding="utf-8"))}
    assert {each: set(asked[each]) - {"-c", "requirements/run.lock"} for each in BORROWED} == BORROWED


def test_no_installed_version_is_below_its_floor() -> None:
    assert not below({name: metadata.version(name) for name in FLOORS}, FLOORS)


def test_the_project_asks_for_the_floors(root: Path) -> None:
    asked = {
        str(canonicalize_name(requirement.name)): requirement.specifier
        for requirement in declared((root / "pyproject.toml").read_text(encoding="utf-8"))
    }
    assert not [name for name, floor in FLOORS.items() if f">={floor}" not in {str(spec) for spec in asked[name]}]


def test_the_locks_hold_what_the_project_declares(root: Path) -> None:
    locked = pins((root / "requirements/test.lock").read_text(encoding="utf-8"))
    wanted = declared((root / "pyproject.toml").read_text(encoding="utf-8"))
    for name in ("run.in", "test.in"):
        lines = (root / "requirements" / name).read_text(encoding="utf-8").splitlines()
        wanted += [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]
    unmet = [ask for ask in wanted if not ask.specifier.contains(locked.get(canonicalize_name(ask.name), "0"))]
    assert not unmet, "run `make lock`"


def test_both_locks_agree(root: Path) -> None:
    run, test = (pins((root / name).read_text(encoding="utf-8")) for name in LOCKS)
    assert run.items() <= test.items()


HASH = "    --hash=sha256:" + "a" * 64


@pytest.mark.parametrize(
    "lock",
    [
        f"-i somewhere\na==1 \\\n{HASH}\n",
        f"a>=1 \\\n{HASH}\n",
        "a==1 \\\n    --hash=md5:aa\n",
        f"a==1 \\\nb==2 \\\n{HASH}\n",
        f"a @ file:///a.whl \\\n{HASH}\n",
    ],
)
def test_a_loose_lock_is_seen(lock: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        pins(lock)


def test_a_version_below_its_floor_is_seen() -> None:
    assert below(pins(f"aiohttp==3.14.4 \\\n{HASH}\n"), {"aiohttp": "3.14.5"}) == ["aiohttp"]
    assert below({}, {"aiohttp": "3.14.5"}) == ["aiohttp"]
