"""The published JSON Schemas, made from the models: what we read, and what we answer. Draft 2020-12."""

import ast
import inspect
import itertools
import json
import textwrap
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from ka2budget import document
from ka2budget import model as types_of_fields
from ka2budget.agreement import Agreement
from ka2budget.annex.layout import Layout
from ka2budget.budget import Budget
from ka2budget.finding import Finding
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.report import Report
from ka2budget.rules import RulesFile
from ka2budget.schema.codelists import word
from ka2budget.schema.examples import example
from ka2budget.settlement.result import Settlement

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = 1
"""Raised where a schema changes so that what was right before is so no longer."""
Schema = dict[str, Any]
_TITLES = {"id": "ID", "oid": "OID", "pic": "PIC", "distance_km": "Distance in km", "from_km": "From km", "of": "Of"}


class Published(NamedTuple):
    """One schema: what it describes, and whether it is what we read or what we answer."""

    content: Any
    mode: Literal["validation", "serialization"]


PUBLISHED = {
    "project": Published(Project, "validation"),
    "report": Published(Report, "validation"),
    "agreement": Published(Agreement, "validation"),
    "rules": Published(RulesFile, "validation"),
    "layout": Published(Layout, "validation"),
    "budget": Published(Budget, "serialization"),
    "settlement": Published(Settlement, "serialization"),
    "findings": Published(tuple[Finding, ...], "serialization"),
}
"""The schemas by name."""


class _Maker(GenerateJsonSchema):
    """Makes the schema of an answer say which keys are always there: all that are not left out where empty."""

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ANN401, FBT001 - as the library calls it
        if self.mode == "serialization" and field["type"] == "model-field":
            return not field.get("serialization_exclude_if")
        return super().field_is_required(field, total)

    def tagged_union_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ANN401
        """Leave out what belongs to OpenAPI and strict validators refuse; each choice has its kind as a constant."""
        made = super().tagged_union_schema(schema)
        made.pop("discriminator", None)
        return made


def identifier(name: str) -> str:
    """Return the ``$id`` of a schema: a name that stays, and nothing that could be fetched."""
    return f"urn:ka2budget:schema:{name}:{VERSION}"


def schema(name: str) -> Schema:
    """Return the schema of a name, with title, description and example for every field."""
    content, mode = PUBLISHED[name]
    body = TypeAdapter(content).json_schema(mode=mode, schema_generator=_Maker)
    title = body.setdefault("title", name.capitalize())
    models = dict(_models(content))
    for defined, table in body.get("$defs", {}).items():
        _name_choices(table, models.get(defined))
    _name_choices({key: one for key, one in body.items() if key != "$defs"}, None)
    types = dict(_types(mode))
    tables: dict[str, Schema] = {**body.pop("$defs", {}), title: body}
    made: dict[str, Schema] = {one: _cleaned(table, types) for one, table in tables.items()}
    for one, table in made.items():
        texts = dict(descriptions(models[one])) if one in models else {}
        for field, shown in tables[one].get("properties", {}).items():
            said = {"title": _TITLES.get(field, field.replace("_", " ").capitalize())}
            said |= {"description": texts[field]} if field in texts else {}
            said |= {"examples": [example(one, field, shown, body | {"$defs": tables})]}
            whole_field = table["properties"][field] | said
            table["properties"][field] = {key: whole_field[key] for key in sorted(whole_field, key=_reading_order)}
        if mode == "serialization" and table.get("additionalProperties") is False:
            del table["additionalProperties"]  # an answer may say more in a later version
    whole = made.pop(title)
    made |= {one: kind for one, kind in types.items() if f'"#/$defs/{one}"' in json.dumps([whole, made])}
    head = {"$schema": DIALECT, "$id": identifier(name), "title": title, "description": "What the checks found."}
    return head | whole | ({"$defs": dict(sorted(made.items()))} if made else {})


def _reading_order(key: str) -> int:
    return {"title": 0, "description": 1, "default": 3, "examples": 4}.get(key, 2)


def descriptions(model: type) -> Iterator[tuple[str, str]]:
    """Yield field and description of a model, as the docstrings in the source give them."""
    if not issubclass(model, Model):
        return
    for base in reversed(model.__mro__[: model.__mro__.index(Model)]):
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        for field, text in itertools.pairwise(body.body if isinstance(body, ast.ClassDef) else ()):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    yield name, inspect.cleandoc(words)


def _models(content: Any) -> Iterator[tuple[str, type]]:  # noqa: ANN401 - a model, or a type made of models
    """Yield the models and lists of codes that a type is made of, by name."""
    waiting, seen = document.types_in(content), set[type]()
    while waiting:
        kind = waiting.pop()
        if kind in seen or not issubclass(kind, (BaseModel, Enum)):
            continue
        seen.add(kind)
        yield kind.__name__, kind
        if issubclass(kind, BaseModel):
            for field in kind.model_fields.values():
                waiting += document.types_in(field.annotation)


def _name_choices(found: Any, codes: type | None) -> None:  # noqa: ANN401 - any part of a schema
    """Give each choice of a list of codes its title, and say of keys what they have to be."""
    if isinstance(found, list):
        for one in found:
            _name_choices(one, None)
    elif isinstance(found, dict):
        if isinstance(found.get("enum"), list):
            found["oneOf"] = [{"const": code, "title": word(code, codes)} for code in found.pop("enum")]
        if len(found.get("patternProperties", {})) == 1:
            [(pattern, value)] = found.pop("patternProperties").items()
            found |= {"propertyNames": {"pattern": pattern}, "additionalProperties": value}
        for one in found.values():
            _name_choices(one, None)


def _types(mode: Literal["validation", "serialization"]) -> Iterator[tuple[str, Schema]]:
    """Yield the types of fields that the models share, by name, with their schemas."""
    for assigned, text in itertools.pairwise(ast.parse(inspect.getsource(types_of_fields)).body):
        match assigned, text:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(words))):
                found = TypeAdapter(getattr(types_of_fields, name)).json_schema(mode=mode)
                if "examples" in found:
                    yield name.lower(), {"title": name, "description": words} | found


def _cleaned(found: Any, types: Mapping[str, Schema], *, names: bool = False) -> Any:  # noqa: ANN401
    """Return a part of a schema that refers to the types, and whose examples do not stand inside fields.

    Where it holds ``names``, its keys are those of somebody's fields, not of the language of schemas.
    """
    if isinstance(found, list):
        return [_cleaned(one, types) for one in found]
    if not isinstance(found, dict):
        return found
    if names:
        return {name: _cleaned(one, types) for name, one in found.items()}
    said = {key: one for key, one in found.items() if key in {"title", "description", "default"}}
    for name, kind in types.items():
        if all(found.get(key) == one for key, one in kind.items() if key not in {"title", "description", "examples"}):
            return {"$ref": f"#/$defs/{name}"} | said
    return {
        key: one if key in {"default", "const"} else _cleaned(one, types, names=key == "properties")
        for key, one in found.items()
        if key != "examples"
    }
