"""In which language a request is answered."""

from starlette.requests import Request

from ka2budget.language import known_language
from ka2budget.text import LANGUAGES

COOKIE = "language"
YEAR = 365 * 24 * 3600
"""How long a reader's choice is kept, in seconds."""


def language_of(request: Request, language: str | None = None) -> str:
    """Return the language of an answer: the query's, else the reader's choice, the project's, or the browser's.

    Raises NoSuchName for one in the query that there is not.
    """
    asked = request.query_params.get("language")
    if asked:
        return known_language(asked)
    chosen = next((one for one in (request.cookies.get(COOKIE), language) if one in LANGUAGES), None)
    return chosen or _accepted(request.headers.get("accept-language", ""))


def _accepted(header: str) -> str:
    """Return the language with the highest weight that there is, such as of ``de-AT, en;q=0.8``; else English."""
    weighted = []
    for part in header.split(","):
        name, _, weight = part.strip().partition(";q=")
        language = name.partition("-")[0].strip().lower()
        if language in LANGUAGES:
            weighted.append((_weight(weight), language))
    best = max((weight for weight, _ in weighted), default=0.0)
    return next((language for weight, language in weighted if weight == best > 0), "en")


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
