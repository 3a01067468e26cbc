"""An agreement in words: what it rests on, what it covers, for how long, in the reader's language. Pure."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from protocol.catalogue.types import Catalogue
from protocol.ids import NodeId
from protocol.records import Agreement, Participant

_LAST: Final = 253_402_300_799  # the last second of the year 9999
Line = tuple[str, str]
"""A label and what it says."""


class AgreementWords:
    """Puts agreements in words of one language, with the countries that need a footnote."""

    def __init__(self, catalogue: Catalogue, people: Callable[[NodeId], Participant | None], language: str) -> None:
        self._catalogue = catalogue
        self._people = people
        self._language = language

    def lines(self, agreement: Agreement) -> tuple[Line, ...]:
        """Return every line of an agreement in the order in which people read it."""
        scope = agreement.scope
        lines: dict[str, str] = {
            "between": " - ".join(self._party(each) for each in agreement.parties),
            "channel": self._code("channel", agreement.channel),
            "instrument": self._instrument(agreement),
            "articles": ", ".join(agreement.articles) or self._text("not_stated"),
            "purposes": self._codes("purpose", agreement.purposes),
            "personal_data": self._text("yes" if agreement.personal_data else "no"),
            "data_categories": self._codes("data_category", agreement.data_categories),
            "types": self._types(()) if scope is None else self._types(scope.types),
            "languages": self._of_each(agreement, {} if scope is None else self._languages(agreement)),
            "evidence": self._of_each(agreement, {} if scope is None else self._evidence(agreement)),
            "markings": self._markings(agreement),
            "valid": f"{_day(agreement.valid_from)} - {self._end(agreement)}",
        }
        return tuple((self._text(name), words) for name, words in lines.items())

    def footnotes(self, agreement: Agreement) -> tuple[str, ...]:
        """Return the footnotes of the parties' countries."""
        found = (self._people(each) for each in agreement.parties)
        return self._catalogue.footnotes("country", (each.country for each in found if each), self._language)

    def _party(self, node: NodeId) -> str:
        found = self._people(node)
        return node if found is None else f"{node} ({found.label}, {self._code('country', found.country)})"

    def _instrument(self, agreement: Agreement) -> str:
        if agreement.scope is None:
            return agreement.instrument
        return f"{agreement.instrument} ({self._code('agreement_instrument', agreement.scope.instrument)})"

    def _types(self, names: Iterable[str]) -> str:
        titles = {each.partition("/")[0]: found.title for each, found in sorted(self._catalogue.types.items())}
        told = (f"{each} {self._catalogue.text(titles.get(each, ''), self._language)}".strip() for each in names)
        return ", ".join(told) or self._text("not_stated")

    def _languages(self, agreement: Agreement) -> Mapping[NodeId, str]:
        return {each: self._codes("language", agreement.languages_of(each) or ()) for each in agreement.parties}

    def _evidence(self, agreement: Agreement) -> Mapping[NodeId, str]:
        asked = ((each, agreement.evidence_of(each)) for each in agreement.parties)
        return {node: self._code("evidential_use", evidence) for node, evidence in asked if evidence is not None}

    def _of_each(self, agreement: Agreement, words: Mapping[NodeId, str]) -> str:
        told = (f"{each}: {words[each]}" for each in agreement.parties if each in words)
        return "; ".join(told) or self._text("not_stated")

    def _markings(self, agreement: Agreement) -> str:
        known = () if agreement.scope is None else agreement.scope.equivalences
        told = (f"{self._code('classification', each.level)} = {' = '.join(each.markings)}" for each in known)
        return "; ".join(told) or self._text("none")

    def _end(self, agreement: Agreement) -> str:
        return self._text("no_end") if agreement.valid_until is None else _day(agreement.valid_until)

    def _codes(self, name: str, codes: Iterable[str]) -> str:
        return ", ".join(self._code(name, each) for each in codes) or self._text("none")

    def _code(self, name: str, code: str) -> str:
        return self._catalogue.code(name, code, self._language)

    def _text(self, name: str) -> str:
        return self._catalogue.text(f"agreement.{name}", self._language)


def _day(seconds: int) -> str:
    """Return a time for people; a year that no calendar here has is shown as the last one."""
    return dt.datetime.fromtimestamp(min(seconds, _LAST), tz=dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
