"""The form in which people record an event: its fields as the kind of event asks, and what was typed there."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ka2budget import document, registry
from ka2budget.errors import NotAllowed, Problem, Refusal, Several, Unreadable
from ka2budget.event import ASKED, Asked, Details, Event
from ka2budget.form.values import number
from ka2budget.grant import Grant
from ka2budget.lifecycle import EventKind
from ka2budget.registry import Draft
from ka2budget.schedule import Due
from ka2budget.store import Document, Store
from ka2budget.text import Phrase, Word, phrase

_NAME = Path("event")
"""By which mistakes in the fields of the form are told from those in a file."""

Kind = Literal["money", "date", "number", "text", "one", "parts", "shares"]


class Entry(NamedTuple):
    """One field of the form."""

    name: str
    kind: Kind
    label: Word
    hint: Word | None
    needed: bool
    choices: tuple[tuple[str, Word | Phrase | str], ...] = ()
    """What can be chosen, or what an amount can be given for, each with its name."""


_ENTRIES: dict[str, tuple[Kind, Word, Word | None]] = {
    "amount": ("money", Word("Amount in EUR"), None),
    "offset": ("money", Word("Kept back in EUR"), Word("What the agency kept back against another debt.")),
    "partner": ("one", Word("Partner"), None),
    "bank_reference": ("text", Word("Bank reference"), Word("Two equal payments differ by it.")),
    "until": ("date", Word("Reported until"), Word("Last day of the period the report is about.")),
    "used": ("money", Word("Used so far in EUR"), Word("Pre-financing used until then.")),
    "accepted": ("parts", Word("Accepted so far"), Word("Those accepted earlier stay so.")),
    "final": ("money", Word("Final grant in EUR"), Word("As decided; a report with scores is worked out by itself.")),
    "partners": ("shares", Word("Final grant of each partner"), Word("Where it was decided partner by partner.")),
    "score": ("number", Word("Points of the final report"), None),
    "due": ("date", Word("Day that the agency set"), None),
    "effect": ("date", Word("Takes effect on"), None),
    "key": ("one", Word("What is done"), None),
}  # fmt: skip


def entries(kind: EventKind, grant: Grant, dates: Iterable[Due]) -> tuple[Entry, ...]:
    """Return the fields of a kind of event of a grant; what files say is no field."""
    asked = ASKED.get(kind, Asked())
    found = []
    for name in (*asked.needed, *asked.optional):
        if name in _ENTRIES:
            field, label, hint = _ENTRIES[name]
            needed = name in _typed_alone(kind)
            found.append(Entry(name, field, label, hint, needed, _choices(name, grant, dates)))
    return tuple(found)


def wants_document(kind: EventKind) -> str:
    """Return which file is read of a kind of event: project, report, or any, which is only kept."""
    return ASKED.get(kind, Asked()).document


def wants_agreement(kind: EventKind) -> bool:
    """Return whether a kind of event can change what the agreement says."""
    return wants_document(kind) == "project"


def as_typed(event: Event) -> dict[str, str]:
    """Return what one would type for an event, so that a mistake in it can be mended; what a report said is not."""
    typed = {"happened": event.happened.isoformat(), "why": event.why or ""}
    if event.document is not None and wants_document(event.kind) == "report":
        return typed
    for name, value in event.details.model_dump(mode="json", exclude_defaults=True).items():
        if name == "accepted":
            typed |= {f"accepted.{part}": "on" for part in value}
        elif name == "partners":
            typed |= {f"partners.{key}": str(amount) for key, amount in value.items()}
        elif name in _ENTRIES:
            typed[name] = str(value)
    return typed


def draft(
    store: Store, reference: str, kind: EventKind, typed: Mapping[str, str], files: Mapping[str, Document], today: date
) -> Draft:
    """Return what a form wants to record; raise Several with everything that cannot be understood."""
    said, problems = _said(kind, typed)
    happened, corrects = _day(typed, problems, today), _corrects(typed, problems)
    if not typed.get("by", "").strip():
        problems.append(Problem("/by", phrase("is needed")))
    if problems:
        raise Unreadable(_NAME, problems)
    if parts := [name.partition(".")[2] for name in typed if name.startswith("accepted.")]:
        said["accepted"] = registry.accepted_parts(store, reference, parts, today)
    details, why = document.from_tables(said, _NAME, Details), typed.get("why", "").strip() or None
    return Draft(
        kind, happened, typed["by"].strip(), details, why,
        files.get("document"), files.get("agreement"), corrects
    )  # fmt: skip


class Wrong(NamedTuple):
    """What is wrong with a form: beside its fields, and as a whole."""

    beside: dict[str, list[Phrase | Refusal | str]]
    whole: list[Refusal]


def wrong(refusal: Refusal, reference: str, fields: Iterable[str]) -> Wrong:
    """Return a refusal as it is told on the form."""
    found, known = Wrong({}, []), {*fields, "by", "happened", "why", "corrects"}
    for one in refusal.refusals if isinstance(refusal, Several) else (refusal,):
        if isinstance(one, Unreadable) and one.file in {str(_NAME), reference}:
            rest = []
            for problem in one.problems:
                name = problem.where.strip("/").removeprefix("details/").replace("/", ".")
                if name in known or name.partition(".")[0] in known:
                    found.beside.setdefault(name, []).append(problem.message)
                else:
                    rest.append(problem)
            if rest:
                found.whole.append(Unreadable(one.file, rest))
        elif isinstance(one, NotAllowed) and one.values.get("what") in known:
            found.beside.setdefault(one.values["what"], []).append(one)
        else:
            found.whole.append(one)
    return found


def _typed_alone(kind: EventKind) -> tuple[str, ...]:
    """Return the fields that have to be typed because no file says them."""
    asked = ASKED.get(kind, Asked())
    return () if asked.document == "report" else tuple(name for name in asked.needed if name in _ENTRIES)


def _choices(name: str, grant: Grant, dates: Iterable[Due]) -> tuple[tuple[str, Word | Phrase | str], ...]:
    partners = grant.history.partners
    if name == "partner":
        return tuple((key, one.name) for key, one in partners.items() if key != grant.plan.coordinator)
    if name == "partners":
        return tuple((key, one.name) for key, one in partners.items())
    if name == "accepted":
        return tuple((key, one.title) for key, one in grant.plan.parts.items())
    if name == "key":
        return tuple((one.key, one.what) for one in dates if one.done is None)
    return ()


def _said(kind: EventKind, typed: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    asked = ASKED.get(kind, Asked())
    said: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in (*asked.needed, *asked.optional):
        if name not in _ENTRIES or name == "accepted":
            continue
        field = _ENTRIES[name][0]
        if field == "shares":
            amounts = {
                key.partition(".")[2]: text for key, text in typed.items() if key.startswith(f"{name}.") and text
            }
            if amounts:
                said[name] = {key: _money(f"{name}/{key}", text, problems) for key, text in amounts.items()}
        elif text := typed.get(name, "").strip():
            said[name] = _value(name, field, text, problems)
        elif name in _typed_alone(kind):
            problems.append(Problem(f"/{name}", phrase("is needed")))
    return said, problems


def _value(name: str, field: Kind, text: str, problems: list[Problem]) -> str | int:
    if field == "money":
        return _money(name, text, problems)
    return int(text) if field == "number" and text.isdecimal() and len(text) < 10 else text  # noqa: PLR2004


def _money(name: str, text: str, problems: list[Problem]) -> str:
    """Return an amount as the model takes it, in whatever way it was typed."""
    try:
        return f"{number(text):f}"
    except ValueError as error:
        problems.append(Problem(f"/{name}", error.args[0]))
        return text


def _day(typed: Mapping[str, str], problems: list[Problem], today: date) -> date:
    text = typed.get("happened", "").strip()
    try:
        return date.fromisoformat(text) if text else today
    except ValueError:
        problems.append(Problem("/happened", phrase("{text} is not a date such as 2026-09-01", text=text[:30])))
        return today


def _corrects(typed: Mapping[str, str], problems: list[Problem]) -> int | None:
    text = typed.get("corrects", "").strip()
    if text and not (text.isdecimal() and len(text) < 10):  # noqa: PLR2004
        problems.append(Problem("/corrects", phrase("{text} is not a number", text=text[:30])))
        return None
    return int(text) if text else None
