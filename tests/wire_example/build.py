"""The whole worked example in order."""

from collections.abc import Mapping

from tests.wire_example.book import Book
from tests.wire_example.evidence import write_keystore, write_page, write_problem, write_signed
from tests.wire_example.logs import write_directory, write_log
from tests.wire_example.message import write_message
from tests.wire_example.parties import write_keys
from tests.wire_example.transfer import write_attachment, write_disclosure, write_draft


def build(stored: Mapping[str, bytes], *, fresh: bool = False) -> Book:
    """Return the example; every value is derived anew or verified, so a wrong stored one raises."""
    book = Book(stored, fresh)
    write_keys(book)
    directory = write_directory(book)
    message = write_message(book, directory)
    logged = write_log(book, message.id, directory)
    write_page(book, message, logged)
    write_signed(book, message)
    write_problem(book)
    write_keystore(book)
    write_attachment(book)
    write_disclosure(book)
    write_draft(book)
    return book
