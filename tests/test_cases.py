"""Worked examples: the files below cases/ hold a project, what is expected of it, and where that is said."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ka2budget import steps
from ka2budget.agreement import Agreement
from ka2budget.finding import Severity
from ka2budget.project import Project
from ka2budget.report import Report

CASES = Path(__file__).parent / "cases"
FILES = sorted(CASES.glob("*/*/*.toml"))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def codes(examined: steps.Examined) -> list[str]:
    """Codes of errors and warnings, each once: a doubt is told once for each reason."""
    grave = (one.code for one in examined.budget.findings if one.severity is not Severity.INFO)
    return sorted(set(grave))


def assert_holds(expected: dict[str, Any], answer: dict[str, Any]) -> None:
    """Assert that an answer holds at least what is expected, to the letter."""
    for key, value in expected.items():
        if isinstance(value, dict):
            assert_holds(value, answer[key])
        else:
            assert value == answer[key], key


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CASES).with_suffix("").as_posix())
def test_case_comes_out_to_the_cent(path: Path) -> None:
    case = read(path)
    assert case["source"]
    examined = steps.examine(Project.model_validate(case["project"]))
    assert sorted(case["codes"]) == codes(examined)
    assert_holds(case.get("budget", {}), examined.budget.model_dump(mode="json"))
    for variant in case.get("checks", []):
        changed = steps.examine(Project.model_validate(case["project"] | variant["change"]))
        assert sorted(variant["codes"]) == codes(changed), variant
    for variant in case.get("settlements", []):
        report, agreement = (
            Report.model_validate(variant["report"]),
            Agreement.model_validate(variant.get("agreement", {})),
        )
        settlement = steps.assess(examined, report, agreement)
        assert_holds(variant["expect"], settlement.model_dump(mode="json"))
        assert settlement.final_grant == sum(one.final for one in settlement.partners.values())


def test_every_case_is_where_its_call_and_action_say() -> None:
    for path in FILES:
        project = read(path)["project"]
        assert path.relative_to(CASES).parts[:2] == (str(project["call"]), project["action"].split("-")[0].lower())
