from protocol import domains


def written() -> list[str]:
    return [value for name, value in vars(domains).items() if name.isupper() and isinstance(value, str)]


def test_every_domain_string_stands_once_and_in_one_table() -> None:
    assert sorted((*domains.SIGNED, *domains.HASHED)) == sorted(written())
    assert len(set(written())) == len(written())


def test_every_domain_string_names_the_wire_only() -> None:
    assert all(value.startswith("xb/1 ") and value.isascii() for value in written())
