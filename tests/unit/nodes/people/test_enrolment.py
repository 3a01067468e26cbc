"""What an authenticator is told of a new secret."""

from nodes.people.enrolment import address_of


def test_an_authenticator_is_told_everything() -> None:
    assert address_of(b"12345678901234567890", "a.petrova", "Contact point: MK") == (
        "otpauth://totp/Contact%20point%3A%20MK:a.petrova?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Contact%20point%3A%20MK&algorithm=SHA1&digits=6&period=30"
    )
