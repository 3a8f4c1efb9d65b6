"""The pieces that narrowed schemas are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]
GIVEN = {"not": {"type": "null"}}
NONE = {"maxItems": 0, "examples": [[]]}


def replace(fields: dict[str, Schema], name: str, by: Schema, example: object) -> None:
    """Put a narrower schema in the place of a field's, whose words stay."""
    said = {key: fields[name][key] for key in ("title", "description")}
    fields[name] = said | by | {"examples": [example]}


def add(part: Schema, *conditions: Schema) -> None:
    """Ask for more of what a schema is for; its example may not hold any more and goes."""
    part.setdefault("allOf", []).extend(conditions)
    part.pop("examples", None)


def where(fields: Mapping[str, Schema], then: Schema, *, absent: bool = False) -> Schema:
    """Return that something holds where fields are such; of fields that are ``absent`` too if that is said."""
    told: Schema = {"properties": dict(fields)}
    return {"if": told if absent else told | {"required": list(fields)}, "then": then}


def contained(one: Schema, least: int, most: int | None = None) -> Schema:
    """Return that a list has so many entries of a kind."""
    return {"contains": one, "minContains": least} | ({} if most is None else {"maxContains": most})


def given(names: Sequence[str]) -> Schema:
    """Return that a table has keys."""
    return {"required": list(names), "properties": dict.fromkeys(names, GIVEN)}
