"""What the fields of the project's models are in a form: the kind of each, whether it has to be there, its choices."""

from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from ka2budget.model import FieldType, Model

Kind = Literal[
    "id", "ids", "line", "text", "country", "heading", "choice", "flag", "count", "money", "quantity", "share", "date"
]
NUMBERS = frozenset({"count", "money", "quantity", "share"})
"""Kinds that are numbers in a cell."""
_PLAIN: dict[object, Kind] = {bool: "flag", int: "count", str: "line"}


class Field(NamedTuple):
    """One field of a model that stands in one cell."""

    name: str
    kind: Kind
    required: bool
    choices: tuple[str, ...] = ()
    """The only values it may have, where its type says so."""


@cache
def fields_of(model: type[Model]) -> dict[str, Field]:
    """Return the fields of a model that stand in one cell each, in the model's order.

    Those of a model inside it are named with a dot, such as ``assessment.score``.
    """
    found: dict[str, Field] = {}
    for name, field in model.model_fields.items():
        bare, marks = _bare(field.annotation, list(field.metadata))
        if isinstance(bare, type) and issubclass(bare, Model):
            inner = (one._replace(name=f"{name}.{one.name}") for one in fields_of(bare).values())
            found |= {one.name: one for one in inner}
        kind, choices = _kind(bare, marks)
        if kind is not None:
            found[name] = Field(name, kind, field.is_required(), choices)
    return found


@cache
def tables_of(model: type[Model]) -> dict[str, type[Model]]:
    """Return the fields of a model that are lists of other models, with those models."""
    inner = ((name, _listed(field.annotation)) for name, field in model.model_fields.items())
    return {name: kind for name, kind in inner if kind is not None}


@cache
def matrices_of(model: type[Model]) -> tuple[str, ...]:
    """Return the fields of a model that are amounts by partner."""
    return tuple(name for name, field in model.model_fields.items() if get_origin(field.annotation) is dict)


@cache
def maps_of(model: type[Model]) -> dict[str, tuple[Field, Field]]:
    """Return the numbers by key of the models inside a model, such as ``assessment.criteria``: key and number."""
    found = {}
    for name, field in model.model_fields.items():
        bare, _ = _bare(field.annotation, [])
        if isinstance(bare, type) and issubclass(bare, Model):
            for inner in matrices_of(bare):
                key, value = get_args(bare.model_fields[inner].annotation)
                found[f"{name}.{inner}"] = _entry("key", key), _entry("number", value)
    return found


def _entry(name: str, annotation: Any) -> Field:  # noqa: ANN401
    kind, choices = _kind(*_bare(annotation, []))
    return Field(name, kind or "line", required=True, choices=choices)


def _listed(annotation: Any) -> type[Model] | None:  # noqa: ANN401 - whatever a field is declared as
    if get_origin(annotation) is not tuple:
        return None
    inner = get_args(annotation)[0]
    return inner if isinstance(inner, type) and issubclass(inner, Model) else None


def _bare(annotation: Any, marks: list[Any]) -> tuple[Any, list[Any]]:  # noqa: ANN401
    """Return a type without its choices of None, and what was said about it."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            marks += more
        elif origin in {Union, UnionType}:
            (annotation,) = (one for one in get_args(annotation) if one is not NoneType)
        else:
            return annotation, marks


def _kind(kind: Any, marks: list[Any]) -> tuple[Kind | None, tuple[str, ...]]:  # noqa: ANN401
    if get_origin(kind) is tuple:
        inner, _ = _kind(*_bare(get_args(kind)[0], []))
        return ("ids" if inner == "id" else None), ()
    if not isinstance(kind, type):
        return None, ()
    if issubclass(kind, StrEnum):
        return "choice", tuple(str(one) for one in kind)
    named = next((one.name for one in marks if isinstance(one, FieldType)), None)
    return named or _PLAIN.get(kind), ()
