"""What people type on the pages, kept as text by the keys of a project file; forms name each by its JSON pointer."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from ka2budget.form.fields import NUMBERS, Field, fields_of, matrices_of, tables_of
from ka2budget.form.shape import declared
from ka2budget.model import ID_PATTERN, Model
from ka2budget.project import Project, Role
from ka2budget.text import decimal_point

Texts = dict[str, Any]
"""A project as typed: text in every field, lists of the same, and amounts by partner."""

_GIVEN = frozenset({"action", "call"})
_GROUP = 3


def typed(project: Project, language: str) -> Texts:
    """Return a project as one would type it in a language: numbers without thousands, with its decimal sign."""
    return _typed(project, decimal_point(language))


def _typed(model: Model, point: str) -> Texts:
    found: Texts = {}
    kind = declared(type(model))
    for name, field in fields_of(kind).items():
        text = _text(getattr(model, name), field, point)
        if text:
            found[name] = text
    for name in matrices_of(kind):
        amounts = {key: _digits(amount, point) for key, amount in getattr(model, name).items()}
        if amounts:
            found[name] = amounts
    for name in tables_of(kind):
        rows = [_typed(one, point) for one in getattr(model, name)]
        if rows:
            found[name] = rows
    return found


def _text(value: Any, field: Field, point: str) -> str:  # noqa: ANN401 - values of any field
    if value is None or value is False:
        return ""
    if field.kind == "flag":
        return "yes"
    if field.kind == "ids":
        return ", ".join(value)
    return _digits(Decimal(value), point) if field.kind in NUMBERS else str(value)


def _digits(number: Decimal, point: str) -> str:
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    whole, _, decimals = text.partition(".")
    # Three decimals could be read as thousands.
    return f"{whole}{point}{decimals.ljust(2, '0') + ('0' if len(decimals) == _GROUP else '')}" if decimals else whole


def put(texts: Texts, pointer: str, text: str) -> None:
    """Write what was typed to a place; an unknown one, or one in a row that is not there, is left alone."""
    *way, last = pointer.split("/")[1:] or [""]
    node, model = _row(texts, way[: len(way) - len(way) % 2])
    if node is None or model is None:
        return
    if len(way) % 2:
        if way[-1] not in matrices_of(model) or re.fullmatch(ID_PATTERN, last) is None:
            return
        amounts = dict(node.get(way[-1], {}))
        _set(amounts, last, text)
        node.update({way[-1]: amounts}) if amounts else node.pop(way[-1], None)
    elif last in fields_of(model) and not (model is Project and last in _GIVEN):
        _set(node, last, text)


def _set(node: Texts, name: str, text: str) -> None:
    plain = text.replace("\r\n", "\n").strip()
    node.update({name: plain}) if plain else node.pop(name, None)


def _row(texts: Texts, way: list[str]) -> tuple[Texts | None, type[Model] | None]:
    """Return the row at a way of names and numbers, and its model."""
    node: Texts = texts
    model: type[Model] = Project
    for name, place in zip(way[::2], way[1::2], strict=True):
        inner, rows = tables_of(model).get(name), node.get(name, [])
        if inner is None or not place.isdecimal() or int(place) >= len(rows):
            return None, None
        node, model = rows[int(place)], inner
    return node, model


def with_entries(texts: Texts, entries: Mapping[str, str]) -> Texts:
    """Return what was typed with a form's entries, by pointer, written over it."""
    found = deepcopy(texts)
    for pointer, text in entries.items():
        if pointer.startswith("/"):
            put(found, pointer, text)
    return found


def with_row(texts: Texts, pointer: str) -> Texts:
    """Return what was typed with one more row in the list at a pointer; as it is where there is no such list."""
    found = deepcopy(texts)
    *way, name = pointer.split("/")[1:] or [""]
    node, model = _row(found, way) if len(way) % 2 == 0 else (None, None)
    inner = tables_of(model).get(name) if model is not None else None
    if node is None or inner is None:
        return texts
    rows = node.setdefault(name, [])
    rows.append(_new_row(name, rows, found) if "id" in inner.model_fields else {})
    return found


def _new_row(name: str, rows: list[Texts], texts: Texts) -> Texts:
    letters = {"partners": "P", "work_packages": "WP", "activities": "A"}.get(name, name[0].upper())
    taken = {row.get("id") for row in rows}
    number = next(
        count for count in range(len(rows) + 1, len(rows) + len(taken) + 2) if f"{letters}{count}" not in taken
    )
    row = {"id": f"{letters}{number}"}
    partners = texts.get("partners", [])
    if name == "partners":
        row["role"] = Role.PARTNER.value
    elif partners and "id" in partners[0]:
        row["lead"] = partners[0]["id"]
    return row


def without_row(texts: Texts, pointer: str) -> Texts:
    """Return what was typed without the row at a pointer; a partner's shares go with it."""
    found = deepcopy(texts)
    *way, name, place = pointer.split("/")[1:] if pointer.count("/") > 1 else ["", ""]
    node, _ = _row(found, way) if len(way) % 2 == 0 else (None, None)
    rows = node.get(name) if node is not None else None
    if not isinstance(rows, list) or not place.isdecimal() or int(place) >= len(rows):
        return texts
    gone = rows.pop(int(place))
    if name == "partners" and not way and gone.get("id") not in {row.get("id") for row in rows}:
        _forget(found, gone.get("id"))
    return found


def _forget(node: Any, partner: str) -> None:  # noqa: ANN401 - texts, or what is in them
    if isinstance(node, list):
        for one in node:
            _forget(one, partner)
    elif isinstance(node, dict):
        node.get("shares", {}).pop(partner, None)
        if node.get("lead") == partner:
            del node["lead"]
        _forget(list(node.values()), partner)


def differences(mine: Texts, theirs: Texts) -> dict[str, tuple[str, str]]:
    """Return where two versions of what was typed differ, by pointer: mine and theirs, empty where there is none."""
    one, other = dict(_leaves(mine, "")), dict(_leaves(theirs, ""))
    both = dict.fromkeys([*one, *other])
    return {key: (one.get(key, ""), other.get(key, "")) for key in both if one.get(key) != other.get(key)}


def _leaves(node: Any, where: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - texts, or what is in them
    if isinstance(node, str):
        yield where, node
        return
    for name, inner in node.items() if isinstance(node, dict) else enumerate(node):
        yield from _leaves(inner, f"{where}/{name}")
