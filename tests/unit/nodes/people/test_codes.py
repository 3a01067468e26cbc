"""One-time codes: the vectors of RFC 6238, one step of tolerance, nothing twice."""

import pytest

from nodes.people.codes import STEP_S, accepted_step, code_at, secret_text

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [  # RFC 6238 appendix B, SHA-1, the last six of its eight digits
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_the_codes_of_the_standard(at: int, code: str) -> None:
    assert code_at(SECRET, at) == code
    assert accepted_step(SECRET, code, at, 0) == at // STEP_S


def test_one_step_each_way_and_blanks_do_not_count() -> None:
    now = 1_790_000_010
    for steps, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = code_at(SECRET, now + steps * STEP_S)
        assert (accepted_step(SECRET, code, now, 0) is not None) is taken
    assert accepted_step(SECRET, f" {code_at(SECRET, now)[:3]} {code_at(SECRET, now)[3:]} ", now, 0)


def test_a_step_is_taken_once_and_none_before_it() -> None:
    now = 1_790_000_010
    step = now // STEP_S
    assert accepted_step(SECRET, code_at(SECRET, now), now, step - 1) == step
    assert accepted_step(SECRET, code_at(SECRET, now), now, step) is None
    assert accepted_step(SECRET, code_at(SECRET, now - STEP_S), now, step) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "２８７０８２", "\ud800"])
def test_whatever_is_no_code_is_refused(code: str) -> None:
    assert accepted_step(SECRET, code, 59, 0) is None


def test_a_secret_is_typed_in_base32() -> None:
    assert secret_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
