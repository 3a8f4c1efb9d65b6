"""The lists of codes that files and answers use, as CSV tables with their titles."""

import csv
import io
from collections.abc import Iterable, Iterator

from ka2budget import account, registry
from ka2budget import rules as rules_module
from ka2budget.annex.categories import LABELS
from ka2budget.catalogue import catalogue, read_call_file
from ka2budget.checks import kinds as kinds_of_checks
from ka2budget.checks.partners import ROLES
from ka2budget.files import CALLS
from ka2budget.finding import Kind, Severity
from ka2budget.form import filled
from ka2budget.lifecycle import BY_THEMSELVES, EVENT_WORDS, STATE_WORDS, EventKind, State
from ka2budget.project import Category, Role
from ka2budget.report import Delivered
from ka2budget.settlement import examination, scores
from ka2budget.settlement import units as settled_units
from ka2budget.text import country_name

_WORDS: dict[type, dict[str, str]] = {
    Role: {role.value: str(words) for role, words in ROLES.items()},
    Category: {category.value: LABELS[category.value] for category in Category},
}
_DECLARING = (account, registry, rules_module, scores, settled_units, examination, filled)


def word(code: str, codes: type | None = None) -> str:
    """Return the English title of a code, of a list of codes or of none."""
    found = _WORDS.get(codes or object, {}).get(code) or code.replace("-", " ")
    return f"{found[0].upper()}{found[1:]}"


def kinds() -> tuple[Kind, ...]:
    """Return every kind of finding there is, by code."""
    others = (kind for module in _DECLARING for kind in vars(module).values())
    declared = {kind.code: kind for kind in (*others, *kinds_of_checks()) if isinstance(kind, Kind)}
    return tuple(declared[code] for code in sorted(declared))


def codelists() -> Iterator[tuple[str, str]]:
    """Yield the name of each list of codes and its CSV: one row a code, the first row names the columns."""
    yield "roles", _table("code,title", ((one.value, word(one, Role)) for one in Role))
    yield "cost-categories", _table("code,title", ((one.value, word(one, Category)) for one in Category))
    yield "delivered", _table("code,title", ((one.value, word(one)) for one in Delivered))
    yield "severities", _table("code,title", ((one.value, word(one)) for one in Severity))
    yield "states", _table("code,title", ((one.value, STATE_WORDS[one]) for one in State))
    yield (
        "event-kinds",
        _table(
            "code,title,recorded",
            ((one.value, EVENT_WORDS[one], "no" if one in BY_THEMSELVES else "yes") for one in EventKind),
        ),
    )
    yield "countries", _table("code,title", ((code, country_name(code)) for code in countries()))
    yield "actions", _table("code,title,managed_by,calls", _actions())
    yield "finding-codes", _table("code,severity,message", ((one.code, one.severity, one.template) for one in kinds()))


def countries() -> tuple[str, ...]:
    """Return every country that any call names, as ISO 3166-1 alpha-2."""
    files = (path.relative_to(CALLS).as_posix() for path in CALLS.glob("*/countries.toml"))
    return tuple(
        sorted({code for file in files for group in read_call_file(file).values() for code in group["countries"]})
    )


def _actions() -> Iterator[tuple[str, str, str, str]]:
    """Yield each code with the title of its latest call, who manages it, and its calls with blanks between."""
    for code in sorted({code for entry in catalogue() for code in entry.codes}):
        entries = sorted((entry for entry in catalogue() if code in entry.codes), key=lambda entry: entry.call)
        yield code, entries[-1].title, entries[-1].managed_by, " ".join(str(entry.call) for entry in entries)


def _table(columns: str, rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns.split(","))
    writer.writerows(rows)
    return text.getvalue()
