"""The first page: choose an action and a call, open a file, or go on with a budget."""

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ka2budget import steps
from ka2budget.catalogue import catalogue, rules_for
from ka2budget.errors import MOST_PROBLEMS, Problem, Refusal, Unreadable
from ka2budget.rules import Rules
from ka2budget.starter import starter
from ka2budget.store import drafts
from ka2budget.text import Word, phrase
from ka2budget.web.pages import page
from ka2budget.web.pages.budgets import keep
from ka2budget.web.pages.posted import Sent, sent
from ka2budget.web.pages.typed import Texts
from ka2budget.web.speaking import language_of
from ka2budget.web.stores import store_of

router = APIRouter(include_in_schema=False)
_UNREADABLE = 422
_SMALL, _LARGE = "KA210", "KA220"


class Offer(NamedTuple):
    """One kind of partnership of the latest call, for those who choose between two."""

    codes: tuple[str, ...]
    rules: Rules


@router.get("/")
def start(request: Request) -> Response:
    """Show what can be begun, and the budgets there are."""
    return _page(request)


@router.post("/budgets")
def begin(request: Request, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Begin a budget of an action and a call, from an example without errors or from nothing."""
    code, _, year = form.entries.get("of", "").partition(" ")
    try:
        rules = rules_for(code, int(year) if year.isdecimal() else 0)
        if form.entries.get("from") == "example":
            return keep(request, steps.project_of(starter(rules, code).encode(), Path("example.toml")))
        texts = _bare(rules, code, language_of(request))
    except Refusal as refusal:
        return _page(request, _UNREADABLE, refusal)
    name = drafts.create(store_of(request), texts, datetime.now(UTC))
    return RedirectResponse(f"/budgets/{name}", 303)


@router.post("/open")
def open_file(request: Request, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Begin a budget from a project file or form; tell everything that is wrong with it."""
    given, content = form.files.get("file", ("", b""))
    name = PurePosixPath(PureWindowsPath(given).name).name  # some browsers send a whole path
    try:
        if not name:
            raise Unreadable("", [Problem("", phrase("No file was chosen"))])
        return keep(request, steps.project_of(content, Path(name)))
    except Refusal as refusal:
        return _page(request, _UNREADABLE, refusal)


def _page(request: Request, status: int = 200, refusal: Refusal | None = None) -> Response:
    entries = sorted(catalogue(), key=lambda one: (-one.call, one.managed_by == "eacea", one.action))
    calls: dict[int, list[tuple[str, Word]]] = {}
    for entry in entries:
        calls.setdefault(entry.call, []).extend((code, Word(entry.title)) for code in entry.codes)
    problems = refusal.problems[:MOST_PROBLEMS] if isinstance(refusal, Unreadable) else ()
    more = len(refusal.problems) - len(problems) if isinstance(refusal, Unreadable) else 0
    kept = drafts.every(store_of(request))
    values = {"refusal": refusal, "problems": problems, "more": more, "drafts": kept, "offers": _offers()}
    return page(request, "start.html", status, calls=calls, **values)


def _offers() -> tuple[Offer, ...]:
    """Return Small-scale and Cooperation Partnerships of the latest call that has both."""
    found: dict[int, dict[str, Offer]] = {}
    for entry in catalogue():
        kind = next((one for one in (_SMALL, _LARGE) if entry.action == one), None)
        if kind is not None:
            found.setdefault(entry.call, {})[kind] = Offer(entry.codes, rules_for(entry.codes[0], entry.call))
    both = [call for call, kinds in found.items() if len(kinds) == len((_SMALL, _LARGE))]
    return tuple(found[max(both)][kind] for kind in (_SMALL, _LARGE)) if both else ()


def _bare(rules: Rules, code: str, language: str) -> Texts:
    """Return a project with its coordinator and one part, and nothing that people have to take away again."""
    texts: Texts = {
        "action": code, "call": str(rules.call), "language": language,
        "partners": [{"id": "P1", "role": "coordinator"}],
    }  # fmt: skip
    offers = rules.lump_sums
    if len(offers) == 1:
        texts["lump_sum"] = f"{offers[0]:f}"
    months = rules.limits.months
    if months.min == months.max:
        texts["months"] = str(months.min)
    if rules.structure in {"work-packages", "costs"}:
        texts["work_packages"] = [{"id": "WP1", "lead": "P1"}]
        if rules.limits.management is not None:
            texts["work_packages"][0]["management"] = "yes"
    elif rules.structure == "activities":
        texts["activities"] = [{"id": "A1", "lead": "P1"}]
    return texts
