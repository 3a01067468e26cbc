"""Agreements that state a scope, and scopes that are none."""

from protocol.cbor import Item, encode
from protocol.errors import Code
from protocol.statements import statement_id
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import Cast
from tests.make_vectors.message import without
from tests.make_vectors.statement_cases import Body, bodies

SCOPE: Body = {
    1: "bilateral-treaty",
    2: ["MT-01", "MT-03", "MT-R1"],
    3: ["judicial", "police"],
    4: [["en", "mk"], ["en", "sr"]],
    5: [["R", "Интерно", "Interno"]],
}
WRONG: tuple[tuple[str, str, Body], ...] = (
    ("instrument-unknown", "an instrument outside the list", {1: "handshake"}),
    ("no-type", "a scope without a message type", {2: []}),
    ("types-descend", "types do not ascend", {2: ["MT-03", "MT-01"]}),
    ("type-with-version", "a type with its version", {2: ["MT-01/1"]}),
    ("type-lower-case", "a type in small letters", {2: ["mt-01"]}),
    ("types-65", "a type too many", {2: [f"MT-{number:03}" for number in range(65)]}),
    ("evidence-unknown", "evidence that is neither", {3: ["judicial", "none"]}),
    ("evidence-of-one", "evidence of one party only", {3: ["judicial"]}),
    ("languages-of-one", "languages of one party only", {4: [["en"]]}),
    ("no-language", "a party that accepts no language", {4: [["en"], []]}),
    ("languages-descend", "languages do not ascend", {4: [["mk", "en"], ["en"]]}),
    ("level-twice", "one level twice", {5: [["R", "a", "b"], ["R", "c", "d"]]}),
    ("levels-descend", "levels do not ascend", {5: [["R", "a", "b"], ["C", "c", "d"]]}),
    ("one-marking", "a marking of one party only", {5: [["R", "a"]]}),
    ("marking-empty", "an empty marking", {5: [["R", "", "b"]]}),
    ("levels-9", "a level too many", {5: [[f"L{number}", "a", "b"] for number in range(9)]}),
)


def scope_cases(cast: Cast) -> list[Case]:
    out = Cases("statement")
    number, agreement = bodies(cast)["agreement"]

    def stated(scope: Item) -> bytes:
        return encode([number, agreement | {12: scope}])

    good = stated(SCOPE)
    out.good("agreement-scope", "an agreement with its scope", payload=good, id=statement_id(good))
    out.good("agreement-scope-open", "a scope without classified levels", payload=stated(SCOPE | {5: []}))
    for label in SCOPE:
        comment = f"field {label} of a scope is missing"
        out.bad(Code.MALFORMED, f"agreement-scope-without-{label}", comment, payload=stated(without(SCOPE, label)))
    out.bad(Code.UNKNOWN_FIELD, "agreement-scope-unknown", "a field outside the table", payload=stated(SCOPE | {6: 0}))
    out.bad(Code.MALFORMED, "agreement-scope-list", "a scope is a map", payload=stated(list(SCOPE.values())))
    for name, comment, change in WRONG:
        out.bad(Code.MALFORMED, f"agreement-scope-{name}", comment, payload=stated(SCOPE | change))
    return out.found
