"""What goes wrong, as problem answers (RFC 9457): what, where in the body, and what would be right."""

import json
import logging
import traceback
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ka2budget.errors import (
    MOST_PROBLEMS,
    NoSuchAction,
    NoSuchCall,
    NoSuchName,
    NoSuchRule,
    Refusal,
    Several,
    Unreadable,
)
from ka2budget.finding import Finding
from ka2budget.lifecycle import NotPossible
from ka2budget.model import Model
from ka2budget.registry import NotSettled
from ka2budget.steps import Forbidden
from ka2budget.store import AlreadyRegistered, NoSuchGrant, Overtaken, Unreachable
from ka2budget.store.opening import Outdated
from ka2budget.store.outbox import Busy
from ka2budget.text import Phrase, message, phrase, translate
from ka2budget.web.speaking import language_of

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("ka2budget.web")
_NOT_FOUND = (NoSuchAction, NoSuchCall, NoSuchRule, NoSuchName, NoSuchGrant)
_CONFLICT = (AlreadyRegistered, Overtaken, NotPossible, Outdated)
_LATER = (Busy, Unreachable)

_TITLES = {
    400: message("The request is not well-formed"),
    401: message("The token is missing or wrong"),
    403: message("The request came from another site"),
    404: message("There is no such thing"),
    405: message("That cannot be done with it"),
    406: message("There is no answer of that kind"),
    408: message("The request took too long to arrive"),
    409: message("It does not fit the state of the grant"),
    413: message("The request is too large"),
    415: message("Files of that kind are not read"),
    421: message("The server is not called by that name"),
    422: message("What was sent is not right"),
    500: message("Something went wrong in the server"),
    503: message("It is not possible now, but may be later"),
}


class Mistake(Model):
    """One thing that is wrong with what was sent."""

    pointer: str | None = None
    """Where in the body: a JSON pointer; of a parameter ``/query/name``; None where it is about the whole."""
    place: str | None = None
    """Where as people find it: ids in place of numbers, or a cell of a form."""
    detail: str
    """What is wrong and what would be right."""


class ProblemAnswer(Model):
    """Why a request was not answered (RFC 9457)."""

    type: str
    """Name of the kind of problem, such as ``urn:ka2budget:problem:unreadable``; never fetched."""
    title: str
    """The kind of problem in words."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong with this request."""
    errors: tuple[Mistake, ...] = ()
    """Everything that is wrong with what was sent."""
    findings: tuple[Finding, ...] = ()
    """The findings that forbid a budget or report, where one without errors is needed."""
    more: int = Field(default=0, ge=0)
    """How many more mistakes there are than the answer lists."""


class Refused(Refusal):
    """A request that is refused with a status of its own, before anything is read."""

    def __init__(self, status: int, template: str, /, **values: Any) -> None:  # noqa: ANN401 - values of any field
        self.status = status
        super().__init__(template, **values)


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status with which a refusal is answered."""
    if isinstance(refusal, Refused):
        return refusal.status
    for status, kinds in ((404, _NOT_FOUND), (409, _CONFLICT), (503, _LATER)):
        if isinstance(refusal, kinds):
            return status
    return 422


def answer(request: Request, refusal: Refusal) -> Response:
    """Return a refusal as a problem answer in the language of the request."""
    language = _language(request)
    status = status_of(refusal)
    mistakes = _mistakes(refusal, language)
    problem = ProblemAnswer(
        type=f"urn:ka2budget:problem:{_name(refusal, status)}",
        title=_title(status, language),
        status=status,
        detail=mistakes[0].detail if len(mistakes) == 1 else _first_line(refusal, language),
        errors=tuple(mistakes[:MOST_PROBLEMS]),
        findings=_findings(refusal),
        more=max(0, len(mistakes) - MOST_PROBLEMS),
    )
    return as_answer(problem, language, {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {})


def as_answer(problem: ProblemAnswer, language: str = "en", headers: dict[str, str] | None = None) -> Response:
    """Return a problem as an answer; what it has nothing of is left out."""
    plain = problem.model_dump(mode="json", context={"language": language}, exclude_defaults=True)
    content = json.dumps(plain, ensure_ascii=False).encode("utf-8", errors="replace")
    return Response(
        content, problem.status, {"Content-Language": language, **(headers or {})}, media_type=MEDIA_TYPE
    )  # fmt: skip


def install(app: FastAPI) -> None:
    """Let an application answer whatever goes wrong with a problem."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def mistyped(request: Request, error: RequestValidationError) -> Response:
        return answer(request, Unreadable("", []) if not error.errors() else _parameters(error))

    @app.exception_handler(HTTPException)
    async def stopped(request: Request, error: HTTPException) -> Response:
        language = _language(request)
        title = _title(error.status_code, language)
        problem = ProblemAnswer(
            type=f"urn:ka2budget:problem:{_KEBAB.get(error.status_code, 'http')}",
            title=title,
            status=error.status_code,
            detail=f"{title}: {request.method} {request.url.path}",
        )
        return as_answer(problem, language, dict(error.headers or {}))


def failed(request: Request, error: Exception) -> Response:
    """Return what is answered where the server itself is at fault; the log tells where, and nothing that was sent."""
    lines = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("%s %s: %s\n%s", request.method, request.url.path, type(error).__name__, lines)
    language = _language(request)
    title = _title(500, language)
    return as_answer(
        ProblemAnswer(type="urn:ka2budget:problem:internal", title=title, status=500, detail=title), language
    )


class WrongParameters(Refusal):
    """Parameters of a request that are not right; ``mistakes`` holds them all."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("{count} parameters are not right", count=len(self.mistakes))


def _parameters(error: RequestValidationError) -> WrongParameters:
    return WrongParameters(
        [
            Mistake(pointer="/" + "/".join(map(str, one["loc"])), detail=f"{one['loc'][-1]}: {one['msg']}")
            for one in error.errors()
        ]
    )


_KEBAB = {
    400: "malformed",
    401: "unauthorized",
    403: "cross-site",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "timeout",
    409: "conflict",
    413: "too-large",
    415: "media-type",
    421: "misdirected",
    422: "invalid",
    503: "unavailable",
}


def _name(refusal: Refusal, status: int) -> str:
    if isinstance(refusal, Forbidden):
        return "budget-has-errors"
    if isinstance(refusal, NotSettled):
        return "report-has-errors"
    if isinstance(refusal, Unreadable):
        return "unreadable"
    return _KEBAB[status]


def _title(status: int, language: str) -> str:
    return translate(_TITLES.get(status, HTTPStatus(status).phrase), language)


def _first_line(refusal: Refusal, language: str) -> str:
    if isinstance(refusal, (Unreadable, Several, WrongParameters)):
        return Refusal.say(refusal, language)
    return refusal.say(language)


def _mistakes(refusal: Refusal, language: str) -> list[Mistake]:
    if isinstance(refusal, Several):
        return [one for inner in refusal.refusals for one in _mistakes(inner, language)]
    if isinstance(refusal, WrongParameters):
        return list(refusal.mistakes)
    if isinstance(refusal, Unreadable):
        return [
            Mistake(
                pointer=one.pointer or (one.where if one.where.startswith("/") else None),
                place=one.where,
                detail=_said(one.message, language),
            )
            for one in refusal.problems
        ]
    if isinstance(refusal, (Forbidden, NotSettled)):
        return []
    return [Mistake(detail=refusal.say(language))]


def _said(told: Phrase | Refusal | str, language: str) -> str:
    return phrase("{told}", told=told).say(language)


def _findings(refusal: Refusal) -> tuple[Finding, ...]:
    if isinstance(refusal, Forbidden):
        return refusal.examined.errors
    return refusal.findings if isinstance(refusal, NotSettled) else ()


def _language(request: Request) -> str:
    try:
        return language_of(request)
    except NoSuchName:
        return "en"
