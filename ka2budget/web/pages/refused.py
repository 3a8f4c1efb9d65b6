"""How a page tells that something was refused: the sentence, what is wrong, and the way back."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from ka2budget.errors import NoSuchName, Refusal, Several, Unreadable
from ka2budget.finding import Finding
from ka2budget.lifecycle import EVENT_WORDS, EventKind, NotPossible
from ka2budget.registry import NotSettled
from ka2budget.steps import Forbidden
from ka2budget.text import Phrase, phrase
from ka2budget.web.pages import page
from ka2budget.web.problems import status_of
from ka2budget.web.speaking import language_of

_MISTYPED = phrase("The address is not one of this server")


class PageRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answering(request: Request) -> Response:
            try:
                return await answer(request)
            except Refusal as refusal:
                return page(_spoken(request), "refused.html", status_of(refusal), **told(refusal))
            except RequestValidationError:
                wrong = {"sentences": [_MISTYPED], "findings": ()}
                return page(_spoken(request), "refused.html", 422, **wrong)

        return answering


def told(refusal: Refusal) -> dict[str, Any]:
    """Return everything that is wrong: ``sentences`` of a refusal, and ``findings`` of a budget or report."""
    return {"sentences": list(_sentences(refusal)), "findings": findings_of(refusal)}


def findings_of(refusal: Refusal) -> tuple[Finding, ...]:
    """Return the findings that forbid a budget or a report."""
    if isinstance(refusal, Forbidden):
        return refusal.examined.errors
    return refusal.findings if isinstance(refusal, NotSettled) else ()


def _sentences(refusal: Refusal) -> list[Phrase | Refusal]:
    if isinstance(refusal, Several):
        return [said for one in refusal.refusals for said in _sentences(one)]
    if isinstance(refusal, Unreadable):
        said: list[Phrase | Refusal] = [phrase("{file} cannot be read", file=refusal.file)]
        return said + [
            phrase("{where}: {reason}", where=one.where, reason=one.message) if one.where
            else phrase("{told}", told=one.message)
            for one in refusal.problems
        ]  # fmt: skip
    if isinstance(refusal, (Forbidden, NotSettled)):
        return [phrase("Nothing was changed: what follows has to be put right first.")]
    return [_in_words(refusal) if isinstance(refusal, NotPossible) else refusal]


def _in_words(refusal: NotPossible) -> Phrase:
    """Return the sentence with the words for events: nobody types their names on a page."""
    could = tuple(EVENT_WORDS[EventKind(name)] for name in refusal.values["possible"])
    return phrase(refusal.template, **refusal.values | {"event": EVENT_WORDS[refusal.event], "possible": could})


def _spoken(request: Request) -> Request:
    """Return a request that can be answered, whatever language it asked for."""
    try:
        language_of(request)
    except NoSuchName:
        return Request({**request.scope, "query_string": b""})
    return request
