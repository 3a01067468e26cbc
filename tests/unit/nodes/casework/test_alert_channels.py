"""What is said on every channel, and that one that breaks is told and holds up no other."""

from nodes.casework.alert_channels import TROUBLES, Call, Told, tell_all
from nodes.casework.alert_mail import letter_of
from nodes.people.refusals import NotDone

CALL = Call("An urgent item waits.", "rs.ilecu", test=False, at=1_790_000_000, addresses=("a@b.example",))


class Broken:
    name = "broken"

    async def tell(self, call: Call) -> NotDone | None:
        raise RuntimeError(call.node)


class Good:
    name = "good"

    async def tell(self, call: Call) -> NotDone | None:
        assert call is CALL
        return None


async def test_a_channel_that_breaks_holds_up_no_other() -> None:
    broken, good = await tell_all((Broken(), Good()), CALL, 1.0)
    assert good == Told("good")
    assert broken.trouble is TROUBLES["ALERT_BROKEN"]
    assert isinstance(broken.error, RuntimeError)


async def test_without_channels_nothing_is_told() -> None:
    assert await tell_all((), CALL, 1.0) == ()


def test_programs_get_the_same_three_fields_each_time_and_no_address() -> None:
    assert CALL.fields() == {"text": CALL.text, "node": CALL.node, "test": False}


def test_a_mail_says_the_sentence_the_place_and_the_time_and_nothing_else() -> None:
    letter = letter_of(CALL, "night@rs.example", "a@b.example")
    assert dict(letter.items()) == {
        "From": "night@rs.example",
        "To": "a@b.example",
        "Subject": CALL.text,
        "Date": "Mon, 21 Sep 2026 14:13:20 +0000",
        "Auto-Submitted": "auto-generated",
        "Importance": "high",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }
    assert letter.get_content() == "An urgent item waits.\nrs.ilecu\n"


def test_every_trouble_has_a_code_of_its_own_a_sentence_and_a_remedy() -> None:
    assert all(code == each.code and each.sentence and each.remedy for code, each in TROUBLES.items())
    assert len(TROUBLES) == 8
