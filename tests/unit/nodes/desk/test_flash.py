"""A message for the next page comes through the browser, however long and in whichever script it is."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from nodes.desk.cookies import Cookie
from nodes.desk.flash import Flash
from nodes.desk.seal import KEY_BYTES, Seal

COOKIE = Cookie.of("said", "https://desk.example.org")
FLASH = Flash(COOKIE, Seal(bytes(KEY_BYTES), lambda: 1, bytes))


@pytest.mark.parametrize("letters", ["a", "ж", "ë", "\u20ac"])
@pytest.mark.parametrize("length", [1, 600, 900, 10_000])
def test_it_fits_into_a_cookie_in_every_script(letters: str, length: int) -> None:
    response = web.Response()
    FLASH.put(response, letters * length)
    morsel = response.cookies[COOKIE.name]
    assert len(morsel.OutputString()) <= 4_096, "browsers keep no longer one"
    request = make_mocked_request("GET", "/", headers={"Cookie": f"{COOKIE.name}={morsel.value}"})
    said = FLASH.take(request)
    assert said is not None
    assert said == letters * len(said)
    assert len(said) == length or len(said) >= 900
