import pytest

from nodes.people.acting import PersonId, raw_id


@pytest.mark.parametrize(("named", "raw"), [("ab" * 16, b"\xab" * 16), ("ab" * 15, None), ("anna", None), ("", None)])
def test_a_person_is_named_by_bytes_unless_an_early_release_named_it(named: str, raw: bytes | None) -> None:
    assert raw_id(PersonId(named)) == raw
