"""Which origins passkeys work under, and what is said about the others."""

import pytest

from nodes.people.origins import check_origin, host_of


@pytest.mark.parametrize(
    "origin",
    [
        "https://desk.example.org",
        "https://desk.example.org:8443",
        "http://localhost",
        "http://localhost:8490",
        "http://belgrade.localhost:8490",
        "https://localhost",
    ],
)
def test_passkeys_work_under_names(origin: str) -> None:
    assert check_origin(origin) is None


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        ("", "ORIGIN_UNREADABLE"),
        ("desk.example.org", "ORIGIN_UNREADABLE"),
        ("https://desk.example.org/", "ORIGIN_UNREADABLE"),
        ("https://Desk.example.org", "ORIGIN_UNREADABLE"),
        ("ftp://desk.example.org", "ORIGIN_UNREADABLE"),
        ("https://192.0.2.7", "ORIGIN_IS_ADDRESS"),
        ("https://192.0.2.7:8443", "ORIGIN_IS_ADDRESS"),
        ("http://127.0.0.1:8490", "ORIGIN_IS_ADDRESS"),
        ("https://127.1", "ORIGIN_IS_ADDRESS"),
        ("https://[2001:db8::1]:8443", "ORIGIN_IS_ADDRESS"),
        ("http://desk.example.org", "ORIGIN_NOT_SECURE"),
        ("https://desk", "ORIGIN_WITHOUT_DOMAIN"),
    ],
)
def test_what_is_wrong_with_an_origin_is_said(origin: str, code: str) -> None:
    found = check_origin(origin)
    assert found is not None
    assert found.code == code
    assert found.remedy


def test_passkeys_are_bound_to_the_host() -> None:
    assert host_of("https://desk.example.org:8443") == "desk.example.org"
    assert host_of("https://[2001:db8::1]") == "2001:db8::1"
    assert host_of("nonsense") == ""
