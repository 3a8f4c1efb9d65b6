"""The catalogue and the rules of a call, each with document, page and doubt, and what differs between two calls."""

from collections.abc import Iterable
from itertools import groupby
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ka2budget.catalogue import FORMS, MANAGERS, Entry, calls_of, catalogue, platforms, rules_for
from ka2budget.rules import Rules
from ka2budget.rules.statements import Statement, changes, stated
from ka2budget.text import Phrase, translate
from ka2budget.web.pages import page
from ka2budget.web.pages.refused import PageRoute
from ka2budget.web.speaking import language_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Code = Annotated[str, InPath(max_length=100)]
Call = Annotated[int, InPath(ge=2000, le=2100)]
_OF_THE_FILE = ("action", "codes", "call", "title", "managed_by", "read_on")
"""What the head of the page says already."""


class Offer(NamedTuple):
    """One code of the catalogue, and in which calls it was offered in the same way."""

    code: str
    title: str
    managed_by: str
    grant: str
    calls: tuple[int, ...]


class Section(NamedTuple):
    """What a call says about one thing."""

    name: str
    title: Phrase
    rows: tuple[tuple[Phrase, Statement], ...]


@router.get("/rules")
def shown_catalogue(
    request: Request,
    q: Annotated[str, Query(max_length=100)] = "",
    call: Annotated[str, Query(max_length=4)] = "",
    managed: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the actions there are rules for, narrowed by what the reader looks for, and what gives no grants."""
    year = int(call) if call.isdecimal() else None
    language = language_of(request)
    found = [
        one for one in catalogue() if (year is None or one.call == year) and (not managed or one.managed_by == managed)
    ]
    offers = [one for one in _offers(found) if _is_meant(q, language, one.code, one.title, FORMS[one.grant])]
    others = [
        one
        for one in platforms()
        if not managed
        and (year is None or one.first <= year <= one.last)
        and _is_meant(q, language, one.title, *one.codes)
    ]
    years = sorted({one.call for one in catalogue()}, reverse=True)
    return page(
        request, "rules.html", offers=offers, platforms=others, years=years, managers=MANAGERS, forms=FORMS,
        q=q, call=year, managed=managed,
    )  # fmt: skip


@router.get("/rules/{code}/{call}")
def shown_rules(request: Request, code: Code, call: Call, other: Annotated[int | None, Query()] = None) -> Response:
    """Show everything that a call says of an action; or what differs from another call, where a form asks for that."""
    rules = rules_for(code, call)
    if other is not None:
        return RedirectResponse(f"/rules/{code}/{call}/against/{other}", 303)
    entry = next(one for one in catalogue() if one.call == call and one.file == rules.file)
    return page(
        request, "rules_of_call.html", code=code, call=call, calls=calls_of(code), rules=rules, entry=entry,
        sections=_sections(rules), manager=MANAGERS[entry.managed_by], form=FORMS[entry.grant],
    )  # fmt: skip


@router.get("/rules/{code}/{call}/against/{other}")
def shown_difference(request: Request, code: Code, call: Call, other: Call) -> Response:
    """Show what differs between two calls of an action."""
    before, after = rules_for(code, call), rules_for(code, other)
    return page(
        request, "rules_difference.html", code=code, call=call, other=other, calls=calls_of(code), rules=after,
        changes=tuple(changes(before, after)),
    )  # fmt: skip


def _offers(entries: Iterable[Entry]) -> list[Offer]:
    calls: dict[tuple[str, str, str, str], list[int]] = {}
    for one in entries:
        for code in one.codes:
            calls.setdefault((code, one.title, one.managed_by, one.grant), []).append(one.call)
    return [Offer(*what, tuple(sorted(years))) for what, years in sorted(calls.items())]


def _is_meant(asked: str, language: str, *names: str) -> bool:
    """Return whether every word that is looked for stands in one of the names, in English or the reader's language."""
    said = " ".join((*names, *(translate(name, language) for name in names))).casefold()
    return all(word in said for word in asked.casefold().split())


def _sections(rules: Rules) -> list[Section]:
    said = [one for one in stated(rules) if one.path not in _OF_THE_FILE]
    found = []
    for name, rows in groupby(said, key=lambda one: _section(one.path)):
        named = tuple((rules.in_words(one.path), one) for one in rows)
        found.append(Section(name, rules.in_words(name), named))
    return found


def _section(path: str) -> str:
    """Return the part of the rules that a path is in: of headings each one by itself."""
    names = path.split(".")
    return ".".join(names[:2] if names[0] == "headings" else names[:1])
