"""The files that are made from the code and the data, and committed; run it to write them anew."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from diagram import PASSING, diagram, leading

from ka2budget.catalogue import figures, read_call_file
from ka2budget.event import ASKED, Asked
from ka2budget.files import CALLS
from ka2budget.lifecycle import (
    BY_THEMSELVES,
    EVENT_WORDS,
    RECORDED,
    STATE_WORDS,
    TRANSITIONS,
    EventKind,
    State,
)
from ka2budget.rules import GrantKind, RulesFile
from ka2budget.schema.caught import caught
from ka2budget.schema.codelists import codelists, kinds
from ka2budget.schema.making import PUBLISHED, schema

ROOT = Path(__file__).parents[1]
SEEN_BY = {"always": "the schema", "partly": "the schema in part", "never": "the checks alone"}
NOT_RULES = {"sources", "countries"}


def rule_files() -> Iterator[str]:
    """Yield the names of the rule files below calls/."""
    for path in sorted(CALLS.glob("*/*.toml")):
        if path.stem not in NOT_RULES:
            yield path.relative_to(CALLS).as_posix()


def index() -> str:
    rows = []
    for file in rule_files():
        tables = read_call_file(file)
        rules = RulesFile.model_validate(tables)
        doubtful = [in_doubt for in_doubt, _ in figures(tables)]
        rows.append(
            {
                "call": rules.call,
                "action": rules.action,
                "file": file,
                "title": rules.title,
                "managed_by": rules.managed_by,
                "grant": next(iter(rules.headings.values())).price.formula,
                "codes": rules.codes,
                "confirmed": doubtful.count(False),
                "in_doubt": doubtful.count(True),
                "unknown": unknown(tables),
            }
        )
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in sorted(rows, key=_by_action)) + "\n]\n"


def unknown(table: object) -> int:
    """Return how many figures of a call file's tables were found in no document."""
    if isinstance(table, dict):
        return len(table.get("unknown", {})) + sum(unknown(inner) for name, inner in table.items() if name != "unknown")
    return sum(unknown(inner) for inner in table) if isinstance(table, list) else 0


def _by_action(row: dict[str, object]) -> tuple[str, str]:
    return str(row["action"]), str(row["call"])


def as_json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def findings() -> str:
    lines = [
        "# Finding codes",
        "",
        "Made from the checks by `make generate`. A code stays stable; what stands in braces differs each time.",
        "",
        "The third column says who sees such a mistake: the schema of an action and call, which",
        "`ka2budget schema project --action KA220-VET --call 2026` prints, always or in some cases; or the checks",
        "alone, since no schema can say it: sums, shares, caps, dates that depend on others, and what is no error.",
        "",
        "| code | severity | seen by | message |",
        "|---|---|---|---|",
    ]
    for kind in kinds():
        message = kind.template.replace("|", "\\|")
        lines.append(f"| `{kind.code}` | {kind.severity} | {SEEN_BY[caught(kind.code)]} | {message} |")
    return "\n".join(lines) + "\n"


def coverage() -> str:
    lines = [
        "# Coverage of the catalogue",
        "",
        "Made from the call files by `make generate`: figures an official document confirms, figures in doubt, and",
        "figures that were found in no document.",
        "",
        "| action | title | call | confirmed | in doubt | not known |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['action']} | {row['title']} | {row['call']} | {row['confirmed']} | {row['in_doubt']} "
        f"| {row['unknown']} |"
        for row in json.loads(index())
    ]
    return "\n".join(lines) + "\n"


KINDS = {
    GrantKind.SMALL_SCALE: "Small-scale Partnerships",
    GrantKind.COOPERATION: "Cooperation Partnerships",
    GrantKind.UNIT_CONTRIBUTIONS: "Grants of 2014 to 2020, and Cooperation Partnerships of 2021",
    GrantKind.EACEA: "Lump sums of the agency in Brussels (EACEA)",
}


LIFE = """\
# The life of a grant

Made from the table in `ka2budget/lifecycle.py` by `make generate`.

A grant is where its history has led it. Nothing is kept but events: what happened, on which day, and what was said with
it. They are taken in one after the other, by day; each leads from one state to the next or leaves it as it is. What is
not in the table is not possible, and then nothing is changed. A mistake is put right by a later event that names the
mistaken one: it takes its place, or cancels it.

In the diagrams the words beside an arrow are names of events. Those in brackets follow by themselves, from the calendar
or from the amounts, and are never recorded. An arrow from a box holds for every state in it; an arrow to a box leads to
that state in it in which the grant last was, or to which a payment has led it since. Events that leave the state as it
is are not drawn; they stand in the tables. An amendment goes on beside the state (asked for, then signed or refused),
and so does a financial guarantee (asked for, handed in, released): for them the step before is needed too.

While an interim report is with the agency the end of the project changes nothing; once it is decided, the end follows.
"""


def lifecycle() -> str:
    lines = LIFE.splitlines()
    drawn: dict[str, list[GrantKind]] = {}
    for kind in KINDS:
        drawn.setdefault(diagram(kind), []).append(kind)
    for picture, kinds_ in drawn.items():
        lines += ["", f"## {'; '.join(KINDS[kind] for kind in kinds_)}", "", "```mermaid", picture.rstrip(), "```", ""]
        lines += [
            "| event | in words | has to say | may say | read from | possible while the grant is |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_event_row(event, kinds_[0]) for event in RECORDED if _states(event, kinds_[0])]
        lines += ["", "| by itself | in words | while the grant is |", "|---|---|---|"]
        lines += [
            f"| {event} | {EVENT_WORDS[event]} | {_states(event, kinds_[0])} |"
            for event in EventKind
            if event in BY_THEMSELVES
        ]
    return "\n".join(lines) + "\n"


def _event_row(event: EventKind, kind: GrantKind) -> str:
    asked = ASKED.get(event, Asked())
    needed, optional = (", ".join(f"`{name}`" for name in names) for names in (asked.needed, asked.optional))
    read = "" if asked.document == "any" else f"the {asked.document} file"
    return f"| `{event}` | {EVENT_WORDS[event]} | {needed} | {optional} | {read} | {_states(event, kind)} |"


def _states(event: EventKind, kind: GrantKind) -> str:
    """Return in which states an event can happen, in words; nothing where in none."""
    if event is EventKind.REGISTERED:
        return "nothing yet: it is the first event"
    if event is EventKind.CANCELLED:
        return "anything; it `corrects` another event"
    able = {state for state in State if (state, event) in TRANSITIONS[kind]}
    leaving = {before for before, _, _ in leading(kind)}
    unable = (leaving | {State.ARCHIVED}) - PASSING - able
    if len(able) > len(leaving) // 2:
        return f"anything but {_words(unable)}" if unable else "anything"
    return _words(able)


def _words(states: Collection[State]) -> str:
    return ", ".join(STATE_WORDS[state] for state in State if state in states)


def files() -> Iterator[tuple[Path, str]]:
    """Yield every generated file with what it should hold."""
    yield CALLS / "index.json", index()
    yield ROOT / "docs/findings.md", findings()
    yield ROOT / "docs/coverage.md", coverage()
    yield ROOT / "docs/lifecycle.md", lifecycle()
    for name in PUBLISHED:
        yield ROOT / f"schemas/{name}.schema.json", as_json(schema(name))
    for name, table in codelists():
        yield ROOT / f"schemas/codelists/{name}.csv", table


if __name__ == "__main__":
    for path, content in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
