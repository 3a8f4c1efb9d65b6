"""Pages for people: made on the server from ``templates/pages``, whole without JavaScript."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from ka2budget import __version__
from ka2budget.errors import Refusal
from ka2budget.files import TEMPLATES
from ka2budget.language import known_language
from ka2budget.text import LANGUAGES, Phrase, Word, country_name, day, euro, number, percent, say
from ka2budget.web.speaking import COOKIE, YEAR, language_of

PAGES = TEMPLATES / "pages"
STATIC = StaticFiles(directory=PAGES / "static")
"""Style and script, which pages take from /static; nothing comes from anywhere else."""

OWN_NAMES = {
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "tr": "Türkçe",
}
"""What speakers call their language, which is never translated."""

router = APIRouter(include_in_schema=False)


def page(request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:  # noqa: ANN401
    """Return a page in the language of the request.

    A template says words by ``say("There are {count}", count=3)``, translated and filled, and shows values by the
    filters ``euro``, ``number``, ``percent``, ``day``, ``country``, and ``told`` for phrases, words and refusals.
    """
    language = language_of(request)
    made = _environment().get_template(template)
    here = quote(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    frame = {"request": request, "here": here, "language": language, "languages": OWN_NAMES, "version": __version__}
    content = made.render(**values, **frame)
    return HTMLResponse(content, status, {"Content-Language": language, "Vary": "Accept-Language, Cookie"})


@router.post("/language")
def choose_language(language: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> RedirectResponse:
    """Keep the language that the reader chose, and go back to where that was."""
    here = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
    answer = RedirectResponse(here, 303)
    answer.set_cookie(COOKIE, known_language(language), YEAR, httponly=True, samesite="lax")
    return answer


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals["say"] = _say
    made.filters |= {
        "euro": _in_language(euro),
        "number": _in_language(number),
        "percent": _in_language(percent),
        "day": _in_language(day),
        "country": _in_language(country_name),
        "told": _told,
    }
    return made


@pass_context
def _say(context: Context, template: str, /, **values: Any) -> str:  # noqa: ANN401 - values of any field
    return say(template, context["language"], **values)


@pass_context
def _told(context: Context, said: Word | Phrase | Refusal) -> str:
    return said.say(context["language"])


def _in_language(shown: Callable[[Any, str], str]) -> Callable[[Context, Any], str]:
    """Return a filter that shows a value in the language of the page, and nothing where there is none."""

    @pass_context
    def filter_(context: Context, value: Decimal | date | str | None) -> str:
        return "" if value is None else shown(value, context["language"])

    return filter_


assert set(OWN_NAMES) == set(LANGUAGES)  # noqa: S101 - a language that is added has a name
