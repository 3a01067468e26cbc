"""Certificates of the private authority: what they are for, how long they last, and the pin they are known by."""

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from keys.certificates import (
    Subject,
    TlsKey,
    certificate_pin,
    create_authority,
    create_tls_key,
    der_of,
    expiry,
    expiry_report,
    issue_certificate,
    pem_of,
    public_spki,
)
from protocol.charter import DAY
from protocol.errors import Code
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

ENTROPY = CountingEntropy()
AUTHORITY = create_authority("network-ca", NOW, ENTROPY)
KEY = create_tls_key()
CLIENT = issue_certificate(AUTHORITY, Subject("rs.contact"), public_spki(KEY), NOW, ENTROPY)
SERVER = issue_certificate(AUTHORITY, Subject("hub", ("hub.example", "127.0.0.1")), public_spki(KEY), NOW, ENTROPY)


def loaded(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def verifier(authority: bytes, at: int) -> PolicyBuilder:
    time = loaded(CLIENT).not_valid_before_utc.fromtimestamp(at, tz=loaded(CLIENT).not_valid_before_utc.tzinfo)
    return PolicyBuilder().store(Store([loaded(authority)])).time(time)


def test_a_client_certificate_verifies_under_its_authority() -> None:
    verifier(AUTHORITY.certificate, NOW).build_client_verifier().verify(loaded(CLIENT), [])


def test_a_server_certificate_verifies_for_its_hosts() -> None:
    builder = verifier(AUTHORITY.certificate, NOW)
    builder.build_server_verifier(x509.DNSName("hub.example")).verify(loaded(SERVER), [])
    with pytest.raises(VerificationError):
        builder.build_server_verifier(x509.DNSName("other.example")).verify(loaded(SERVER), [])


def test_another_authority_does_not_verify_it() -> None:
    other = create_authority("network-ca", NOW, ENTROPY)
    with pytest.raises(VerificationError):
        verifier(other.certificate, NOW).build_client_verifier().verify(loaded(CLIENT), [])


def test_a_server_certificate_is_no_clients() -> None:
    usage = loaded(SERVER).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    with pytest.raises(VerificationError):
        verifier(AUTHORITY.certificate, NOW).build_client_verifier().verify(loaded(SERVER), [])


def test_certificates_last_90_days() -> None:
    found = expiry("rs.pem", CLIENT, NOW)
    assert (found.days, found.not_after) == (90, NOW + 90 * DAY)
    with pytest.raises(VerificationError):
        verifier(AUTHORITY.certificate, NOW + 90 * DAY + 1).build_client_verifier().verify(loaded(CLIENT), [])


def test_renewal_is_due_a_month_before() -> None:
    assert not expiry("rs.pem", CLIENT, NOW + 60 * DAY).due
    assert expiry("rs.pem", CLIENT, NOW + 60 * DAY + 1).due
    assert expiry("rs.pem", CLIENT, NOW + 91 * DAY).days == -1


def test_the_report_begins_with_what_ends_first() -> None:
    later = issue_certificate(AUTHORITY, Subject("mk"), public_spki(KEY), NOW + DAY, ENTROPY)
    assert [each.name for each in expiry_report({"later": later, "sooner": CLIENT}, NOW)] == ["sooner", "later"]


def test_the_pin_is_that_of_the_key() -> None:
    assert certificate_pin(CLIENT) == certificate_pin(SERVER) == KEY.pin
    assert hashlib.sha256(public_spki(KEY)).digest() == KEY.pin


def test_a_renewed_certificate_keeps_the_pin_and_changes_the_serial() -> None:
    again = issue_certificate(AUTHORITY, Subject("rs.contact"), public_spki(KEY), NOW, ENTROPY)
    assert certificate_pin(again) == certificate_pin(CLIENT)
    assert loaded(again).serial_number != loaded(CLIENT).serial_number


def test_pem_and_der_are_the_same_certificate() -> None:
    assert der_of(pem_of(CLIENT)) == CLIENT
    assert KEY.pem().startswith(b"-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize("raw", [b"", b"no certificate"])
def test_no_certificate_is_refused(raw: bytes) -> None:
    with refused(Code.KEY_INVALID):
        certificate_pin(raw)
    with refused(Code.KEY_INVALID):
        der_of(raw)


def test_only_p256_keys_are_certified() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    spki = other.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for raw in (spki, b"no key"):
        with refused(Code.KEY_INVALID):
            issue_certificate(AUTHORITY, Subject("rs"), raw, NOW, ENTROPY)


def test_another_private_key_is_no_tls_key() -> None:
    der = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with refused(Code.KEY_INVALID):
        _ = TlsKey(der).private


def test_the_private_key_is_not_shown() -> None:
    assert repr(KEY) == "TlsKey()"
