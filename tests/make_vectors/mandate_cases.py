"""Mandates of auditors in enrolments: what they may say, and that nothing in them is empty or guessed."""

from protocol.cbor import encode
from protocol.errors import Code
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import DAY, NOW, Cast
from tests.make_vectors.statement_cases import Body, bodies


def mandate_cases(cast: Cast) -> list[Case]:
    """Return enrolments of auditors with mandates of every form."""
    out = Cases("statement")
    enrolment = bodies(cast)["enrolment"][1]
    plain: Body = {1: ["BA", "RS"], 2: ["police"], 3: NOW, 4: NOW + DAY}
    auditor = enrolment | {4: "auditor", 5: "oversight", 8: ["system"]}
    for name, comment, mandate in (
        ("mandate", "an auditor's mandate over two countries, one channel and a day", plain),
        ("mandate-all", "a star alone stands for all, and no end", {1: ["*"], 2: ["*"], 3: 0}),
    ):
        out.good(name, comment, payload=encode([1, auditor | {14: mandate}]))
    for name, comment, change in (
        ("no-country", "nothing is entrusted by an empty list", {1: []}),
        ("no-channel", "nothing is entrusted by an empty list", {2: []}),
        ("star-and-country", "a star stands alone", {1: ["*", "RS"]}),
        ("country-small", "a country in small letters", {1: ["rs"]}),
        ("countries-descend", "countries do not ascend", {1: ["RS", "BA"]}),
        ("channel-unknown", "a channel outside the list", {2: ["gossip"]}),
        ("ends-when-it-begins", "a mandate of no second", {4: NOW}),
    ):
        mandate = plain | change  # type: ignore[operator]
        out.bad(Code.MALFORMED, f"mandate-{name}", comment, payload=encode([1, auditor | {14: mandate}]))
    out.bad(
        Code.UNKNOWN_FIELD,
        "mandate-field-unknown",
        "a label outside it",
        payload=encode([1, auditor | {14: plain | {5: 1}}]),
    )
    return out.found
