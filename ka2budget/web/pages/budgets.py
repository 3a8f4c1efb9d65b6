"""The page of one budget: type, see sums and findings at once, undo, and take files away."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ka2budget import document, steps
from ka2budget.errors import Refusal
from ka2budget.project import Project
from ka2budget.store import Store, drafts
from ka2budget.store.drafts import Changed, Draft
from ka2budget.text import Phrase, phrase
from ka2budget.web.pages import page
from ka2budget.web.pages.posted import Sent, sent
from ka2budget.web.pages.taking import take
from ka2budget.web.pages.typed import Texts, differences, typed, with_entries, with_row, without_row
from ka2budget.web.pages.view import view
from ka2budget.web.speaking import language_of
from ka2budget.web.stores import store_of

router = APIRouter(include_in_schema=False)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KINDS = {"xlsx": _XLSX, "json": "application/json", "toml": "application/toml"}
_NOT_FOUND, _CONFLICT, _UNREADABLE = 404, 409, 422


@router.get("/budgets/{name}")
def show(request: Request, name: str) -> Response:
    """Show a budget as it stands."""
    try:
        return _page(request, drafts.read(store_of(request), name))
    except drafts.NoSuchDraft as refusal:
        return _refused(request, refusal, _NOT_FOUND)


@router.post("/budgets/{name}")
def change(request: Request, name: str, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Keep what was typed, and do what the button says; tell where it was changed since the page was made."""
    store, entries, do = store_of(request), form.entries, form.entries.get("do", "save")
    version = int(entries["version"]) if entries.get("version", "").isdecimal() else 0
    try:
        before = drafts.read(store, name)
        mine = with_entries(before.tables, entries)
        if do == "delete":
            drafts.remove(store, name)
            return RedirectResponse("/", 303)
        _change(store, before._replace(version=version), mine, do)
    except Changed as refusal:
        return _page(request, refusal.draft, _CONFLICT, (refusal, differences(mine, refusal.draft.tables)))
    except drafts.NoSuchDraft as refusal:
        return _refused(request, refusal, _NOT_FOUND)
    return RedirectResponse(f"/budgets/{name}", 303)


def _change(store: Store, draft: Draft, mine: Texts, do: str) -> None:
    """Keep what was typed; a row is added or removed in the same version, undo and redo come after it."""
    verb, _, where = do.partition(":")
    changed = with_row(mine, where) if verb == "add" else without_row(mine, where) if verb == "remove" else mine
    now = datetime.now(UTC)
    kept = drafts.save(store, draft.id, draft.version, changed, now)
    if verb == "undo":
        drafts.undo(store, draft.id, kept.version, now)
    elif verb == "redo" and kept.version == draft.version:
        drafts.redo(store, draft.id, kept.version, now)


@router.post("/budgets/{name}/copy")
def copy(request: Request, name: str) -> Response:
    """Keep another draft with the same content, such as for a second way to share the grant."""
    store = store_of(request)
    try:
        tables = drafts.read(store, name).tables
    except drafts.NoSuchDraft as refusal:
        return _refused(request, refusal, _NOT_FOUND)
    return RedirectResponse(f"/budgets/{drafts.create(store, tables, datetime.now(UTC))}", 303)


@router.get("/budgets/{name}/annex.xlsx")
def annex(request: Request, name: str) -> Response:
    """Give the budget annex; one of a budget with errors says so on its first sheet."""
    language = language_of(request)

    def make(project: Project, out: Path) -> None:
        steps.write_budget_annex(steps.examine(project), out, date.today(), language)  # noqa: DTZ011 - where people are

    return _file(request, name, "annex.xlsx", make)


@router.get("/budgets/{name}/form.xlsx")
def form_(request: Request, name: str) -> Response:
    """Give the Excel form, filled from the budget."""
    language = language_of(request)

    def make(project: Project, out: Path) -> None:
        steps.write_new_form(out, project.action, project.call, language, project, None)

    return _file(request, name, "form.xlsx", make)


@router.get("/budgets/{name}/project.{ending}")
def project_file(request: Request, name: str, ending: str) -> Response:
    """Give the project file, in TOML or JSON."""
    return _file(request, name, f"project.{ending}", steps.write_document)


def _file(request: Request, name: str, suffix: str, make: Callable[[Project, Path], None]) -> Response:
    """Answer with a file made from a draft, or with a page that says why there is none."""
    try:
        draft = drafts.read(store_of(request), name)
        taken = take(draft.tables)
        if taken.problems or taken.project is None:
            return _page(request, draft, _UNREADABLE, why=phrase("The file is made as soon as these entries are right"))
        with TemporaryDirectory(prefix="ka2budget") as folder:
            out = Path(folder) / suffix
            make(taken.project, out)
            content = out.read_bytes()
    except drafts.NoSuchDraft as refusal:
        return _refused(request, refusal, _NOT_FOUND)
    except Refusal as refusal:
        return _refused(request, refusal, _UNREADABLE)
    kind = _KINDS[suffix.rpartition(".")[2]]
    return Response(content, media_type=kind, headers={"Content-Disposition": _called(taken.project, suffix)})


def _called(project: Project, suffix: str) -> str:
    """Return the header that names a file to keep."""
    name = re.sub(r"[^\w.-]+", "-", project.acronym or project.title)[:60].strip("-.") or "budget"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}-{suffix}\"; filename*=UTF-8''{quote(f'{name}-{suffix}')}"


def _page(
    request: Request, draft: Draft, status: int = 200,
    conflict: tuple[Refusal, dict[str, tuple[str, str]]] | None = None, why: Phrase | None = None,
) -> Response:  # fmt: skip
    language = language_of(request, draft.tables.get("language"))
    try:
        shown = view(draft, language)
    except Refusal as refusal:  # a draft of a call that this version has no rules for any more
        return _refused(request, refusal, _UNREADABLE)
    places = {} if conflict is None else {where: document.readable(where, draft.tables) for where in conflict[1]}
    return page(
        request, "budget.html", status, view=shown, conflict=conflict, places=places, why=why, is_day=_is_day,
    )  # fmt: skip


def _is_day(text: str) -> bool:
    """Return whether a browser's own field for dates can show what was typed."""
    return not text or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None


def _refused(request: Request, refusal: Refusal, status: int) -> Response:
    return page(request, "not_possible.html", status, refusal=refusal)


def keep(request: Request, project: Project) -> Response:
    """Keep a project as a new draft, and go to its page; raise NotAllowed for one partner's part alone."""
    steps.demand_whole(project)
    texts = typed(project, language_of(request))
    return RedirectResponse(f"/budgets/{drafts.create(store_of(request), texts, datetime.now(UTC))}", 303)
