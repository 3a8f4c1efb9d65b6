"""Which actions there are in which calls, and the reading of their rules: package data, cached and never written."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Any

from ka2budget.errors import NoGrant, NoSuchAction, NoSuchCall
from ka2budget.files import CALLS
from ka2budget.model import Count
from ka2budget.rules import Document, GrantKind, Practice, Rules, Sourced, cite
from ka2budget.text import Sentence, message

MANAGERS = {"na": message("National Agency"), "eacea": "EACEA"}
"""Who manages an action, as people read it."""
FORMS = {
    "menu-lump-sum": message("lump sum from a menu"),
    "fixed-lump-sum": message("fixed lump sum"),
    "lump-sum-by-type": message("lump sum by type"),
    "detailed-budget": message("lump sum from a detailed budget"),
    "share-of-cost": message("shares of real costs"),
    **dict.fromkeys(("per-month", "per-day", "student-months"), message("unit contributions")),
}
"""The forms of a grant, as people read them."""


class Platform(Sourced):
    """Something of Key Action 2 that gives no grants."""

    title: str
    codes: tuple[str, ...]
    first: Count
    """First year it was part of the programme."""
    last: Count
    run_by: Sentence
    where: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue: a file of rules and what a reader of the list wants to know of it."""

    call: int
    action: str
    file: str
    title: str
    managed_by: str
    grant: str
    codes: tuple[str, ...]
    confirmed: int
    in_doubt: int
    unknown: int
    """Figures that were found in no document."""


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return all rows of the catalogue, made from the call files, by action and call."""
    rows = json.loads((CALLS / "index.json").read_text(encoding="utf-8"))
    return tuple(Entry(**{**row, "codes": tuple(row["codes"])}) for row in rows)


@cache
def platforms() -> tuple[Platform, ...]:
    """Return what Key Action 2 has beside grants, by title."""
    return tuple(Platform.model_validate(table) for table in read_call_file("platforms.toml").values())


def matching(code: str) -> tuple[tuple[Entry, ...], tuple[Platform, ...]]:
    """Return the rows of an action, or of all whose codes begin with it, such as KA220; raise NoSuchAction."""
    entries = tuple(one for one in catalogue() if any(is_asked_for(name, code) for name in one.codes))
    others = tuple(one for one in platforms() if any(is_asked_for(name, code) for name in one.codes))
    if not entries and not others:
        calls_of(code)  # raises NoSuchAction with codes like it
    return entries, others


def is_asked_for(name: str, code: str | None) -> bool:
    """Return whether a code is the one asked for, or begins with it."""
    return code is None or name == code or name.startswith(f"{code}-")


def read_call_file(file: str) -> dict[str, Any]:
    """Return the tables of one TOML file below ``calls/``, its numbers as Decimal."""
    return tomllib.loads((CALLS / file).read_text(encoding="utf-8"), parse_float=Decimal)


@cache
def rules_for(action: str, call: int) -> Rules:
    """Return the rules of an action's code in a call year.

    EACEA's topic ids are understood with their year too. Raises NoSuchAction or NoSuchCall.
    """
    code = code_of(action, call)
    entries = _entries(code, action)
    entry = next((entry for entry in entries if entry.call == call), None)
    if entry is None:
        raise NoSuchCall(code, call, sorted({entry.call for entry in entries}))
    return Rules.model_validate(
        {
            **read_call_file(entry.file),
            "file": entry.file,
            "documents": read_call_file(f"{call}/sources.toml"),
            "country_groups": read_call_file(f"{call}/countries.toml"),
        }
    )


@cache
def practice_of(kind: GrantKind) -> tuple[Practice, Callable[[str], str]]:
    """Return what grant agreements of a kind are known to say, and how a source of it is cited."""
    tables = read_call_file("agreements.toml")
    documents = {name: Document.model_validate(table) for name, table in tables["documents"].items()}
    return Practice.model_validate(tables[kind.value]), partial(cite, documents=documents)


def code_of(action: str, call: int) -> str:
    """Return the code of an action without the year of the call, which EACEA's topic ids carry."""
    return re.sub(rf"-{call}(?=-|$)", "", action)


def calls_of(action: str) -> tuple[int, ...]:
    """Return the calls of an action's code, earliest first; raise NoSuchAction where there is none."""
    entries = _entries(re.sub(r"-20[0-9]{2}(?=-|$)", "", action), action)
    return tuple(sorted(entry.call for entry in entries))


def _entries(code: str, asked: str) -> list[Entry]:
    entries = [entry for entry in catalogue() if code in entry.codes]
    if not entries:
        for platform in platforms():
            if code.upper() in platform.codes:
                raise NoGrant(platform.title, platform.run_by, platform.where)
        import difflib  # noqa: PLC0415 - only where a code was mistyped

        known = sorted({known for entry in catalogue() for known in entry.codes})
        raise NoSuchAction(
            asked,
            [one for one in known if one.startswith(code.upper())]
            or difflib.get_close_matches(code.upper(), known, 5, 0.6),
        )
    return entries


def runs(years: Iterable[int]) -> str:
    """Return years as runs, such as ``2023, 2025-2026``."""
    ordered = sorted(years)
    starts = [year for year in ordered if year - 1 not in ordered]
    ends = [year for year in ordered if year + 1 not in ordered]
    runs = zip(starts, ends, strict=True)
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def figures(table: Any, *, in_doubt: bool = False) -> Iterator[tuple[bool, Any]]:  # noqa: ANN401
    """Yield each figure of a call file's tables, and whether it is in doubt."""
    if isinstance(table, dict):
        doubtful = in_doubt or "doubt" in table
        for name, value in table.items():
            if name not in {"call", "read_on", "round"}:
                yield from figures(value, in_doubt=doubtful)
    elif isinstance(table, list):
        for value in table:
            yield from figures(value, in_doubt=in_doubt)
    elif isinstance(table, (int, Decimal, date)) and not isinstance(table, bool):
        yield in_doubt, table
