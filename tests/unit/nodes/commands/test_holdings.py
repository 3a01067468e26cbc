"""A list is read as it stands in its file; what is no list is refused in words."""

from pathlib import Path

import pytest

from nodes.commands.client import ApiRefused
from nodes.commands.holdings import read_entries


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    as_csv, as_json = tmp_path / "list.csv", tmp_path / "list.json"
    as_csv.write_text("kind,value,birth_date\nperson,Ђорђе Ђорђевић,1984-07-21\nphone,+38164123,\n", encoding="utf-8")
    as_json.write_text(
        '[{"kind": "person", "value": "Ђорђе Ђорђевић", "birth_date": "1984-07-21"},'
        ' {"kind": "phone", "value": "+38164123"}]',
        encoding="utf-8",
    )
    assert read_entries(as_csv) == read_entries(as_json)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{}"),
        ("b.json", b"[1]"),
        ("c.json", b"["),
        ("d.csv", b"\xff\xfe"),
        ("e.csv", b""),
        ("f.csv", b"kind\nperson\n"),
        ("g.csv", b"kind,value,shoe\nperson,a b,44\n"),
        ("h.csv", b'kind,value\nperson,"a b\n'),
        ("i.csv", b" " * ((1 << 20) + 1)),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ApiRefused):
        read_entries(tmp_path / name)
