"""The register of a project office: grants, what happened to them, what is due."""

import mimetypes
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from ka2budget import document, registry
from ka2budget.event import Details, Event
from ka2budget.lifecycle import EventKind, State
from ka2budget.model import LAST_YEAR, Count, Day, Eur, Id, Line, Model, Money, Text
from ka2budget.registry import Draft, Overview, RecordedOverview
from ka2budget.store import AgendaItem, Standing, Store
from ka2budget.text import Phrase
from ka2budget.web.api.answers import as_file, as_json
from ka2budget.web.api.described import body, file_answer, problems
from ka2budget.web.api.files import File, Files, files_of, work
from ka2budget.web.api.projects import ICS, this_day
from ka2budget.web.speaking import language_of
from ka2budget.web.stores import store_of

On = Annotated[date | None, Query(ge=date(2014, 1, 1), le=date(LAST_YEAR, 12, 31), description="The day to look at")]
By = Annotated[str, Query(min_length=1, max_length=200, description="Who records it")]
Reference = Annotated[str, InPath(min_length=1, max_length=100)]

router = APIRouter(tags=["grants"], responses=problems(404, 409))


class Listed(Model):
    """One grant in the list of all."""

    title: str
    action: str
    call: int
    state: State

    @classmethod
    def of(cls, standing: Standing, on: date) -> "Listed":
        """Return how a grant stands on a day."""
        return cls.model_construct(
            title=standing.title, action=standing.action, call=standing.call, state=standing.state(on)
        )


class Item(Model):
    """Something that is to be done."""

    reference: str
    key: str
    """Name of the date, by which ``done`` names it."""
    date: Day | None
    latest: Day | None
    """The next working day, where the agreement moves weekends."""
    nature: str
    amount: Eur | None
    """Money that goes with it, in EUR."""
    what: Phrase
    reason: Phrase
    source: Phrase | None
    doubts: tuple[Phrase, ...]

    @classmethod
    def of(cls, item: AgendaItem) -> "Item":
        """Return what the store keeps of a date."""
        return cls.model_construct(**{name: getattr(item, name) for name in cls.model_fields})


class Agenda(Model):
    """What is late on a day, and what is due in the days after it."""

    on: Day
    days: int
    late: tuple[Item, ...]
    due: tuple[Item, ...]


class NewEvent(Model):
    """What happened to a grant; which fields a kind has to say and may say stands in the manual."""

    kind: EventKind
    happened: Day | None = None
    """Day on which it happened; today, if not given."""
    by: Line
    """Who records it."""
    why: Text | None = None
    corrects: Annotated[Count | None, Field(ge=1)] = None
    """Number of the mistaken entry that this one stands for."""
    amount: Money | None = None
    """Money that moved or is claimed, in EUR."""
    offset: Money | None = None
    """What the agency kept back of a payment against another debt, in EUR."""
    partner: Id | None = None
    bank_reference: Line | None = None
    until: Day | None = None
    """Last day of the period a report is about."""
    used: Money | None = None
    """Pre-financing used until then, in EUR."""
    accepted: tuple[Id, ...] = ()
    """Work packages accepted so far."""
    final: Money | None = None
    """The final grant as decided, in EUR."""
    score: Count | None = None
    due: Day | None = None
    """Day that the agency set."""
    effect: Day | None = None
    """Day on which a termination takes effect."""
    key: Line | None = None
    """Name of the date that is done."""

    def draft(self, store: Store, reference: str, files: Files, today: date) -> Draft:
        """Return what is to be recorded of a grant; raise Unreadable or NotAllowed for what cannot be."""
        said = {name: getattr(self, name) for name in Details.model_fields if name in self.model_fields_set}
        if self.accepted:
            said["accepted"] = registry.accepted_parts(store, reference, self.accepted, today)
        details = document.from_tables({**said}, Path("event"), Details)
        return Draft(
            self.kind, self.happened or today, self.by, details, self.why,
            document=files.of["document"].as_document if "document" in files.of else None,
            agreement=files.of["agreement"].as_document if "agreement" in files.of else None,
            corrects=self.corrects,
        )  # fmt: skip


@router.get("/grants", response_model=dict[str, Listed])
async def grants(request: Request, on: On = None) -> Response:
    """Return all grants by reference, and where they stand."""
    found = await work(lambda: registry.standings(store_of(request)))
    day = on or this_day()
    return as_json(request, {one.reference: Listed.of(one, day).model_dump(mode="json") for one in found})


@router.post("/grants", status_code=201, response_model=RecordedOverview, openapi_extra=body("project", "agreement"))
async def register(
    request: Request, by: By, reference: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    """Take a grant in, from its project and what its agreement says."""
    files = await files_of(request, "project", "agreement")
    agreement = files.of["agreement"].as_document if "agreement" in files.of else None
    project = files.need("project").as_document
    name, recorded = await work(
        lambda: registry.register(store_of(request), project, by, this_day(), agreement, reference)
    )
    answer = as_json(request, recorded.overview(name), recorded.grant.plan.language)
    answer.status_code = 201
    return answer


@router.get("/grants/{reference}", response_model=Overview)
async def show(request: Request, reference: Reference, on: On = None) -> Response:
    """Return where a grant stands: its money, its partners, its dates, and what can happen next."""
    grant, account, dates = await work(lambda: registry.look_up(store_of(request), reference, on or this_day()))
    return as_json(request, Overview.of(reference, grant, account, dates), grant.plan.language)


@router.get("/grants/{reference}/events", response_model=list[Event])
async def history(request: Request, reference: Reference) -> Response:
    """Return everything that was recorded of a grant, corrected entries included."""
    events = await work(lambda: store_of(request).events(reference))
    return as_json(request, [one.without_plan for one in events])


@router.post(
    "/grants/{reference}/events",
    status_code=201,
    response_model=RecordedOverview,
    responses={200: {"model": RecordedOverview, "description": "The same was recorded before; nothing was changed"}},
    openapi_extra=body("event", "document", "agreement"),
)
async def record(request: Request, reference: Reference) -> Response:
    """Record what happened to a grant: the event as JSON, alone or with the file behind it."""
    files = await files_of(request, "event", "document", "agreement")
    recorded = await work(_record, store_of(request), reference, files)
    answer = as_json(request, recorded.overview(reference), recorded.grant.plan.language)
    answer.status_code = 201 if recorded.is_new else 200
    return answer


def _record(store: Store, reference: str, files: Files) -> registry.Recorded:
    store.events(reference)  # a grant that is not there is told before a mistake in the event
    file: File = files.need("event")
    event, today = document.read_bytes(file.content, file.path, NewEvent), this_day()
    return registry.record(store, reference, event.draft(store, reference, files, today), today)


@router.get("/grants/{reference}/documents/{digest}", responses=file_answer("application/octet-stream"))
async def kept(
    request: Request, reference: Reference, digest: Annotated[str, InPath(pattern="^[0-9a-f]{64}$")]
) -> Response:
    """Return a file behind an event of a grant, by its SHA-256."""
    found = await work(lambda: registry.document_of(store_of(request), reference, digest))
    return as_file(found.content, found.name, mimetypes.guess_type(found.name)[0] or "application/octet-stream")


@router.get("/due", response_model=Agenda)
async def due(request: Request, on: On = None, days: Annotated[int, Query(ge=0, le=3660)] = 30) -> Response:
    """Return what is late and what is due in the next days, of all grants."""
    today = on or this_day()
    found = await work(lambda: registry.agenda(store_of(request), today + timedelta(days=days)))
    late = tuple(Item.of(one) for one in found if one.is_late(today))
    coming = tuple(Item.of(one) for one in found if one.is_coming(today))
    return as_json(request, Agenda.model_construct(on=today, days=days, late=late, due=coming))


@router.get("/calendar.ics", responses=file_answer(ICS))
async def calendar(
    request: Request, reference: Annotated[list[str] | None, Query(max_length=1000)] = None, on: On = None
) -> Response:
    """Return the dates of the grants named, or of all, as a calendar."""
    language, now = language_of(request), datetime.now(UTC)
    content = await work(lambda: registry.calendar(store_of(request), reference or (), on or this_day(), now, language))
    return as_file(content, "grants.ics", ICS)
