import tomllib
from pathlib import Path

import generated
import jsonschema
import pytest
from conftest import EXAMPLES

from ka2budget.files import CALLS

FILES = list(generated.files())


@pytest.mark.parametrize(("path", "content"), FILES, ids=[path.name for path, _ in FILES])
def test_what_is_generated_is_up_to_date(path: Path, content: str) -> None:
    assert path.read_text(encoding="utf-8") == content, "run make generate"


@pytest.mark.parametrize("name", sorted(generated.SCHEMAS))
def test_a_schema_is_one_of_draft_2020_12(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(generated.SCHEMAS[name].model_json_schema())


def instance(path: Path) -> object:
    """Return the tables of a TOML file as JSON has them: numbers as floats, dates as text."""
    return _json(tomllib.loads(path.read_text(encoding="utf-8")))


def _json(value: object) -> object:
    if isinstance(value, dict):
        return {name: _json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_json(inner) for inner in value]
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
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_the_files_people_write_are_valid_by_the_schema(name: str, path: Path) -> None:
    validator = jsonschema.Draft202012Validator(generated.SCHEMAS[name].model_json_schema())
    assert [error.message for error in validator.iter_errors(instance(path))] == []


@pytest.mark.parametrize("amount", ["1,00", "abc", "1_000", " 7 ", "-1", -1, True, "1.001"])
def test_a_schema_refuses_an_amount_that_we_refuse(amount: object) -> None:
    project = instance(EXAMPLES / "letters-ka210.toml")
    assert isinstance(project, dict)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(generated.SCHEMAS["project"].model_json_schema()).validate(
            project | {"estimated_cost": amount, "lump_sum": amount}
        )
