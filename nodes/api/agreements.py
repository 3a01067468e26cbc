"""The legal bases of the network for a reader: each agreement in words, countries by name, with their footnotes."""

from typing import Any

from keys.directory import Directory
from protocol.catalogue.agreements import AgreementWords
from protocol.catalogue.types import Catalogue
from protocol.records import Agreement


def bases(directory: Directory, catalogue: Catalogue | None, language: str, now: int) -> dict[str, Any]:
    """Return the agreements in force and the countries of the participants; without a catalogue there are no words."""
    codes = sorted({each.country for each in directory.participants(now)})
    if catalogue is None:
        return {"agreements": [_bare(each, now) for each in directory.agreements()], "countries": {}, "footnotes": []}
    words = AgreementWords(catalogue, directory.participant, language)
    return {
        "agreements": [_bare(each, now) | _told(words, each) for each in directory.agreements()],
        "countries": {each: catalogue.code("country", each, language) for each in codes},
        "footnotes": list(catalogue.footnotes("country", codes, language)),
    }


def _bare(agreement: Agreement, now: int) -> dict[str, Any]:
    return {
        "id": agreement.id.hex(),
        "parties": list(agreement.parties),
        "channel": agreement.channel,
        "instrument": agreement.instrument,
        "valid_from": agreement.valid_from,
        "valid_until": agreement.valid_until,
        "current": agreement.in_force(now),
        "words": [],
        "footnotes": [],
    }


def _told(words: AgreementWords, agreement: Agreement) -> dict[str, Any]:
    lines = [{"label": label, "text": text} for label, text in words.lines(agreement)]
    return {"words": lines, "footnotes": list(words.footnotes(agreement))}
