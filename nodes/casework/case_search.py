"""Finding cases by words: keyed hashes of tokens, in any script and spelling, erased with the content; all SQL of it.

A word that few items have is looked up and leads to its cases. Words that many have are met soon when the list is
walked from its top, so the walk is asked whether they are there. Neither touches all of a large store.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, false, func, or_, select, union

from nodes.case_event_tables import case_event, case_file, case_message
from nodes.casework.spelling import spellings
from nodes.gateway.search import SearchKey
from nodes.gateway.words import query_tokens
from nodes.schema import inbox, outbox, search_tag

_WORDS: Final = 8  # words of one search
_FEW: Final = 2_000  # items that are looked up one by one

Tags = Sequence[bytes]
"""One word in all its spellings."""


def has_words(connection: Connection, key: SearchKey, text: str) -> ColumnElement[bool]:
    """Return the condition for cases with a message or note that has all words of a text, or with this reference."""
    words = [sorted(key.tag(each) for each in spellings(word)) for word in sorted(query_tokens(text))[:_WORDS]]
    if not words:
        return false()
    counted = sorted((_count(connection, each), each) for each in words)
    least, ordered = counted[0][0], [each for _, each in counted]
    found = case_file.c.number.in_(_cases(connection, ordered)) if least <= _FEW else _walked(ordered)
    return or_(case_file.c.reference == text.strip().upper(), found)


def _count(connection: Connection, tags: Tags) -> int:
    """Return how many items have a word; what is above the limit is only known to be above it."""
    some = select(search_tag.c.item).where(search_tag.c.tag.in_(tags)).limit(_FEW + 1).subquery()
    found: int = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return found


def _cases(connection: Connection, words: Sequence[Tags]) -> list[int]:
    """Return the cases of the items that have all words; the first word is the rarest."""
    first, *others = words
    query = select(search_tag.c.item).where(search_tag.c.tag.in_(first), *(_also(each) for each in others))
    items = sorted({row.item for row in connection.execute(query)})
    if not items:
        return []
    boxes = (
        select(case_message.c.case).join(box, box.c.message == case_message.c.message).where(box.c.item.in_(items))
        for box in (inbox, outbox)
    )
    noted = select(case_event.c.case).where(case_event.c.reason.in_(items))
    return sorted(row.case for row in connection.execute(union(*boxes, noted)))


def _also(tags: Tags) -> ColumnElement[bool]:
    """Return the condition that an item found by one word has another one too."""
    other = search_tag.alias()
    return exists().where(other.c.item == search_tag.c.item, other.c.tag.in_(tags))


def _walked(words: Sequence[Tags]) -> ColumnElement[bool]:
    """Return the condition that a case, met in a list, has an item with all words."""
    ways = []
    for box in (inbox, outbox):
        mine = case_message.c.case == case_file.c.number
        has = (_has(box.c.item, each) for each in words)
        ways.append(exists().where(mine, box.c.message == case_message.c.message, *has))
    noted = exists().where(
        case_event.c.case == case_file.c.number, *(_has(case_event.c.reason, each) for each in words)
    )
    return or_(*ways, noted)


def _has(item: ColumnElement[bytes], tags: Tags) -> ColumnElement[bool]:
    tag = search_tag.alias()
    return exists().where(tag.c.item == item, tag.c.tag.in_(tags))
