"""The HTTP API: the commands as resources, for other systems."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from ka2budget.web.api import catalogue, grants, projects
from ka2budget.web.api.described import MODELS
from ka2budget.web.problems import ProblemAnswer

ROUTERS = (projects.router, catalogue.router, grants.router)
"""The resources, to be served below ``/api``."""

_ABOUT = """\
Grant budgets of Erasmus+ Key Action 2. Amounts are strings with two decimals, in EUR; words are in the language of the
query's `language`, else of the project, else of Accept-Language; codes and names of fields never change with it.
A project is sent as JSON, TOML or an Excel form; what needs several files takes `multipart/form-data`, a part for each.
What goes wrong is answered as a problem (RFC 9457) that lists everything, each with its JSON pointer.
"""


def describe(app: FastAPI) -> None:
    """Let an application say what its API is (OpenAPI 3.1), bodies that are read whole included."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            said = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
            schemas = said.setdefault("components", {}).setdefault("schemas", {})
            inputs = [(model, "validation") for model in (*MODELS.values(), grants.NewEvent)]
            _, found = models_json_schema(
                [*inputs, (ProblemAnswer, "serialization")],  # type: ignore[list-item]
                ref_template="#/components/schemas/{model}",
            )
            for name, schema in found["$defs"].items():
                schemas.setdefault(name, schema)
            _forget_what_is_never_sent(said)
            app.openapi_schema = said
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _forget_what_is_never_sent(said: dict[str, Any]) -> None:
    """Remove the library's own shape of mistakes; ours are problems."""
    for name in ("HTTPValidationError", "ValidationError"):
        said["components"]["schemas"].pop(name, None)
