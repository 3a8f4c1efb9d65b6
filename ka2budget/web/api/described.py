"""What OpenAPI says of bodies that are read whole: files of several kinds, and multipart bodies with one part each."""

from typing import Any

from pydantic import BaseModel

from ka2budget.agreement import Agreement
from ka2budget.project import Project
from ka2budget.report import Report
from ka2budget.web.api.files import JSON, MULTIPART, TOML, XLSX
from ka2budget.web.problems import MEDIA_TYPE, ProblemAnswer

MODELS: dict[str, type[BaseModel]] = {"project": Project, "report": Report, "agreement": Agreement}
"""What is read, by the name of its part."""


def body(*names: str, needed: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the request body of an operation: its first part alone as the body, or all as multipart."""
    needed = needed or names[:1]
    parts = {name: {"type": "string", "contentMediaType": "application/octet-stream"} for name in names}
    whole = {"type": "object", "properties": parts, "required": list(needed), "additionalProperties": False}
    content: dict[str, Any] = {MULTIPART: {"schema": whole}}
    if names[0] == "event":
        content |= {JSON: {"schema": {"$ref": "#/components/schemas/NewEvent"}}}
    elif needed == names[:1]:
        single = {"$ref": f"#/components/schemas/{MODELS[names[0]].__name__}"}
        content = {
            JSON: {"schema": single},
            TOML: {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        } | content
    return {"requestBody": {"required": True, "content": content}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problem answers of an operation: those that every one may have, and its own."""
    schema = {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}
    return {
        status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({400, 401, 403, 408, 413, 415, 421, 422, 503, *statuses})
    }


def file_answer(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Return the answer of an operation that gives a file."""
    return {
        200: {"description": "The file", "content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}
    }
