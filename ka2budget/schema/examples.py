"""An example for every field of a schema: that of its type, or one of its own where that would read badly."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_suffix(".toml")

_ID = "P1"


def example(model: str, field: str, shown: Mapping[str, Any], root: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any value
    """Return an example of a field of a model, whose schema is a part of the whole one."""
    own = _own()
    for table in (own["models"].get(model, {}), {} if "$ref" in shown else own["fields"]):
        if field in table:
            return table[field]
    return _made(model, field, shown, root)


@cache
def _own() -> dict[str, Any]:
    """Return the examples that are written down, by field, and by model and field."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _made(model: str, field: str, shown: Mapping[str, Any], root: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the example that a schema has, else one made of those of its parts."""
    if "examples" in shown:
        return shown["examples"][0]
    if "$ref" in shown:
        name = shown["$ref"].rpartition("/")[2]
        return _made(name, field, root["$defs"][name], root)
    if "const" in shown:
        return shown["const"]
    for choices in ("anyOf", "oneOf"):
        if choices in shown:
            return _made(model, field, shown[choices][0], root)
    return _of_type(model, field, shown, root)


def _of_type(model: str, field: str, shown: Mapping[str, Any], root: Mapping[str, Any]) -> Any:  # noqa: ANN401
    match shown["type"]:
        case "boolean":
            return True
        case "array" if "items" in shown:
            return [_made(model, field, shown["items"], root)]
        case "array":
            return [_made(model, field, one, root) for one in shown["prefixItems"]]
        case "object" if "properties" in shown:
            inside = shown["properties"]
            names = shown.get("required") or tuple(inside)[:1]
            return {name: example(model, name, inside[name], root) for name in names}
        case "object":
            return {_key(field, shown, root): _made(model, field, shown["additionalProperties"], root)}
    raise LookupError(f"{model}.{field} needs an example of its own: {shown}")


def _key(field: str, shown: Mapping[str, Any], root: Mapping[str, Any]) -> Any:  # noqa: ANN401
    names = shown.get("propertyNames", {})
    if field in _own()["keys"]:
        return _own()["keys"][field]
    if "$ref" in names or "oneOf" in names:
        return _made("", field, names, root)
    return _ID
