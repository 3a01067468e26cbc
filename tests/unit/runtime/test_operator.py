import errno
import ssl

import pytest

from runtime import operator
from runtime.operator import OperatorError, from_os_error, render


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EACCES, "PERMISSION"),
        (errno.EPERM, "PERMISSION"),
        (errno.ENOSPC, "DISK_FULL"),
        (errno.EDQUOT, "DISK_FULL"),
        (errno.EADDRINUSE, "ADDRESS_IN_USE"),
        (errno.EADDRNOTAVAIL, "ADDRESS_UNKNOWN"),
        (errno.EMFILE, "TOO_MANY_FILES"),
        (errno.EROFS, "READ_ONLY_DISK"),
        (errno.ENOENT, "MISSING_FILE"),
        (errno.EIO, "OS_EIO"),
    ],
)
def test_an_error_of_the_system_names_the_place(number: int, code: str) -> None:
    error = from_os_error(OSError(number, "x"), "/var/lib/state.db")
    assert error.code == code
    assert "/var/lib/state.db" in error.what
    assert error.remedy


def test_the_file_name_of_the_error_is_used_when_none_is_given() -> None:
    assert "/a" in from_os_error(OSError(errno.ENOENT, "x", "/a")).what
    assert from_os_error(OSError("odd")).code == "OS_ERROR"


def test_an_error_of_tls_speaks_of_the_certificate() -> None:
    assert from_os_error(ssl.SSLError(1, "x"), "hub.pem").code == "CERTIFICATE"


def test_rendering_makes_one_paragraph_with_the_code() -> None:
    text = render(OperatorError("X", "It broke", "Rule applies.", "Mend\n it"))
    assert text == "It broke. Rule applies. Mend it. [X]"
    long = render(operator.corrupt_state("/a/very/long/path/" + "x" * 120, "page 3"))
    assert "x" * 120 in long
    assert "\n\n" not in long


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (operator.wrong_passphrase("/k/keystore"), "/k/keystore"),
        (operator.certificate_expired("hub.pem", 3), "3 days"),
        (operator.clock_off(-900), "900 seconds"),
        (operator.corrupt_state("/s/state.db", "page 3"), "/s/state.db"),
    ],
)
def test_common_mishaps_have_words(error: OperatorError, word: str) -> None:
    assert word in error.what
    assert error.rule
    assert error.remedy
