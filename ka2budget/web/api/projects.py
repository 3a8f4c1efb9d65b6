"""What is asked about one project: check, budget, explain, share, compare, advise, settle, schedule, annex, convert."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ka2budget import advise as advice
from ka2budget import document, steps
from ka2budget.advise import Advice
from ka2budget.budget import Budget
from ka2budget.compare import Comparison, choices
from ka2budget.compare import compare as side_by_side
from ka2budget.explain import Explanation
from ka2budget.explain import explain as explanations
from ka2budget.finding import Finding
from ka2budget.model import LAST_YEAR
from ka2budget.project import Project
from ka2budget.schedule import Due
from ka2budget.settlement import Settlement
from ka2budget.shares import Shares
from ka2budget.web.api.answers import as_file, as_json
from ka2budget.web.api.described import body, file_answer, problems
from ka2budget.web.api.files import JSON, TOML, XLSX, Files, both, files_of, work
from ka2budget.web.speaking import language_of

ICS = "text/calendar"
KINDS = {"json": JSON, "toml": TOML, "xlsx": XLSX}

Kind = Literal["json", "toml", "xlsx"]
Day = Annotated[date, Query(ge=date(2014, 1, 1), le=date(LAST_YEAR, 12, 31))]

router = APIRouter(tags=["projects"], responses=problems())


async def _examined(request: Request) -> tuple[steps.Examined, Files]:
    files = await files_of(request, "project", "agreement")
    if files.are_small:
        return steps.examine(files.project()), files
    return await work(lambda: steps.examine(files.project())), files


@router.post("/check", response_model=list[Finding], openapi_extra=body("project"))
async def check(request: Request) -> Response:
    """Return all findings about a project; without errors among them its budget is allowed."""
    (project, _, budget), _ = await _examined(request)
    return as_json(request, budget.findings, project.language)


@router.post("/budget", response_model=Budget, openapi_extra=body("project"))
async def budget(request: Request) -> Response:
    """Return totals per partner, work package and heading, grant and own part, with all findings."""
    (project, _, result), _ = await _examined(request)
    return as_json(request, result, project.language)


@router.post("/explain", response_model=list[Explanation], openapi_extra=body("project"))
async def explain(request: Request, what: Annotated[str | None, Query(max_length=100)] = None) -> Response:
    """Return how amounts came about, all or that of ``what``: grant, own-part, management-cap, a part or a partner."""
    examined, _ = await _examined(request)
    return as_json(request, await work(explanations, *examined, what), examined.project.language)


@router.post("/share", response_model=Shares, openapi_extra=body("project", "agreement"))
async def share(request: Request) -> Response:
    """Return each partner's grant, percentage, own part and instalments."""
    examined, files = await _examined(request)
    return as_json(request, await work(_shares, examined, files), examined.project.language)


def _shares(examined: steps.Examined, files: Files) -> Shares:
    return steps.share_out(examined, files.agreement())


@router.post("/compare", response_model=Comparison, openapi_extra=body("project"))
async def compare(request: Request) -> Response:
    """Return the project as Small-scale and as Cooperation Partnership side by side, with what each would refuse."""
    (project, rules, _), _ = await _examined(request)
    return as_json(request, await work(side_by_side, project, rules), project.language)


@router.post("/advise", response_model=Advice, openapi_extra=body("project"))
async def advise(request: Request) -> Response:
    """Return which lump sum fits the estimated cost, and what must change for it."""
    (project, rules, result), _ = await _examined(request)
    found = await work(lambda: advice.advise(project, result.planned, choices(project, rules)))
    return as_json(request, found, project.language)


@router.post("/scale", response_model=Project, openapi_extra=body("project"))
async def scale(request: Request, lump_sum: Annotated[int, Query(ge=1, le=999_999_999)], to: Kind = "json") -> Response:
    """Return the project with its shares scaled to a lump sum, in EUR."""
    (project, rules, _), _ = await _examined(request)
    scaled = await work(lambda: advice.scale(project, rules, Decimal(lump_sum)))
    return await _as_document(scaled, to)


@router.post("/convert", response_model=Project, openapi_extra=body("project"))
async def convert(request: Request, to: Kind = "json") -> Response:
    """Return a project in another form: JSON, TOML or an Excel form."""
    files = await files_of(request, "project")
    return await _as_document(await work(files.project), to)


async def _as_document(project: Project, to: Kind) -> Response:
    path = Path(f"project.{to}")
    return as_file(await work(document.write, project, path), path.name, KINDS[to])


@router.post("/annex", responses=file_answer(XLSX), openapi_extra=body("project", "agreement"))
async def annex(request: Request, today: Day | None = None, *, draft: bool = False) -> Response:
    """Return the budget annex as an Excel workbook; of a budget with errors only as a draft that says so."""
    examined, files = await _examined(request)
    if not draft:
        steps.allowed(examined)
    language, day = language_of(request, examined.project.language), today or this_day()
    content = await work(lambda: steps.budget_annex(examined, day, language, files.agreement()))
    return as_file(content, f"{examined.project.acronym or 'project'}-annex.xlsx", XLSX)


@router.post(
    "/settle",
    response_model=Settlement,
    openapi_extra=body("project", "report", "agreement", needed=("project", "report")),
)
async def settle(request: Request) -> Response:
    """Return accepted amounts, reductions, balance or recovery, per part and partner."""
    examined, settlement = await _settled(request)
    return as_json(request, settlement, examined.project.language)


@router.post(
    "/settle/annex",
    responses=file_answer(XLSX),
    openapi_extra=body("project", "report", "agreement", needed=("project", "report")),
)
async def final_annex(request: Request, today: Day | None = None) -> Response:
    """Return the annex of a settled final report as an Excel workbook."""
    examined, settlement = await _settled(request)
    language, day = language_of(request, examined.project.language), today or this_day()
    content = await work(steps.final_annex, examined, settlement, day, language)
    return as_file(content, f"{examined.project.acronym or 'project'}-final-annex.xlsx", XLSX)


async def _settled(request: Request) -> tuple[steps.Examined, Settlement]:
    files = await files_of(request, "project", "report", "agreement")
    return await work(_settle, files)


def _settle(files: Files) -> tuple[steps.Examined, Settlement]:
    project, report, agreement = both(files.project, files.need("report").report, files.agreement)
    examined = steps.examine(project)
    return examined, steps.assess(examined, report, agreement)


@router.post("/schedule", response_model=list[Due], openapi_extra=body("project", "agreement"))
async def schedule(request: Request) -> Response:
    """Return every date of the grant with its reason."""
    examined, files = await _examined(request)
    dates = await work(lambda: steps.dates_of(examined, files.agreement()))
    return as_json(request, dates, examined.project.language)


@router.post("/schedule.ics", responses=file_answer(ICS), openapi_extra=body("project", "agreement"))
async def calendar(request: Request, sequence: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0) -> Response:
    """Return the dates of the grant as a calendar; ``sequence`` says how often they were changed."""
    examined, files = await _examined(request)
    language = language_of(request, examined.project.language)
    now = datetime.now(UTC)
    content = await work(lambda: steps.calendar_of(examined, files.agreement(), now, language, sequence))
    return as_file(content, "schedule.ics", ICS)


def this_day() -> date:
    """Return today in the calendar of where the server stands."""
    return datetime.now().date()  # noqa: DTZ005 - the calendar of where the server stands
