"""The published schemas: complete in words, true to what we read and to what we answer."""

import json
import tomllib
from pathlib import Path
from typing import Any

import generated
import jsonschema
import pytest
from conftest import EXAMPLES, Run

from ka2budget.files import CALLS, SCHEMAS, TEMPLATES
from ka2budget.schema import examples
from ka2budget.schema.making import PUBLISHED, schema

MADE = {name: schema(name) for name in PUBLISHED}
FIELDS = [
    (name, title, field)
    for name, body in MADE.items()
    for title, table in (body.get("$defs", {}) | {body["title"]: body}).items()
    for field in table.get("properties", {})
]


def field_of(name: str, title: str, field: str) -> dict[str, Any]:
    body = MADE[name]
    table = body if title == body["title"] else body["$defs"][title]
    found: dict[str, Any] = table["properties"][field]
    return found


def validator(body: dict[str, Any]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(body, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_schema_is_one_of_draft_2020_12_with_a_name_that_is_never_fetched(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(MADE[name])
    assert MADE[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert MADE[name]["$id"] == f"urn:ka2budget:schema:{name}:1"


def test_every_field_has_a_title_a_description_and_an_example_that_is_valid() -> None:
    assert len(FIELDS) > 300
    wrong = []
    for name, title, field in FIELDS:
        shown = field_of(name, title, field)
        wrong += [
            f"{name} {title}.{field}: no {key}" for key in ("title", "description", "examples") if not shown.get(key)
        ]
        check = validator({**shown, "$defs": MADE[name].get("$defs", {})})
        wrong += [
            f"{name} {title}.{field}: {error.message}" for one in shown["examples"] for error in check.iter_errors(one)
        ]
    assert wrong == []


def test_every_example_that_is_written_down_is_of_a_field() -> None:
    written = tomllib.loads(Path(examples.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    there = {(title, field) for _, title, field in FIELDS}
    unknown = [(title, field) for title, fields in written["models"].items() for field in fields]
    assert [one for one in unknown if one not in there] == []
    assert set(written["fields"]) | set(written["keys"]) <= {field for _, field in there}


def test_a_schema_says_nothing_that_strict_validators_do_not_know() -> None:
    for name in PUBLISHED:
        assert '"discriminator"' not in json.dumps(MADE[name])
        assert '"enum"' not in json.dumps(MADE[name]), "choices have titles"


def instance(path: Path) -> object:
    """Return the tables of a TOML file as JSON has them: numbers as floats, dates as text."""
    return plain(tomllib.loads(path.read_text(encoding="utf-8")))


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (str, int, float, bool)) else str(value)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *(
            ("project", path)
            for path in sorted(EXAMPLES.glob("*.toml"))
            if not path.stem.endswith(("report", "agreement"))
        ),
        *(("report", path) for path in sorted(EXAMPLES.glob("*-report.toml"))),
        *(("agreement", path) for path in sorted(EXAMPLES.glob("*-agreement.toml"))),
        *(("rules", CALLS / file) for file in generated.rule_files()),
        *(("layout", path) for path in sorted((TEMPLATES / "annexes").glob("[!s]*.toml"))),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_the_files_people_write_are_valid_by_the_schema(name: str, path: Path) -> None:
    assert [error.message for error in validator(MADE[name]).iter_errors(instance(path))] == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*-ka2?0.toml")), ids=lambda path: path.stem)
def test_answers_are_valid_by_their_schemas(path: Path, run: Run) -> None:
    for command, name in (("budget", "budget"), ("check", "findings")):
        answer = json.loads(run(command, path, "--json").out)
        assert [error.message for error in validator(MADE[name]).iter_errors(answer)] == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*-report.toml")), ids=lambda path: path.stem)
def test_settlements_are_valid_by_their_schema(path: Path, run: Run) -> None:
    project = next(
        one for one in sorted(EXAMPLES.glob(f"{path.stem.split('-')[0]}-*.toml")) if instance_is_project(one)
    )
    answer = json.loads(run("settle", project, path, "--json").out)
    assert [error.message for error in validator(MADE["settlement"]).iter_errors(answer)] == []


def instance_is_project(path: Path) -> bool:
    return not path.stem.endswith(("report", "agreement", "amended"))


@pytest.mark.parametrize("amount", ["1,00", "abc", "1_000", " 7 ", "-1", -1, True, "1.001"])
def test_a_schema_refuses_an_amount_that_we_refuse(amount: object) -> None:
    project = instance(EXAMPLES / "letters-ka210.toml")
    assert isinstance(project, dict)
    with pytest.raises(jsonschema.ValidationError):
        validator(MADE["project"]).validate(project | {"estimated_cost": amount, "lump_sum": amount})


def test_a_schema_refuses_a_share_of_a_key_that_is_no_id() -> None:
    project = instance(EXAMPLES / "mentor-ka220.toml")
    assert isinstance(project, dict)
    project["work_packages"][0]["shares"]["P 1"] = 1
    with pytest.raises(jsonschema.ValidationError, match="P 1"):
        validator(MADE["project"]).validate(project)


def test_committed_schemas_and_codelists_are_those_that_are_made() -> None:
    assert {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json")} == set(PUBLISHED)
    made = {path for path, _ in generated.files()}
    assert set((generated.ROOT / "schemas/codelists").glob("*.csv")) <= made
