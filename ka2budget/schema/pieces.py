"""The pieces that narrowed schemas are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]
GIVEN = {"not": {"type": "null"}}
NONE = {"maxItems": 0, "examples": [[]]}
_TYPES = {
    **dict.fromkeys(("required", "properties", "minProperties", "maxProperties"), "object"),
    **dict.fromkeys(("contains", "minItems", "maxItems"), "array"),
    **dict.fromkeys(("minimum", "exclusiveMinimum"), "number"),
}
"""What a word of a schema is about."""


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


def typed(part: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a part of a schema that names the type wherever it says something of it, as strict validators want."""
    if isinstance(part, list):
        return [typed(one) for one in part]
    if not isinstance(part, dict):
        return part
    made: Schema = {}
    for key, one in part.items():
        if key in {"properties", "$defs"}:
            made[key] = {name: typed(inner) for name, inner in one.items()}
        else:
            made[key] = one if key in {"const", "default", "enum", "examples"} else typed(one)
    kind = next((_TYPES[key] for key in part if key in _TYPES), None)
    return {"type": kind} | made if kind and "type" not in part else made
