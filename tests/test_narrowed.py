"""The schema of a project for one action and call: it takes what the checks take, and refuses most mistakes."""

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import EXAMPLES, Run

from ka2budget import steps
from ka2budget.catalogue import calls_of, catalogue, rules_for
from ka2budget.project import Project
from ka2budget.schema.caught import ALWAYS, PARTLY, caught
from ka2budget.schema.narrow import narrowed
from ka2budget.starter import starter

CASES = Path(__file__).parent / "cases"
Tables = dict[str, Any]
Change = Callable[[Tables], object]


def plain(value: object) -> Any:  # noqa: ANN401
    """Return tables of TOML as JSON has them."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, (str, int, bool)) else str(value)


def read(path: Path) -> Tables:
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def projects() -> Iterator[tuple[str, Tables]]:
    """Yield every project of the examples and the worked examples, with their variants."""
    for path in sorted(EXAMPLES.glob("*.toml")):
        if not path.stem.endswith(("report", "agreement")):
            yield path.stem, read(path)
    for path in sorted(CASES.glob("*/*/*.toml")):
        case, name = read(path), path.relative_to(CASES).with_suffix("").as_posix()
        yield name, case["project"]
        for number, variant in enumerate(case.get("checks", []), 1):
            yield f"{name}-{number}", case["project"] | variant["change"]


PROJECTS = dict(projects())


def errors(project: Tables, meant: Tables | None = None) -> list[str]:
    """Return what the narrowed schema of the action and call that are meant says against a project."""
    body = narrowed((meant or project)["action"], (meant or project)["call"])
    validator = jsonschema.Draft202012Validator(body, format_checker=jsonschema.FormatChecker())
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(plain(project))]


def is_accepted(project: Tables) -> bool:
    """Return whether our checks find no error."""
    return not steps.examine(Project.model_validate(project)).errors


@pytest.mark.parametrize("name", PROJECTS)
def test_what_the_checks_accept_the_schema_accepts(name: str) -> None:
    if is_accepted(PROJECTS[name]):
        assert errors(PROJECTS[name]) == []


@pytest.mark.parametrize("call", sorted({one.call for one in catalogue()}))
def test_the_schema_accepts_the_project_every_action_starts_with(call: int) -> None:
    for entry in catalogue():
        if entry.call == call:
            code = entry.codes[-1]
            project = tomllib.loads(starter(rules_for(code, call), code), parse_float=Decimal)
            assert (is_accepted(project), errors(project)) == (True, []), code


def test_many_projects_are_accepted_and_of_every_structure() -> None:
    accepted = [one for one in PROJECTS.values() if is_accepted(one)]
    assert len(accepted) > 40
    assert {"work_packages", "activities", "units", "real_costs"} <= {key for one in accepted for key in one}


@pytest.mark.parametrize(("code", "call"), sorted({(one.codes[-1], one.call) for one in catalogue()}))
def test_every_call_file_gives_a_schema(code: str, call: int) -> None:
    body = narrowed(code, call)
    jsonschema.Draft202012Validator.check_schema(body)
    assert body["$id"] == f"urn:ka2budget:schema:project:1:{code}:{call}"
    for fields in (body["properties"], *(one.get("properties", {}) for one in body["$defs"].values())):
        for name, field in fields.items():
            assert field["title"], name
            assert field["description"], name
            validator = jsonschema.Draft202012Validator({**field, "$defs": body["$defs"]})
            assert [error.message for one in field.get("examples", ()) for error in validator.iter_errors(one)] == [], (
                name
            )


def partner(number: int) -> Callable[[Tables], Tables]:
    return lambda project: project["partners"][number]  # type: ignore[no-any-return]


KA220, KA210, COSTS, UNITS, EVENT = (
    "mentor-ka220",
    "letters-ka210",
    "alliance-cove",
    "bridges-ka204",
    "games-sport-event",
)
SWISS = {"id": "P3", "name": "Example Swiss School", "country": "CH"}
TALK = {"id": "A9", "title": "Talk", "lead": "P1", "amount": 1}
COST = {"partner": "P1", "category": "A1", "units": 1, "unit_cost": 1}
WORK = {"id": "WP1", "title": "Work", "lead": "P1"}
GRANT = {"partner": "P1", "category": "D1", "units": 2, "unit_cost": 5_000}
PUPILS = {"heading": "long-term-pupils", "partner": "P1", "participants": 1, "country": "PL", "months": 3}
INDIRECT = {"heading": "indirect-costs", "partner": "P1", "amount": 100}
EXCEPTIONAL = {"heading": "exceptional-costs", "partner": "P1", "cost": 100}
MONTHS = {"heading": "project-management", "partner": "P1", "amount": 100}
NOBODY = {"heading": "multiplier-events", "partner": "P1", "kind": "nobody", "participants": 2}
MISTAKES: list[tuple[str, str, Change]] = [
    ("another action", KA220, lambda one: one.update(action="KA210-ADU")),
    ("another call", KA220, lambda one: one.update(call=2024)),
    ("an amount between those of the menu", KA220, lambda one: one.update(lump_sum=200_000)),
    ("the same as text", KA220, lambda one: one.update(lump_sum="200000.00")),
    ("no amount of the menu", KA220, lambda one: one.pop("lump_sum")),
    ("a lump sum where it is worked out", COSTS, lambda one: one.update(lump_sum=400_000)),
    ("too short", KA220, lambda one: one.update(months=6)),
    ("too long", KA220, lambda one: one.update(months=48)),
    ("no such round", KA220, lambda one: one.update(round=3)),
    ("a variant where there is none", KA220, lambda one: one.update(variant="local-type-1")),
    ("a cost not above the lump sum", KA220, lambda one: one.update(estimated_cost=120_000)),
    ("no coordinator", KA220, lambda one: partner(0)(one).update(role="partner")),
    ("two coordinators", KA220, lambda one: partner(1)(one).update(role="coordinator")),
    ("too few partners", KA220, lambda one: one.update(partners=one["partners"][:2])),
    ("a country that does not count", KA220, lambda one: one.update(partners=[*one["partners"][:2], SWISS])),
    ("a coordinator of a country that may not", KA220, lambda one: partner(0)(one).update(country="UA")),
    ("a country that does not exist", KA220, lambda one: partner(1)(one).update(country="XX")),
    ("an affiliated entity of nobody", KA220, lambda one: partner(3)(one).update(role="affiliated")),
    ("activities beside work packages", KA220, lambda one: one.update(activities=[TALK])),
    ("no work packages", KA220, lambda one: one.pop("work_packages")),
    ("a work package without lead", KA220, lambda one: one["work_packages"][1].pop("lead")),
    ("a work package without shares", KA220, lambda one: one["work_packages"][1].pop("shares")),
    ("no management", KA220, lambda one: one["work_packages"][0].pop("management")),
    ("two for management", KA220, lambda one: one["work_packages"][1].update(management=True)),
    ("cost lines in a lump sum", KA220, lambda one: one["work_packages"][1].update(costs=[COST])),
    ("units in a lump sum", KA220, lambda one: one.update(units=[{"heading": "project-management", "partner": "P1"}])),
    ("work packages in a small partnership", KA210, lambda one: one.update(work_packages=[WORK])),
    ("no activities", KA210, lambda one: one.pop("activities")),
    ("no cost lines", COSTS, lambda one: [part.update(costs=[], depreciation=[]) for part in one["work_packages"]]),
    ("an amount beside cost lines", COSTS, lambda one: one["work_packages"][0].update(amount=1000)),
    ("shares beside cost lines", COSTS, lambda one: one["work_packages"][0].update(shares={"P1": 1000})),
    ("no units", UNITS, lambda one: [one.pop(name, None) for name in ("units", "real_costs")]),
    ("a heading that is not there", UNITS, lambda one: one["units"][0].update(heading="nonsense")),
    ("no variant", EVENT, lambda one: one.pop("variant")),
    ("a variant that is not there", EVENT, lambda one: one.update(variant="nonsense")),
    ("the lump sum of another variant", EVENT, lambda one: one.update(lump_sum=300_000)),
    ("a duration that is not offered", "curricula-cbhe", lambda one: one.update(months=30)),
    ("a category that is not accepted", "crafts-cbvet", lambda one: one["work_packages"][1]["costs"].append(GRANT)),
    ("a heading of another action", UNITS, lambda one: one["units"].append(PUPILS)),
    ("a heading that is worked out", "voices-youth", lambda one: one["real_costs"].append(INDIRECT)),
    ("a real cost as a unit", UNITS, lambda one: one["units"].append(EXCEPTIONAL)),
    ("a unit as a real cost", UNITS, lambda one: one["real_costs"].append(MONTHS)),
    ("a unit without its keys", UNITS, lambda one: one["units"].append({"heading": "travel", "partner": "P1"})),
    ("a kind that has no rate", UNITS, lambda one: one["units"].append(NOBODY)),
    ("more organisations than may be", "masters-emdm", lambda one: partner(1)(one).update(role="partner")),
    ("too many work packages", "masters-emdm", lambda one: one["work_packages"].append(WORK | {"id": "WP2"})),
    ("activities beside units", UNITS, lambda one: one.update(activities=[TALK])),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_a_typical_mistake_is_refused(name: str, change: Change) -> None:
    project = copy.deepcopy(PROJECTS[name])
    assert errors(project) == []
    change(project)
    assert errors(project, PROJECTS[name]) != []
    if (project["action"], project["call"]) == (PROJECTS[name]["action"], PROJECTS[name]["call"]):
        assert not is_accepted(project), "the schema refuses nothing that the checks accept"


def mistaken() -> Iterator[tuple[str, Tables, Tables]]:
    """Yield every project that has errors, and the one it should have been."""
    for name, project in PROJECTS.items():
        yield name, project, project
    for says, name, change in MISTAKES:
        project = copy.deepcopy(PROJECTS[name])
        change(project)
        if (project["action"], project["call"]) == (PROJECTS[name]["action"], PROJECTS[name]["call"]):
            yield says, project, PROJECTS[name]


def test_the_manual_says_truly_which_findings_a_schema_forestalls() -> None:
    seen: set[str] = set()
    for name, project, meant in mistaken():
        codes = {one.code for one in steps.examine(Project.model_validate(project)).errors}
        found = errors(project, meant)
        by_schema = {code for code in codes if caught(code) != "never"}
        assert found or not any(caught(code) == "always" for code in codes), name
        assert by_schema or not found, (name, codes, found)
        seen |= by_schema if found else set()
    assert {kind.code for kind in (*ALWAYS, *PARTLY)} - seen == set()


def test_a_key_that_a_heading_needs_is_asked_for() -> None:
    needed = 0
    for name, project in PROJECTS.items():
        if not is_accepted(project):
            continue
        for number, unit in enumerate(project.get("units", [])):
            for key in set(unit) - {"heading", "partner", "label"}:
                changed = copy.deepcopy(project)
                changed["units"][number].pop(key)
                if errors(changed):
                    needed += 1
                    assert not is_accepted(changed), (name, number, key)
    assert needed > 10


def test_the_command_prints_the_schema_of_an_action_in_a_call(run: Run) -> None:
    answer = run("schema", "project", "--action", "KA220-VET", "--call", 2025)
    assert (answer.code, json.loads(answer.out)) == (0, narrowed("KA220-VET", 2025))


def test_without_a_call_it_is_that_of_the_latest(run: Run) -> None:
    assert json.loads(run("schema", "project", "--action", "KA220-VET").out) == narrowed(
        "KA220-VET", calls_of("KA220-VET")[-1]
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("project", "--action", "KA220-ADX"), "There is no action 'KA220-ADX'"),
        (
            ("project", "--action", "KA220-VET", "--call", "2018"),
            "The catalogue has no rules of KA220-VET for call 2018",
        ),
        (("report", "--action", "KA220-VET"), "--action and --call narrow the schema of a project"),
        (("--action", "KA220-VET"), "--action and --call narrow the schema of a project"),
        (("project", "--call", "2026"), "--action and --call narrow the schema of a project"),
    ],
)
def test_what_cannot_be_narrowed_is_said(arguments: tuple[str, ...], says: str, run: Run) -> None:
    answer = run("schema", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
