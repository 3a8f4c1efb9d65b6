"""How the API answers: models as JSON in the language of the request, files to keep, and what has not changed."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from ka2budget.web.api.files import JSON
from ka2budget.web.speaking import language_of

VARY = "Accept-Language, Cookie, Authorization"


def as_json(request: Request, found: Any, language: str | None = None) -> Response:  # noqa: ANN401 - any answer
    """Return models or plain values as JSON; words in the language of the request, else of the project."""
    chosen = language_of(request, language)
    context = {"language": chosen}
    if isinstance(found, BaseModel):
        content = found.model_dump_json(context=context).encode()
    elif isinstance(found, dict):
        content = json.dumps(found, ensure_ascii=False).encode()
    else:
        content = _rows(type(found[0])).dump_json(tuple(found), context=context) if found else b"[]"
    return Response(content, headers={"Content-Language": chosen, "Vary": VARY}, media_type=JSON)


_KINDS: dict[type, TypeAdapter[Any]] = {}


def _rows(kind: type) -> TypeAdapter[Any]:
    """Return how rows of a kind are written, made once."""
    if kind not in _KINDS:
        _KINDS[kind] = TypeAdapter(tuple[kind, ...])  # type: ignore[valid-type]
    return _KINDS[kind]


def as_file(content: bytes, name: str, media_type: str) -> Response:
    """Return a file to be kept under a name."""
    plain = Path(name).name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(Path(name).name)}"
    return Response(content, headers={"Content-Disposition": disposition}, media_type=media_type)


def unless_known(request: Request, answer: Response) -> Response:
    """Return an answer with its mark (ETag), or that nothing has changed where the client has it already."""
    mark = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    kept = {"ETag": mark, "Cache-Control": "no-cache", "Vary": VARY}
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if mark in asked or asked == ["*"]:
        return Response(status_code=304, headers=kept)
    answer.headers.update(kept)
    return answer
