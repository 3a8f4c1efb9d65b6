"""What is known of the programme: actions, rules, what differs between calls, schemas, starter files and forms."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from ka2budget.catalogue import Entry, Platform, calls_of, catalogue, code_of, matching, platforms, rules_for
from ka2budget.files import SCHEMAS
from ka2budget.form.writing import empty_form
from ka2budget.model import Model
from ka2budget.rules.statements import changes, stated
from ka2budget.schema import published
from ka2budget.starter import starter
from ka2budget.text import Phrase, Word
from ka2budget.web.api.answers import as_file, as_json, unless_known
from ka2budget.web.api.described import file_answer, problems
from ka2budget.web.api.files import TOML, XLSX, work
from ka2budget.web.speaking import language_of

SCHEMA = "application/schema+json"
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Not changed since the ETag sent"}}

router = APIRouter(tags=["catalogue"], responses={**problems(404), **NOT_MODIFIED})


class Catalogue(Model):
    """The actions that have rules, call by call, and what of Key Action 2 gives no grants."""

    actions: tuple[Entry, ...]
    platforms: tuple[Platform, ...] = ()


class Said(Model):
    """One figure or word of the rules, with document and page, and the doubt about it."""

    path: str
    value: Phrase
    source: str | None = None
    doubt: Word | None = None


class Rules(Model):
    """What the rules of an action in a call say."""

    title: Word
    codes: tuple[str, ...]
    call: int
    rules: tuple[Said, ...]


class Difference(Model):
    """One thing that two calls say differently; null where one says nothing of it."""

    path: str
    what: Phrase
    before: Phrase | None = None
    after: Phrase | None = None
    source: str | None = None


class Differences(Model):
    """What differs between two calls of an action."""

    code: str
    call: int
    other: int
    differences: tuple[Difference, ...]


Code = Annotated[str, Field(max_length=100)]
Call = Annotated[int, Field(ge=2000, le=2100)]


@router.get("/actions", response_model=Catalogue)
async def actions(request: Request) -> Response:
    """Return the catalogue: every action and call there are rules for."""
    return unless_known(request, as_json(request, Catalogue(actions=catalogue(), platforms=platforms())))


@router.get("/actions/{code}", response_model=Catalogue)
async def action(request: Request, code: Code) -> Response:
    """Return the calls of one action, or of all whose codes begin with it, such as KA220."""
    found = matching(code)
    return unless_known(request, as_json(request, Catalogue(actions=found[0], platforms=found[1])))


@router.get("/rules/{code}/{call}", response_model=Rules)
async def rules(request: Request, code: Code, call: Call) -> Response:
    """Return the rules of an action in a call with document and page, and the doubts about them."""
    found = rules_for(code, call)
    said = tuple(Said(**one._asdict()) for one in await work(lambda: list(stated(found))))
    answer = Rules(title=Word(found.title), codes=tuple(found.codes), call=call, rules=said)
    return unless_known(request, as_json(request, answer))


@router.get("/rules/{code}/{call}/against/{other}", response_model=Differences)
async def diff(request: Request, code: Code, call: Call, other: Call) -> Response:
    """Return what differs between two calls of an action."""
    before, after = rules_for(code, call), rules_for(code, other)
    found = tuple(Difference(**one._asdict()) for one in await work(lambda: list(changes(before, after))))
    answer = Differences(code=code, call=call, other=other, differences=found)
    return unless_known(request, as_json(request, answer))


@router.get("/schemas", response_model=list[str])
async def schemas(request: Request) -> Response:
    """Return the names of the JSON Schemas."""
    names = [path.name.removesuffix(".schema.json") for path in sorted(SCHEMAS.glob("*.schema.json"))]
    return unless_known(request, as_json(request, names))


@router.get("/schemas/{name}", responses={200: {"description": "The schema", "content": {SCHEMA: {"schema": {}}}}})
async def schema(
    request: Request,
    name: Code,
    action: Annotated[Code | None, Query()] = None,
    call: Annotated[Call | None, Query()] = None,
) -> Response:
    """Return a JSON Schema (draft 2020-12); that of a project may be narrowed to an action and call."""
    content = await work(published, name, action, call)
    return unless_known(request, Response(content, media_type=SCHEMA))


@router.get("/starters/{code}", responses=file_answer(TOML))
async def starter_file(code: Code, call: Annotated[Call | None, Query()] = None) -> Response:
    """Return a commented project file to start from, of the latest call where none is named."""
    year = call or calls_of(code)[-1]
    text = await work(starter, rules_for(code, year), code)
    return as_file(text.encode(), f"{code}-{year}.toml", TOML)


@router.get("/forms/{code}", responses=file_answer(XLSX))
async def form(request: Request, code: Code, call: Annotated[Call | None, Query()] = None) -> Response:
    """Return an empty Excel form for a project, of the latest call where none is named."""
    year = call or calls_of(code)[-1]
    content = await work(empty_form, code_of(code, year), rules_for(code, year), language_of(request))
    return as_file(content, f"{code}-{year}.xlsx", XLSX)
