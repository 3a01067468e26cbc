"""What the codes mean: every code has its meaning, and only some of them are worth another try."""

from protocol.errors import Code
from protocol.meanings import MEANINGS


def test_every_code_has_a_sentence_and_a_remedy() -> None:
    assert set(MEANINGS) == set(Code)
    assert [code for code, meaning in MEANINGS.items() if not (meaning.sentence and meaning.remedy)] == []


def test_the_same_bytes_may_succeed_later_only_where_the_cause_passes() -> None:
    assert MEANINGS[Code.BUSY].retry
    assert MEANINGS[Code.NOT_READY].retry
    assert not MEANINGS[Code.MALFORMED].retry
    assert not MEANINGS[Code.BAD_SIGNATURE].retry
