"""JSON Schemas and codelists for foreign systems: made from the models and the rules, so that they never differ."""

import json

from ka2budget.catalogue import calls_of
from ka2budget.errors import NotAllowed
from ka2budget.files import SCHEMAS, named
from ka2budget.text import message


def published(name: str, action: str | None = None, call: int | None = None) -> str:
    """Return the text of a schema, that of a project narrowed to an action and call, the latest where none is named.

    Raises NoSuchName, NoSuchAction, NoSuchCall, or NotAllowed where another schema should be narrowed.
    """
    if action is None and call is None:
        return named(SCHEMAS, name, ".schema.json", message("schema")).read_text(encoding="utf-8")
    if name != "project" or action is None:
        raise NotAllowed("--action and --call narrow the schema of a project: ka2budget schema project --action CODE")
    from ka2budget.schema.narrow import narrowed  # noqa: PLC0415 - it needs all the rules

    return json.dumps(narrowed(action, call or calls_of(action)[-1]), indent=2, ensure_ascii=False) + "\n"
