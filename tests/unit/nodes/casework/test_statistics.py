"""The figures of Article 18: what counts in which year, and that the same facts give the same report."""

import random
from dataclasses import replace
from itertools import permutations

import pytest

from nodes.casework.csv_text import csv_text, harmless
from nodes.casework.statistics import (
    ARTICLES,
    FIGURES,
    KEYS,
    UNKNOWN,
    Asked,
    By,
    Facts,
    Handled,
    Refusal,
    Row,
    Scope,
    Table,
    Urgency,
    fold,
)
from nodes.casework.statistics_rows import COLUMNS, report_csv, report_document
from policies.clocks.zones import CENTRAL, HOUR
from protocol.ids import MessageId

NEW_YEAR = 1_767_225_600  # 2026-01-01 00:00 UTC
MARCH = NEW_YEAR + 70 * 86_400
NEXT = NEW_YEAR + 365 * 86_400


def message(number: int) -> MessageId:
    return MessageId(bytes([number]) * 32)


def asked(number: int, at: int = MARCH, country: str = "MK", by: By = By.CONTACT_POINT) -> Asked:
    return Asked(message(number), at, country, by)


def handled(number: int, at: int = MARCH, country: str = "MK", urgency: Urgency = Urgency.NOT_URGENT) -> Handled:
    return Handled(message=message(number), at=at, country=country, urgency=urgency)


def refusal(number: int, *grounds: str, at: int = MARCH, scope: Scope = Scope.FULL) -> Refusal:
    return Refusal(message(number), at, grounds, scope)


def rows(facts: Facts, table: Table, year: int = 2026) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    return [(row.keys, row.figures) for row in fold(year, facts).tables[table]]


def test_requests_submitted_are_counted_by_month_state_and_who_submitted_them() -> None:
    facts = Facts(
        [
            *(asked(1), asked(2), asked(2, country="AL"), asked(3, by=By.AUTHORITY)),
            *(asked(4, NEW_YEAR), asked(5, NEW_YEAR - 1), asked(6, NEXT)),
        ],
        (),
    )
    assert rows(facts, Table.SUBMITTED) == [
        (("2026-01", "MK", "contact-point"), (1,)),
        (("2026-03", "AL", "contact-point"), (1,)),
        (("2026-03", "MK", "authority"), (1,)),
        (("2026-03", "MK", "contact-point"), (2,)),
    ]
    assert rows(facts, Table.SUBMITTED, 2025) == [(("2025-12", "MK", "contact-point"), (1,))]


def test_the_year_begins_by_the_legal_time_of_the_country() -> None:
    facts = Facts([asked(1, NEW_YEAR - HOUR)], ())
    assert rows(facts, Table.SUBMITTED) == []
    assert len(rows(replace(facts, zone=CENTRAL), Table.SUBMITTED)) == 1


def test_received_and_replied_each_count_in_their_own_year() -> None:
    late = replace(handled(1, NEW_YEAR - 1), replied_at=NEW_YEAR + 1)
    urgent = replace(handled(2, urgency=Urgency.URGENT), replied_at=NEXT)
    facts = Facts((), [late, urgent, handled(3), handled(4, country="AL")])
    assert rows(facts, Table.RECEIVED) == [
        (("AL", "not-urgent"), (1, 0)),
        (("MK", "not-urgent"), (1, 1)),
        (("MK", "urgent"), (1, 0)),
    ]
    assert rows(facts, Table.RECEIVED, 2025) == [(("MK", "not-urgent"), (1, 0))]
    assert rows(facts, Table.RECEIVED, 2027) == [(("MK", "urgent"), (0, 1))]
    assert fold(2026, facts).totals(Table.RECEIVED) == (3, 1)


def test_a_request_counts_once_for_each_ground_on_which_it_was_refused() -> None:
    twice = replace(handled(1), refusals=(refusal(9, "R-a", "R-c"), refusal(8, "R-a"), refusal(7, "R-h", at=NEXT)))
    part = replace(handled(2), refusals=(refusal(6, "R-a", scope=Scope.PART),))
    erased = replace(handled(3, country="AL"), refusals=(refusal(5),))
    assert rows(Facts((), [twice, part, erased]), Table.REFUSED) == [
        (("AL", UNKNOWN, "full"), (1,)),
        (("MK", "R-a", "full"), (1,)),
        (("MK", "R-a", "part"), (1,)),
        (("MK", "R-c", "full"), (1,)),
    ]


def test_deviations_count_when_the_limit_ended_and_tell_how_long_they_lasted() -> None:
    facts = Facts(
        (),
        [
            replace(handled(1), deviated_at=MARCH, ended_at=MARCH + 30 * HOUR),
            replace(handled(2), deviated_at=MARCH, ended_at=MARCH + HOUR + 1),
            replace(handled(3), deviated_at=MARCH),
            replace(handled(4, country="AL"), deviated_at=MARCH),
            replace(handled(5), deviated_at=NEXT, ended_at=NEXT + HOUR),
            handled(6),
        ],
    )
    assert rows(facts, Table.DEVIATED) == [(("AL",), (1, 0, 0, 0)), (("MK",), (3, 2, 2, 30))]
    assert fold(2026, facts).totals(Table.DEVIATED) == (4, 2, 0, 0)


def whole() -> Facts:
    return Facts(
        [asked(1), asked(2, country="AL"), asked(3, NEXT)],
        [
            replace(handled(4), replied_at=MARCH + 1, refusals=(refusal(9, "R-c", "R-a"), refusal(8, "R-b"))),
            replace(handled(5), deviated_at=MARCH, ended_at=MARCH + HOUR),
            handled(6, NEXT),
        ],
        CENTRAL,
    )


def test_the_order_of_facts_changes_nothing() -> None:
    first = fold(2026, whole())
    for order in permutations(range(3)):
        facts = replace(
            whole(), asked=[whole().asked[at] for at in order], handled=[whole().handled[at] for at in order]
        )
        random.Random(1).shuffle(facts.handled)  # type: ignore[arg-type]
        assert fold(2026, facts) == first


def test_every_fact_of_the_year_is_in_the_digest_and_no_other() -> None:
    facts = whole()
    digest = fold(2026, facts).digest
    for changed in (
        replace(facts, asked=facts.asked[:1]),
        replace(facts, asked=[replace(facts.asked[0], by=By.AUTHORITY), *facts.asked[1:]]),
        replace(facts, handled=facts.handled[1:]),
        replace(facts, handled=[replace(facts.handled[0], refusals=()), *facts.handled[1:]]),
        replace(facts, handled=[facts.handled[0], replace(facts.handled[1], ended_at=None), facts.handled[2]]),
    ):
        assert fold(2026, changed).digest != digest
    assert fold(2026, replace(facts, asked=facts.asked[:2], handled=facts.handled[:2])).digest == digest


def test_each_table_names_its_article_and_as_many_keys_and_figures_as_its_rows_have() -> None:
    report = fold(2026, whole())
    assert set(report.tables) == set(Table) == set(ARTICLES)
    for table, found in report.tables.items():
        assert found, table
        assert all(
            isinstance(row, Row) and (len(row.keys), len(row.figures)) == (len(KEYS[table]), len(FIGURES[table]))
            for row in found
        )


def test_the_report_is_a_document_and_a_table_with_the_same_figures() -> None:
    report = fold(2026, whole())
    document = report_document(report)
    assert document["tables"][1]["rows"] == [
        {"state": "MK", "urgency": "not-urgent", "received": 2, "replied": 1},
    ]
    lines = report_csv(report).split("\r\n")
    assert lines[0] == ",".join(f'"{each}"' for each in COLUMNS)
    article = ARTICLES[Table.RECEIVED]
    assert f'"ST-2","{article}","","MK","","not-urgent","","","replied",1' in lines
    figures = sum(len(row) for table in Table for row in (each.figures for each in report.tables[table]))
    assert len(lines) == figures + 2  # heading and the end


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "－1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert f'"\'{text}"' in csv_text(("a",), [(text,)])


def test_other_cells_stay_as_they_are() -> None:
    assert [harmless(each) for each in ("", "R-a", "a=b", "Љ")] == ["", "R-a", "a=b", "Љ"]
    assert csv_text(("a", "b"), [('x"y', -3)]) == '"a","b"\r\n"x""y",-3\r\n'
