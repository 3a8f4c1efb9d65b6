"""Finds what changed between two schemas so that what was right before is so no longer; run it at a release.

What we read may only grow: files that were valid have to stay valid. Of what we answer whoever reads it has to find
what was there, in values that were foreseen; there may be more keys. Run as a script it keeps the schemas as released,
unless something breaks.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ka2budget.schema.making import PUBLISHED, VERSION, schema

RELEASED = Path(__file__).parents[1] / "schemas/released"
Schema = dict[str, Any]
UNDER = ("properties", "propertyNames", "additionalProperties", "items", "prefixItems", "anyOf", "oneOf")
_LEAST = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_MOST = {"maximum", "exclusiveMaximum", "maxLength", "maxItems"}
KNOWN = frozenset(
    {
        *UNDER, *_LEAST, *_MOST, "$schema", "$id", "$defs", "$ref", "title", "description", "examples", "default",
        "type", "const", "required", "pattern", "format", "not", "readOnly",
    }
)  # fmt: skip
"""The words of the schemas that are compared, or of which it is known that they do not matter."""


class Break(NamedTuple):
    """One breaking change."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where or '/'}: {self.what}; this needs a new version of the schema"


def released(name: str) -> Path:
    """Return the file of a schema as it was released last in this version."""
    return RELEASED / f"{name}.{VERSION}.json"


def breaks(before: Schema, after: Schema, *, answer: bool) -> list[Break]:
    """Return every change that breaks what we read or, for an ``answer``, what others read of us."""
    return list(_Comparison(before, after, answer=answer).breaks())


class _Comparison:
    """Compares what one schema allows with what another does; each pair of definitions once."""

    def __init__(self, before: Schema, after: Schema, *, answer: bool) -> None:
        self.answer = answer
        # An answer that may be new has to be one that was foreseen: there the new schema is held against the old one.
        self.narrow, self.wide = (before, after) if not answer else (after, before)
        self.seen: set[tuple[str, str]] = set()

    def breaks(self) -> Iterator[Break]:
        """Yield what the wider schema no longer allows."""
        return self._within(self.narrow, self.wide, "")

    def _within(self, narrow: Any, wide: Any, where: str) -> Iterator[Break]:  # noqa: ANN401
        """Yield why something that one schema allows is refused by another."""
        if isinstance(narrow, dict) and isinstance(wide, dict) and "$ref" in narrow and "$ref" in wide:
            if (narrow["$ref"], wide["$ref"]) in self.seen:
                return
            self.seen.add((narrow["$ref"], wide["$ref"]))
        one, other = _resolved(narrow, self.narrow), _resolved(wide, self.wide)
        choices, wider = list(_choices(one, self.narrow)), list(_choices(other, self.wide))
        if len(choices) > 1 or len(wider) > 1:
            yield from self._choices(choices, wider, where)
            return
        yield from self._types(one, other, where)
        yield from self._limits(one, other, where)
        yield from self._keys(one, other, where)
        yield from self._fields(one, other, where)
        yield from self._free_keys(one, other, where)
        yield from self._lists(one, other, where)

    def _choices(self, narrow: list[Schema], wide: list[Schema], where: str) -> Iterator[Break]:
        for one in narrow:
            found = [self._why(one, other, where) for other in wide]
            if all(found):
                yield found[0][0] if len(wide) == 1 else Break(where, self._gone(f"the choice {self._shown(one)}"))

    def _why(self, narrow: Schema, wide: Schema, where: str) -> list[Break]:
        """Return why one choice is not within another, without remembering the way there."""
        seen = set(self.seen)
        found = list(self._within(narrow, wide, where))
        if found:
            self.seen = seen
        return found

    def _shown(self, part: Schema) -> str:
        resolved = _resolved(part, self.narrow)
        if "const" in resolved:
            return repr(resolved["const"])
        return str(resolved.get("title") or resolved.get("type") or resolved)

    def _gone(self, what: str) -> str:
        return f"{what} is new in an answer" if self.answer else f"{what} is no longer allowed"

    def _types(self, one: Schema, other: Schema, where: str) -> Iterator[Break]:
        if "const" in one or "const" in other:
            if "const" not in other:
                if "const" in one and other.get("type") and not _is_of(one["const"], other["type"]):
                    yield Break(where, self._gone(repr(one["const"])))
            elif one.get("const", _NOTHING) != other["const"]:
                yield Break(
                    where, self._gone(f"anything but {other['const']!r}" if "const" not in one else repr(one["const"]))
                )
            return
        kinds, allowed = (_types(part) for part in (one, other))
        if allowed is not None and (kinds is None or not kinds <= _with_integers(allowed)):
            extra = "any value" if kinds is None else " or ".join(sorted(kinds - _with_integers(allowed)))
            yield Break(where, self._gone(f"the type {extra}" if kinds else extra))

    def _limits(self, one: Schema, other: Schema, where: str) -> Iterator[Break]:
        if "const" in one:
            return
        for word in sorted(_LEAST | _MOST):
            limit, had = other.get(word), one.get(word)
            if limit is None:
                continue
            if had is None or (had < limit if word in _LEAST else had > limit):
                beyond = "no limit" if had is None else str(had)
                yield Break(where, self._gone(f"{word} {beyond}, where {limit} is the limit,"))
        for word in ("pattern", "format"):
            if word in other and one.get(word) != other[word]:
                yield Break(where, self._gone(f"what is not of the {word} {other[word]!r}"))
        if "not" in other and one.get("not") != other["not"]:
            yield Break(where, self._gone(f"what is of {other['not']}"))

    def _keys(self, one: Schema, other: Schema, where: str) -> Iterator[Break]:
        """Yield keys that have to be there, and those that readers of the old answers know and no longer find."""
        for name in sorted(set(other.get("required", ())) - set(one.get("required", ()))):
            what = f"the key {name!r} may now be missing" if self.answer else f"the key {name!r} is now required"
            yield Break(where, what)
        if self.answer:
            for name in sorted(set(other.get("properties", {})) - set(one.get("properties", {}))):
                yield Break(where, f"the key {name!r} is gone from an answer")

    def _fields(self, one: Schema, other: Schema, where: str) -> Iterator[Break]:
        known, rest = other.get("properties", {}), other.get("additionalProperties", True)
        for name, inner in one.get("properties", {}).items():
            if name in known or isinstance(rest, dict):
                yield from self._within(inner, known.get(name, rest), f"{where}/{name}")
            elif rest is False:
                yield Break(where, self._gone(f"the key {name!r}"))

    def _free_keys(self, one: Schema, other: Schema, where: str) -> Iterator[Break]:
        """Compare tables with keys of any name: the keys, and what stands under them."""
        for word in ("propertyNames", "additionalProperties"):
            if not isinstance(other.get(word), dict) or "properties" in one:
                continue
            if word in one:
                yield from self._within(one[word], other[word], f"{where}/*")
            elif one.get("type") == "object":
                yield Break(where, self._gone("a key of any name" if word == "propertyNames" else "any value of a key"))

    def _lists(self, one: Schema, other: Schema, where: str) -> Iterator[Break]:
        if isinstance(other.get("items"), dict) and one.get("type") == "array":
            if "items" in one:
                yield from self._within(one["items"], other["items"], f"{where}/0")
            elif "prefixItems" not in one:
                yield Break(where, self._gone("an entry of any kind"))
        for number, wide in enumerate(other.get("prefixItems", ())):
            if number < len(one.get("prefixItems", ())):
                yield from self._within(one["prefixItems"][number], wide, f"{where}/{number}")
            elif one.get("type") == "array":
                yield from self._within(one.get("items", {}), wide, f"{where}/{number}")


_NOTHING = object()
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "null": (type(None),),
    "array": (list,), "object": (dict,),
}  # fmt: skip


def _resolved(part: Any, root: Schema) -> Schema:  # noqa: ANN401 - a schema may be true or false
    """Return a schema with what it refers to."""
    if not isinstance(part, dict):
        return {}
    if "$ref" not in part:
        return part
    target = _resolved(root["$defs"][part["$ref"].rpartition("/")[2]], root)
    return {**target, **{key: one for key, one in part.items() if key != "$ref"}}


def _choices(part: Schema, root: Schema) -> Iterator[Schema]:
    """Yield the choices a schema is made of, those within choices too; itself where it has none."""
    resolved = _resolved(part, root)
    inside = [*resolved.get("anyOf", ()), *resolved.get("oneOf", ())]
    if not inside:
        yield part
    for one in inside:
        yield from _choices(one, root)


def _types(part: Schema) -> set[str] | None:
    kind = part.get("type")
    return None if kind is None else {kind} if isinstance(kind, str) else set(kind)


def _with_integers(kinds: set[str]) -> set[str]:
    return kinds | {"integer"} if "number" in kinds else kinds


def _is_of(value: object, kind: str | list[str]) -> bool:
    kinds = [kind] if isinstance(kind, str) else kind
    return any(isinstance(value, _PYTHON[one]) for one in kinds)


def main() -> None:
    """Keep every schema as it is now; end with what breaks, if anything does."""
    broken: list[str] = []
    for name, (_, mode) in PUBLISHED.items():
        path, made = released(name), schema(name)
        if path.exists():
            before = json.loads(path.read_text(encoding="utf-8"))
            broken += [f"{name}: {one}" for one in breaks(before, made, answer=mode == "serialization")]
        if not broken:
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit("\n".join(broken) or 0)


if __name__ == "__main__":
    main()
