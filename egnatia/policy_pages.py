"""The pages of ``egnatia policy render --html``: one folder per language, one self-contained file per channel."""

from collections.abc import Mapping
from pathlib import Path

from policies.cases import ACTIVE
from policies.page import Label, Reader, channel_page, index_page, parse_words
from policies.parse import load_policies
from policies.texts import load_texts
from protocol.catalogue.types import Catalogue
from protocol.ids import TypeId
from runtime.files import write_atomic
from runtime.package_data import read_page_words

_WORDS = "policies/page.yaml"


def write_pages(target: Path, files: Mapping[str, bytes], catalogue: Catalogue) -> int:
    """Write the pages of these policy files below ``target`` and return how many; ``PolicyError`` for bad files."""
    policies, library = load_policies(files, ACTIVE), load_texts(files)
    written = 0
    for language, words in parse_words(_WORDS, read_page_words()).items():
        reader = Reader(language, words, library, _labels(catalogue, language))
        folder = target / language
        folder.mkdir(parents=True, exist_ok=True)
        pages = {"index": index_page(policies.channels.values(), reader)}
        pages |= {str(each.channel): channel_page(each, reader) for each in policies.channels.values()}
        for name, page in pages.items():
            write_atomic(folder / f"{name}.html", page.encode())
        written += len(pages)
    return written


def _labels(catalogue: Catalogue, language: str) -> Label:
    """Return the labels of message types, as ``type``, and of code lists; a code without one stands for itself."""

    def label(of: str, code: str) -> str:
        if of == "type":
            type_ = catalogue.types.get(TypeId(code))
            return code if type_ is None else catalogue.text(type_.title, language)
        return catalogue.code(of, code, language)

    return label
