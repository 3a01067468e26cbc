"""What is said about origin, certificate and passkeys before the desk is used."""

from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from keys.certificates import Subject, create_authority, create_tls_key, issue_certificate, pem_of
from nodes.config import DeskSettings
from nodes.desk.place_check import Look, look_at_desk
from runtime.files import create_private
from tests.simulators.party import CountingEntropy

NOW, DAY = 1_790_000_000, 86_400


def settings(folder: Path, *hosts: str) -> DeskSettings:
    """Return a desk with a certificate for these hosts."""
    entropy = CountingEntropy()
    authority, key = create_authority("desk", NOW, entropy), create_tls_key()
    spki = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certificate = issue_certificate(authority, Subject("desk", hosts), spki, NOW, entropy)
    (folder / "desk.pem").write_bytes(pem_of(certificate))
    create_private(folder / "desk.key", key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return DeskSettings(
        on=True, origin="https://desk.example.org", certificate=folder / "desk.pem", key=folder / "desk.key"
    )


def test_a_desk_that_is_off_is_not_looked_at() -> None:
    assert look_at_desk(DeskSettings(), NOW) == (Look(well=True, found="off"),)


def test_a_desk_on_this_machine_needs_no_certificate() -> None:
    found = look_at_desk(DeskSettings(on=True), NOW)
    assert [each.found for each in found] == ["reached as http://localhost:8490", "passkeys work"]


def test_what_keeps_it_from_starting_is_said() -> None:
    (found,) = look_at_desk(DeskSettings(on=True, origin="http://desk.example.org"), NOW)
    assert not found.well
    assert "https" in found.remedy


def test_an_address_is_well_but_without_passkeys() -> None:
    _, passkeys = look_at_desk(DeskSettings(on=True, origin="https://192.0.2.7"), NOW)
    assert passkeys.well
    assert passkeys.found.startswith("no passkeys.")
    assert "DNS" in passkeys.remedy


def test_a_certificate_is_for_the_name_and_lasts(tmp_path: Path) -> None:
    desk = settings(tmp_path, "desk.example.org")
    assert look_at_desk(desk, NOW)[-1].found == "certificate for desk.example.org, 90 days left"
    late = look_at_desk(desk, NOW + 70 * DAY)[-1]
    assert (late.well, bool(late.remedy)) == (True, True)
    for now in (NOW + 91 * DAY, NOW - 400 * DAY):
        assert not look_at_desk(desk, now)[-1].well


def test_a_certificate_for_another_name_is_not_well(tmp_path: Path) -> None:
    desk = settings(tmp_path, "other.example.org")
    found = look_at_desk(desk, NOW)[-1]
    assert (found.well, "is not for desk.example.org" in found.found) == (False, True)
    assert look_at_desk(replace(desk, origin="https://other.example.org"), NOW)[-1].well


def test_a_name_for_all_names_below_counts(tmp_path: Path) -> None:
    desk = settings(tmp_path, "*.example.org")
    assert look_at_desk(desk, NOW)[-1].well
    assert not look_at_desk(replace(desk, origin="https://a.desk.example.org"), NOW)[-1].well
