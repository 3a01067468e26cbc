"""Templates into HTML: everything escaped, an unknown name is a fault, words in the visitor's language.

What a template says about time and language comes from the ``Scene`` of its one rendering, in imported macros too.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader, StrictUndefined, Template
from jinja2.filters import do_filesizeformat
from markupsafe import Markup

from nodes.desk import moments
from nodes.desk.role_words import ROLES, WAYS
from nodes.desk.states import STATES
from nodes.desk.texts import Speech
from nodes.gateway.bundles import Bundle
from policies.explain import name_article

_GOVUK: Final = "govuk_frontend_jinja"


@dataclass(frozen=True, slots=True)
class Scene:
    """The language, the present second and the local time of one rendering."""

    speech: Speech
    now: int
    local: moments.LocalTime


_SCENE: Final[ContextVar[Scene]] = ContextVar("scene")


class _Strict(Environment):
    """An environment in which an unknown name is a fault, except inside the macros of govuk-frontend."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().__init__(undefined=StrictUndefined, **options)
        loader = PrefixLoader({_GOVUK: PackageLoader(_GOVUK)})
        self._govuk = Environment(
            loader=loader, autoescape=True, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> Template:
        """Return a template; those macros read what they were not given as nothing."""
        if isinstance(name, str) and name.startswith(f"{_GOVUK}/"):
            return self._govuk.get_template(name)
        return super().get_template(name, parent, globals)


@dataclass(frozen=True, slots=True)
class Renderer:
    """Draws every page of one desk, in every language; safe in any thread."""

    bundle: Callable[[], Bundle | None]
    asset: Callable[[str], str]

    def render(self, template: str, scene: Scene, context: Mapping[str, object]) -> str:
        """Return the page."""
        here, token = _RENDERER.set(self), _SCENE.set(scene)
        try:
            return _environment().get_template(template).render(context)
        finally:
            _SCENE.reset(token)
            _RENDERER.reset(here)


_RENDERER: Final[ContextVar[Renderer]] = ContextVar("renderer")


@cache
def _environment() -> Environment:
    """Return the templates of the package, each compiled once in a process: they know of no desk and no scene."""
    environment = _Strict(
        loader=PackageLoader("nodes.desk"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.filters.pop("xmlattr")  # it writes names of attributes from data
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        lambda text: _SCENE.get().speech.find(text),  # noqa: PLW0108 - another scene at each call
        lambda one, many, number: _SCENE.get().speech.find_many(one, many, number),  # noqa: PLW0108 - the same
        newstyle=True,
        pgettext=lambda context, text: _SCENE.get().speech.find(text, context),
    )
    environment.filters |= {
        "when": _when,
        "day": _day,
        "clock_time": _clock_time,
        "left": _left,
        "lasting": _lasting,
        "country": _country,
        "article": _article,
        "filesizeformat": _file_size,
        "state": _state,
        "role": lambda role: _SCENE.get().speech.find(ROLES[role]),
        "way": lambda way: _SCENE.get().speech.find(WAYS[way]),
    }
    environment.globals |= {"asset": _asset, "country_notes": _country_notes}
    return environment


def _asset(name: str) -> str:
    return _RENDERER.get().asset(name)


def _country(code: str) -> str:
    """Return a country's name; whoever shows it shows ``country_notes`` of the same codes below."""
    known = _RENDERER.get().bundle()
    return code if known is None else known.catalogue.code("country", code, _SCENE.get().speech.language)


def _article(short: str) -> str:
    """Return an article with the law's full name."""
    known = _RENDERER.get().bundle()
    return short if known is None else name_article(short, known.texts, _SCENE.get().speech.language)


def _country_notes(codes: Iterable[str]) -> tuple[str, ...]:
    known = _RENDERER.get().bundle()
    return () if known is None else known.catalogue.footnotes("country", codes, _SCENE.get().speech.language)


def _when(at: int) -> Markup:
    """Return a time as an element that programs read too."""
    scene = _SCENE.get()
    shown = moments.when(at, scene.speech, scene.local)
    return Markup('<time datetime="{}">{}</time>').format(moments.machine_time(at), shown)


def _day(at: int) -> str:
    scene = _SCENE.get()
    return moments.day(at, scene.speech, scene.local)


def _clock_time(at: int) -> str:
    return moments.clock_time(at, _SCENE.get().local)


def _left(until: int) -> str:
    scene = _SCENE.get()
    return moments.left(until, scene.now, scene.speech)


def _file_size(size: int, binary: bool = False) -> str:  # noqa: FBT001, FBT002 - as Jinja's own is called
    """Return a size with the sign that every language here uses, the decimals as it writes them."""
    words = do_filesizeformat(size, binary).replace(" Bytes", " B").replace(" Byte", " B")
    return words if _SCENE.get().speech.language == "en" else words.replace(".", ",")


def _lasting(seconds: int) -> str:
    return moments.length(seconds, _SCENE.get().speech)


def _state(state: str) -> str:
    return _SCENE.get().speech.find(STATES.get(str(state), str(state)))
