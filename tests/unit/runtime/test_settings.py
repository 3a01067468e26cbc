import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta

from runtime.database_settings import DatabaseSettings
from runtime.http import HttpSettings
from runtime.http_client import ClientSettings
from runtime.operator import OperatorError
from runtime.settings import load, parse, sample


@dataclass(frozen=True, slots=True)
class Peer:
    """Another hub."""

    name: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Mail:
    """Where alarms go."""

    to: str


@dataclass(frozen=True, slots=True)
class Demo:
    """Settings of a demo.

    Two paragraphs.
    """

    key: Annotated[Path, Meta(description="the signing key")]
    port: Annotated[int, Meta(ge=1, le=65_535, description="TCP port")] = 8443
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    peers: list[Peer] = field(default_factory=list)
    by_name: dict[str, Peer] = field(default_factory=dict)
    mail: Mail | None = None
    tags: tuple[str, ...] = ("a", 'b"c')


PATH = Path("/etc/demo/demo.toml")


def refusal(text: str) -> OperatorError:
    with pytest.raises(OperatorError) as caught:
        parse(text.encode(), Demo, PATH)
    assert caught.value.code == "SETTINGS"
    return caught.value


def test_values_defaults_and_tables_arrive_typed() -> None:
    text = """
    key = "keys/sign"
    tags = ["x"]
    [database]
    readers = 2
    [[peers]]
    name = "a"
    [by_name.b]
    name = "b"
    weight = 3
    [mail]
    to = "duty"
    """
    demo = parse(text.encode(), Demo, PATH)
    assert demo == Demo(
        key=PATH.parent / "keys/sign",
        database=DatabaseSettings(readers=2),
        peers=[Peer("a")],
        by_name={"b": Peer("b", 3)},
        mail=Mail("duty"),
        tags=("x",),
    )


@pytest.mark.parametrize(
    ("text", "line", "key", "hint"),
    [
        ('key = "k"\nprot = 1', 2, "prot", "Did you mean port?"),
        ('key = "k"\n\n[database]\nreadrs = 1', 4, "readrs", "Did you mean readers?"),
        ('key = "k"\n[[peers]]\nname = "a"\n[[peers]]\nname = "b"\nwieght = 2', 6, "wieght", "Did you mean weight?"),
        ('key = "k"\n[by_name.x]\nname = "a"\nzzzz = 2', 4, "zzzz", "Valid here: name, weight"),
        ('key = "k"\n[mail]\nfrom = "x"', 3, "from", "Valid here: to"),
        ('key = "k"\n[datbase]\nreaders = 1', 2, "datbase", "Did you mean database?"),
    ],
)
def test_an_unknown_key_is_refused_with_its_line_and_the_nearest_name(
    text: str, line: int, key: str, hint: str
) -> None:
    error = refusal(text)
    assert f"line {line}: {key} is no setting" in error.what
    assert error.remedy == hint


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('key = "k"\nport = 70000', "line 2: port"),
        ('key = "k"\nport = "8443"', "line 2: port"),
        ('key = "k"\n[database]\nreaders = 0', "line 3: database.readers"),
        ('key = ""', "line 1: key"),
        ("port = 1", "missing required field `key`"),
        ('key = "k"\n[[peers]]\nweight = 1', "line 2: peers"),
        ("key = ", "no valid TOML"),
        ('key = "k"\nkey = "l"', "no valid TOML"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(text: str, named: str) -> None:
    assert named in refusal(text).what


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(OperatorError):
        parse(b"\xff", Demo, PATH)
    with pytest.raises(OperatorError):
        parse(b"#" * ((1 << 20) + 1), Demo, PATH)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as caught:
        load(tmp_path / "none.toml", Demo)
    assert "none.toml" in caught.value.what
    (tmp_path / "demo.toml").write_text('key = "k"')
    assert load(tmp_path / "demo.toml", Demo).key == tmp_path / "k"


def test_the_sample_loads_and_means_the_defaults() -> None:
    text = sample(Demo).replace('key = ""', 'key = "k"')
    assert parse(text.encode(), Demo, PATH) == Demo(PATH.parent / "k")


def test_the_sample_uncommented_loads_as_well() -> None:
    text = sample(Demo).replace('key = ""', 'key = "k"')
    live = [line[2:] if "=" in line or line.startswith("# [") else "" for line in text.splitlines() if line[:2] == "# "]
    tomllib.loads("\n".join(["key = 'k'", *live]))
    assert "# [[peers]]" in text
    assert "# [by_name.name]" in text
    assert "# [mail]" in text
    assert "# the signing key" in text


@pytest.mark.parametrize("type_", [DatabaseSettings, HttpSettings, ClientSettings])
def test_settings_name_their_units_and_explain_themselves(type_: type) -> None:
    text = sample(type_)
    assert parse(text.encode(), type_, PATH) == type_()
    lines = text.splitlines()
    named = [index for index, line in enumerate(lines) if " = " in line]
    assert named
    for index in named:
        assert lines[index - 1].startswith("# "), f"{lines[index]} has no sentence"
        if lines[index].rsplit(" = ", 1)[1].replace(".", "").isdigit() and "." in lines[index].rsplit(" = ", 1)[1]:
            assert lines[index].split(" = ")[0].endswith("_s")
