"""The API holds to its own description: whatever schemathesis makes of it, nothing answers otherwise."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ka2budget.web import Settings, application

REFUSED_BY_RULES = [positive_data_acceptance]
"""What is right by its schema may still be refused: that an action exists, or a grant, no schema says."""

STORE = Path(mkdtemp()) / "grants.sqlite"
DESCRIBED = schemathesis.openapi.from_asgi(
    "/api/openapi.json", application(Settings(str(STORE), hosts=("testserver", "127.0.0.1", "localhost")))
)
OPERATIONS = {one.ok().label: one.ok() for one in DESCRIBED.get_all_operations()}


def test_every_command_is_there() -> None:
    assert len(OPERATIONS) == 29


WITHOUT_INPUT = {"GET /api/actions", "GET /api/schemas"}
WAYS = [
    (label, mode)
    for label in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or label not in WITHOUT_INPUT
]


@pytest.mark.parametrize(("label", "mode"), WAYS)
def test_every_answer_is_as_described(label: str, mode: GenerationMode) -> None:
    check(OPERATIONS[label], mode)


def test_an_answer_that_is_not_described_is_noticed() -> None:
    app = application(Settings(str(STORE), hosts=("testserver",)))
    app.openapi()["paths"]["/api/check"]["post"]["responses"].pop("422")
    changed = schemathesis.openapi.from_asgi("/api/openapi.json", app)["/api/check"]["POST"]
    with pytest.raises(BaseExceptionGroup) as found:
        check(changed, GenerationMode.NEGATIVE)
    assert "Undocumented status code" in str(found.value.exceptions)


def check(operation: Any, mode: GenerationMode) -> None:  # noqa: ANN401 - an operation of schemathesis
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=REFUSED_BY_RULES)

    holds()
