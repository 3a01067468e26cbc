"""The language of the pages: chosen by a button, kept with the person, and no page says what no catalogue has."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from nodes.desk.page import PUBLIC, SIGNED_IN
from nodes.desk.routes import PAGES
from nodes.desk.texts import Key, Texts
from nodes.gateway.alarm_words import alarm_words
from nodes.people.roles import MAY, Permission, Role
from protocol.errors import Code
from protocol.meanings import MEANINGS
from tests.simulators.web_desk import TestDesk

LARGEST = 100_000  # bytes of a page after the first load
ENGLISH_ONLY = {words for meaning in MEANINGS.values() for words in (meaning.sentence, meaning.remedy)}
ENGLISH_ONLY |= {words for code in Code for words in alarm_words(code)}
"""What the codes of the network and the alarms mean is said in English until their tables are translated."""


class Noting(Mapping[Key, tuple[str, ...]]):
    """Words that note what was asked for and is not there."""

    def __init__(self, words: Mapping[Key, tuple[str, ...]]) -> None:
        self.words = words
        self.missing: set[str] = set()

    def __getitem__(self, key: Key) -> tuple[str, ...]:
        if key not in self.words:
            self.missing.add(key[1])
        return self.words[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)


async def test_no_page_says_what_no_catalogue_has(desk: TestDesk) -> None:
    texts = desk.services.texts
    noting = Noting(texts.speech("mk").words)
    desk.services.texts = Texts({**texts.speeches, "mk": replace(texts.speech("mk"), words=noting)})
    for role in Role:
        visitor = await desk.as_(role)
        await visitor.post("/language", {"language": "mk"})
        for page in PAGES:
            open_ = page.permission in (PUBLIC, SIGNED_IN) or Permission(page.permission) in MAY[role]
            if page.method == "GET" and "{" not in page.path and not page.path.endswith("/changes") and open_:
                answer = await visitor.get(page.path)
                assert answer.status < 500, (page.path, desk.log.getvalue())
                assert len(answer.text.encode()) < LARGEST, page.path
    assert noting.missing - ENGLISH_ONLY == set()


async def test_the_language_is_kept_with_the_person(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    answer = await officer.post("/language", {"language": "sr-Cyrl", "back": "/account"})
    assert answer.location == "/account"
    page = await officer.follow(answer)
    assert (page.heading, '<html lang="sr-Cyrl"' in page.text) == ("Мој налог", True)
    elsewhere = await desk.as_(Role.CASE_OFFICER)
    assert (await elsewhere.get("/account")).heading == "Мој налог"
    other = await desk.as_(Role.AUDITOR)
    assert (await other.get("/account")).heading == "My account"


async def test_a_stranger_chooses_for_this_browser(desk: TestDesk) -> None:
    stranger = desk.stranger()
    assert (await stranger.get("/sign-in", Accept_Language="sq,en;q=0.5")).heading == "Hyr"
    assert (await stranger.get("/sign-in", Accept_Language="de")).heading == "Sign in"
    await stranger.post("/language", {"language": "bs", "back": "/sign-in"})
    assert (await stranger.get("/sign-in", Accept_Language="sq")).heading == "Prijavi se"
    assert (await stranger.post("/language", {"language": "xx"})).status == 404
    assert (await stranger.post("/language", {"language": "mk", "back": "https://evil.example"})).location == "/"


async def test_a_draft_says_that_it_is_one(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    assert "Draft translation" not in (await officer.get("/account")).text
    await officer.post("/language", {"language": "mk"})
    assert "Нацрт на превод" in (await officer.get("/account")).text
