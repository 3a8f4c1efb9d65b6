"""The register on pages: what is late and due, one grant with its money and its life, an event that is recorded."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from ka2budget import registry
from ka2budget.errors import NotAllowed, Refusal
from ka2budget.event import Event
from ka2budget.lifecycle import EVENT_WORDS, RECORDED, STATE_WORDS, EventKind, possible
from ka2budget.model import LAST_YEAR
from ka2budget.store import Document, Store
from ka2budget.web.api.answers import as_file
from ka2budget.web.api.files import Files, files_of
from ka2budget.web.pages import page
from ka2budget.web.pages.recording import (
    Wrong,
    as_typed,
    draft,
    entries,
    wants_agreement,
    wants_document,
    wrong,
)
from ka2budget.web.pages.refused import PageRoute, findings_of, told
from ka2budget.web.pages.timeline import timeline
from ka2budget.web.problems import status_of
from ka2budget.web.speaking import YEAR, language_of
from ka2budget.web.stores import store_of

DAYS_AHEAD = 30
"""How far ahead the page of what is due looks, unless it is told."""
BY = "by"
"""Name of the cookie that keeps who records, so that nobody types it twice."""

router = APIRouter(include_in_schema=False, route_class=PageRoute)

On = Annotated[date | None, Query(ge=date(2014, 1, 1), le=date(LAST_YEAR, 12, 31))]
Reference = Annotated[str, InPath(max_length=100)]


async def posted(request: Request) -> Files:
    """Return what a form with files sent."""
    return await files_of(request, "project", "document", "agreement")


Posted = Annotated[Files, Depends(posted)]


@router.get("/grants")
def every(request: Request, on: On = None, days: Annotated[int, Query(ge=0, le=3660)] = DAYS_AHEAD) -> Response:
    """Show what is late and what is due, the page for every Monday, and all grants."""
    return _every(request, on or _today(), days)


@router.post("/grants")
def register(request: Request, form: Posted) -> Response:
    """Take a grant in, from its project file or form and what its agreement says."""
    by, files = form.fields.get("by", "").strip(), _documents(form)
    reference = form.fields.get("reference", "").strip() or None
    try:
        if "project" not in files:
            raise NotAllowed("Choose the project file or form of the grant")
        if not by:
            raise NotAllowed("Say who records it")
        name, recorded = registry.register(
            store_of(request), files["project"], by, _today(), files.get("agreement"), reference
        )
    except Refusal as refusal:
        return _every(request, _today(), DAYS_AHEAD, status_of(refusal), form.fields, **told(refusal))
    return _recorded(request, name, recorded, by)


@router.get("/grants.ics")
def calendar(request: Request) -> Response:
    """Return the dates of all grants as a calendar."""
    return _calendar(request, (), "grants.ics")


@router.get("/grants/{reference:path}/calendar.ics")
def calendar_of(request: Request, reference: Reference) -> Response:
    """Return the dates of one grant as a calendar."""
    return _calendar(request, (reference,), f"{reference.replace('/', '-')}.ics")


@router.get("/grants/{reference:path}/documents/{digest}")
def kept(request: Request, reference: Reference, digest: str) -> Response:
    """Return a file behind an event, to be kept; what it is says its name, so that no browser runs it."""
    found = registry.document_of(store_of(request), reference, digest)
    return as_file(found.content, found.name, "application/octet-stream")


@router.get("/grants/{reference:path}/record")
def ask(
    request: Request, reference: Reference, kind: str = "", corrects: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """Ask what happened; once that is chosen, show the form of such an event."""
    store = store_of(request)
    mistaken = _entry(store.events(reference), corrects)
    if not kind:
        return _choice(request, store, reference, mistaken)
    chosen, typed = _kind_of(kind), {"happened": _today().isoformat()}
    if mistaken is not None:
        typed |= (
            as_typed(mistaken)
            if chosen in {mistaken.kind, EventKind.CANCELLED}
            else {"happened": mistaken.happened.isoformat()}
        )
        typed["corrects"] = str(mistaken.number)
    return _form(request, store, reference, chosen, typed)


@router.post("/grants/{reference:path}/record")
def record(request: Request, reference: Reference, form: Posted) -> Response:
    """Record what happened; show the form again, with everything typed, where that is not possible."""
    store, typed, today = store_of(request), form.fields, _today()
    kind = _kind_of(typed.get("kind", ""))
    try:
        said = draft(store, reference, kind, typed, _documents(form), today)
        recorded = registry.record(store, reference, said, today)
    except Refusal as refusal:
        store.events(reference)  # of a grant that is not there no form is shown
        return _form(request, store, reference, kind, typed, refusal)
    return _recorded(request, reference, recorded, said.by)


@router.get("/grants/{reference:path}")
def one(request: Request, reference: Reference, on: On = None) -> Response:
    """Show where a grant stands: its money, its partners, its life, and what can happen next."""
    store, today = store_of(request), on or _today()
    grant, account, dates = registry.look_up(store, reference, today)
    events = store.events(reference)
    return page(
        request, "grant.html", reference=reference, grant=grant, plan=grant.plan, account=account, on=today,
        state=STATE_WORDS[grant.state], moments=timeline(events, grant, dates, today), words=EVENT_WORDS,
        possible=possible(grant.position, grant.plan.terms.kind),
    )  # fmt: skip


def _every(
    request: Request,
    on: date,
    days: int,
    status: int = 200,
    /,
    typed: Mapping[str, str] | None = None,
    **refusal: Any,  # noqa: ANN401
) -> Response:
    store = store_of(request)
    found, listed = registry.agenda(store, on + timedelta(days=days)), registry.standings(store)
    return page(
        request, "grants.html", status, on=on, days=days, standings=listed, states=STATE_WORDS,
        late=[one for one in found if one.is_late(on)], due=[one for one in found if one.is_coming(on)],
        typed=_with_name(request, typed or {}), **({"sentences": (), "findings": ()} | refusal),
    )  # fmt: skip


def _choice(request: Request, store: Store, reference: str, mistaken: Event | None) -> Response:
    grant, _, _ = registry.look_up(store, reference, _today())
    now = possible(grant.position, grant.plan.terms.kind)
    return page(
        request, "event_choice.html", reference=reference, plan=grant.plan, mistaken=mistaken, possible=now,
        others=[one for one in RECORDED if one not in {*now, EventKind.REGISTERED, EventKind.CANCELLED}],
        words=EVENT_WORDS, state=STATE_WORDS[grant.state],
    )  # fmt: skip


def _form(
    request: Request,
    store: Store,
    reference: str,
    kind: EventKind,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Response:
    grant, _, dates = registry.look_up(store, reference, _today())
    fields = entries(kind, grant, dates)
    found = wrong(refusal, reference, (one.name for one in fields)) if refusal else Wrong({}, [])
    whole = [said for one in found.whole for said in told(one)["sentences"]]
    return page(
        request, "event.html", 200 if refusal is None else status_of(refusal), reference=reference, plan=grant.plan,
        kind=kind, words=EVENT_WORDS, entries=fields, typed=_with_name(request, typed), beside=found.beside,
        sentences=whole, findings=() if refusal is None else findings_of(refusal), today=_today(),
        document=wants_document(kind), agreement=wants_agreement(kind), refused=refusal is not None,
    )  # fmt: skip


def _recorded(request: Request, reference: str, recorded: registry.Recorded, by: str) -> Response:
    """Return the page that tells what was recorded; loading it again records nothing more."""
    answer = page(
        request, "recorded.html", reference=reference, told=recorded.told(reference), findings=recorded.findings,
        state=STATE_WORDS[recorded.grant.state],
    )  # fmt: skip
    answer.set_cookie(BY, quote(by), YEAR, path="/grants", httponly=True, samesite="lax")
    return answer


def _with_name(request: Request, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, with the name of who recorded last; nothing for what was not."""
    return defaultdict(str, {BY: unquote(request.cookies.get(BY, ""))[:200], **typed})


def _documents(form: Files) -> dict[str, Document]:
    """Return the files that were put in; a field that was left empty comes as a file without name and content."""
    return {name: one.as_document for name, one in form.of.items() if one.content or str(one.path) != name}


def _kind_of(name: str) -> EventKind:
    if name not in RECORDED:
        raise NotAllowed("There is no event {name!r}; choose one of the list", name=name[:50])
    return EventKind(name)


def _entry(events: tuple[Event, ...], number: int | None) -> Event | None:
    if number is None:
        return None
    found = next((one for one in events if one.number == number), None)
    if found is None:
        known = tuple(str(one.number) for one in events)
        raise NotAllowed("There is no entry {number} to be corrected; there is {known}", number=number, known=known)
    return found


def _calendar(request: Request, references: tuple[str, ...], name: str) -> Response:
    now = datetime.now(UTC)
    content = registry.calendar(store_of(request), references, _today(), now, language_of(request))
    return as_file(content, name, "text/calendar; charset=utf-8")


def _today() -> date:
    return datetime.now().date()  # noqa: DTZ005 - the calendar of where the server stands
