"""The instances of the conformance kit: what is changed in which file, and why that passes or not."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import test_checks
import test_costs
import test_units
from conformance import Instance
from conformance_bases import ABSENT, BASES, PROJECTS, Raw, changed, text, toml
from conformance_refused import BEYOND, REFUSED, WELL_FORMED_NOT
from conftest import EXAMPLES

from ka2budget import document, steps
from ka2budget.project import Project

READING_SCHEMAS = ("project", "report", "agreement", "rules")
APART = {
    "decimals": "We read a number exactly; most others make a binary float of it, whose decimals nobody can count: "
    "held against multipleOf 0.01, 19.99 is refused. Of amounts as strings the schema says all.",
    "duplicate-keys": "Most readers of JSON keep the last of two equal keys without a word; no schema sees the first.",
    "surrogates": "Half of a pair of surrogates is no character (RFC 8259, section 8.2), and not all engines of "
    "patterns can name it.",
    "sums": "A schema cannot add up.",
    "catalogue": "Which actions were called in which year stands in the catalogue.",
}


class Narrow(NamedTuple):
    """An action and call with a schema of its own, and the finding codes of which it sees all there is to see."""

    action: str
    call: int
    sees: frozenset[str]


_SEEN = frozenset(
    {
        "activities-missing", "activities-outside-work-packages", "amount-not-foreseen", "category-not-accepted",
        "coordinator-missing", "costs-missing", "country-not-eligible",
        "country-unknown", "duration-too-long", "duration-too-short", "heading-not-for-action", "lead-missing",
        "lump-sum-missing", "lump-sum-not-chosen", "lump-sum-not-on-menu", "management-missing",
        "management-not-one", "no-such-round", "parts-not-foreseen", "real-cost-as-unit", "several-coordinators",
        "shares-missing", "too-few-organisations", "too-many-work-packages", "unit-as-real-cost", "unit-incomplete",
        "unit-without-rate", "units-missing", "units-not-foreseen", "variant-not-foreseen",
        "work-packages-missing", "work-packages-not-foreseen",
    }
)  # fmt: skip
NARROWED = {
    "project-KA220-ADU-2025": Narrow("KA220-ADU", 2025, _SEEN),
    # The cost has to be higher than the lump sum; a schema compares it with the lowest one.
    "project-KA210-ADU-2026": Narrow("KA210-ADU", 2026, _SEEN | {"estimated-cost-too-low"}),
    "project-KA204-2018": Narrow("KA204", 2018, _SEEN),
    "project-ERASMUS-EDU-CB-VET-WB-2026": Narrow("ERASMUS-EDU-CB-VET-WB", 2026, _SEEN),
}
CASES = Path(__file__).parent / "cases"
_SMALL = "small"

ACCEPTED: list[tuple[str, str, dict[str, object], str]] = [
    ("every-key", "every key", {}, "Every key a project file can have"),
    ("small", _SMALL, {}, "As little as a Small-scale Partnership says"),
    ("amount-as-number", _SMALL, {"/lump_sum": 30000}, "A whole amount as a number"),
    ("amount-as-number-with-cents", _SMALL, {"/estimated_cost": Raw("31500.07")}, "Cents in a number"),
    ("amount-as-number-float-error", _SMALL, {"/estimated_cost": Raw("19999.99")}, "No multiple of 0.01 as a float"),
    ("amount-as-string", _SMALL, {"/lump_sum": "30000"}, "A whole amount as a string"),
    ("amount-with-one-decimal", _SMALL, {"/estimated_cost": "31500.5"}, "One decimal"),
    ("amount-with-two-decimals", _SMALL, {"/estimated_cost": "31500.05"}, "Two decimals"),
    ("amount-with-trailing-zeros", _SMALL, {"/estimated_cost": Raw("31500.5000")}, "Zeros behind a number add nothing"),
    ("amount-with-leading-zeros", _SMALL, {"/lump_sum": "000030000"}, "Nine digits, zeros among them"),
    ("amount-with-exponent", _SMALL, {"/lump_sum": Raw("3e4")}, "An exponent in a number"),
    ("amount-with-capital-exponent", _SMALL, {"/lump_sum": Raw("3.0E+4")}, "The same number in another spelling"),
    ("amount-of-nothing", _SMALL, {"/activities/0/amount": 0}, "Zero is an amount"),
    ("amount-of-minus-nothing", _SMALL, {"/estimated_cost": Raw("-0")}, "Minus zero is zero"),
    ("amount-of-minus-nothing-with-decimals", _SMALL, {"/estimated_cost": Raw("-0.0")}, "Minus zero is zero"),
    ("amount-largest", _SMALL, {"/estimated_cost": 999999999}, "The largest amount"),
    ("amount-largest-string", _SMALL, {"/estimated_cost": "999999999.00"}, "The largest amount as a string"),
    ("amount-null-is-absent", _SMALL, {"/lump_sum": None}, "null is as good as leaving the key out"),
    ("quantity-with-six-decimals", "every key", {"/units/0/days": Raw("0.000001")}, "Six decimals of a quantity"),
    ("quantity-of-many", "every key", {"/units/0/days": "999999999"}, "The largest quantity"),
    ("share-of-one", "every key", {"/work_packages/0/depreciation/0/lifetime_use": "1.000000"}, "One, with zeros"),
    (
        "share-as-number",
        "every key",
        {"/work_packages/0/depreciation/0/project_use": Raw("0.35")},
        "A share as a number",
    ),
    ("whole-number-with-decimals", _SMALL, {"/months": Raw("12.0")}, "12.0 is a whole number in JSON"),
    ("whole-number-with-exponent", _SMALL, {"/months": Raw("1.2e1")}, "So is 1.2e1"),
    ("months-fewest", _SMALL, {"/months": 1}, "One month, as far as the shape goes"),
    ("months-most", _SMALL, {"/months": 120}, "120 months, as far as the shape goes"),
    ("day-leap", _SMALL, {"/start": "2028-02-29"}, "A leap day of a leap year"),
    ("day-leap-of-a-century", _SMALL, {"/partners/1/established": "2000-02-29"}, "2000 was a leap year"),
    ("day-first", _SMALL, {"/partners/1/established": "0001-01-01"}, "The first day there is"),
    ("day-of-a-university", _SMALL, {"/partners/1/established": "1364-05-12"}, "Organisations are old"),
    ("day-last", _SMALL, {"/start": "2099-12-31"}, "The last day that is taken"),
    (
        "text-of-many-scripts",
        _SMALL,
        {"/title": "Żółć, ψωμί, хляб, ďateľ, 面包 and \U0001d504"},
        "Letters of any script",
    ),
    ("text-with-composed-letters", _SMALL, {"/title": Raw('"Cafe\\u0301"')}, "Combining characters"),
    ("text-with-emoji", _SMALL, {"/title": "Bread 🍞 and 👩‍🍳"}, "Characters beyond the first plane, joiners too"),
    ("text-longest", _SMALL, {"/title": "x" * 1000}, "1 000 characters on a line"),
    (
        "text-longest-beyond-the-first-plane",
        _SMALL,
        {"/title": "\U0001d504" * 1000},
        "Characters are counted, not code units",
    ),
    ("text-with-blanks-around", _SMALL, {"/title": "  bread "}, "Blanks around are kept"),
    ("text-with-a-joiner-only-inside", _SMALL, {"/title": Raw('"a\\u200bb"')}, "A blank without width inside"),
    ("text-like-a-formula", _SMALL, {"/title": "=SUM(A1)"}, "Text stays text"),
    (
        "text-with-lines",
        "every key",
        {"/work_packages/0/activities/0/results": "One\r\n\ttwo\n"},
        "Longer texts have lines",
    ),
    ("id-longest", _SMALL, {"/activities/0/id": "A.b_c-" + "0" * 14}, "20 characters"),
    ("id-of-one-digit", _SMALL, {"/activities/0/id": "1"}, "An id may start with a digit"),
    ("country-el", _SMALL, {"/partners/0/country": "EL"}, "The institutions' code of Greece is understood"),
    ("country-uk", _SMALL, {"/partners/1/country": "UK"}, "And that of the United Kingdom"),
    ("list-empty", _SMALL, {"/activities": []}, "A list may be empty where nothing has to be in it"),
    ("shares-empty", _SMALL, {"/activities/0/shares": {}}, "Without shares the whole goes to the lead"),
    ("calls-first", _SMALL, {"/action": "KA204", "/call": 2018}, "Calls of the earlier programme are understood"),
    (
        "partners-most",
        _SMALL,
        {"/partners": [{"id": f"P{n}", "name": "Example", "country": "RO"} for n in range(150)]},
        "150 partners",
    ),
    ("report-every-key", "report", {}, "Every key a report can have"),
    ("report-empty", "report", dict.fromkeys((f"/{key}" for key in BASES["report"]), ABSENT), "Nothing has to be said"),
    ("report-score-of-nothing", "report", {"/work_packages/0/score": 0}, "No points"),
    ("report-score-with-decimals", "report", {"/work_packages/0/score": Raw("70.0")}, "70.0 is a whole number in JSON"),
    ("agreement-every-key", "agreement", {}, "Every kind of term an agreement has"),
    (
        "agreement-empty",
        "agreement",
        dict.fromkeys((f"/{key}" for key in BASES["agreement"]), ABSENT),
        "All from the call",
    ),
    ("agreement-instalment-of-all", "agreement", {"/instalments": [1]}, "One payment of the whole"),
    (
        "agreement-instalments-as-numbers",
        "agreement",
        {"/instalments": [Raw("0.7"), Raw("0.1"), Raw("0.2")]},
        "Exactly 1",
    ),
    (
        "agreement-mail-with-signs",
        "agreement",
        {"/contacts": ["a.b!#$%&'*+/=?^_{|}~-c@x.example"]},
        "Signs before the @",
    ),
    ("rules-small-scale", "rules", {}, "The rules of Small-scale Partnerships in sport, call 2026"),
]


def kind_of(base: str) -> str:
    """Return the name of the schema of a base."""
    return base if base in READING_SCHEMAS else "project"


def instances() -> Iterator[Instance]:
    """Yield every instance of the kit."""
    for name, base, changes, reason in ACCEPTED:
        yield Instance(kind_of(base), name, text(changed(BASES[base], changes)), reason)
    for name, base, changes, reason in REFUSED:
        yield Instance(
            kind_of(base), name, text(changed(BASES[base], changes)), reason, schema_accepts=False, accepted=False
        )
    for name, content, reason in WELL_FORMED_NOT:
        yield Instance("project", name, content, reason, schema_accepts=False, accepted=False)
    for name, apart, base, changes, reason in BEYOND:
        content = text(changed(BASES[base], changes))
        yield Instance(kind_of(base), name, content, reason, accepted=False, apart=apart)
    small = text(BASES[_SMALL])
    for name, before, after in (
        ("key-twice", '"months": 12,', '"months": 12,\n  "months": 18,'),
        ("key-twice-alike", '"months": 12,', '"months": 12,\n  "months": 12,'),
        ("key-twice-inside", '"id": "P1",', '"id": "P1",\n      "id": "P9",'),
        ("key-twice-escaped", '"months": 12,', '"months": 12,\n  "month\\u0073": 18,'),
    ):
        twice = small.replace(before, after, 1)
        yield Instance("project", name, twice, "A key is given twice", accepted=False, apart="duplicate-keys")
    yield from examples()
    yield from cases()
    yield from told()


def examples() -> Iterator[Instance]:
    """Yield the example files as JSON."""
    for name, tables in PROJECTS.items():
        yield Instance("project", f"example-{name}", text(tables), f"The example {name}")
    for kind in ("report", "agreement"):
        for path in sorted(EXAMPLES.glob(f"*-{kind}.toml")):
            yield Instance(kind, f"example-{path.stem}", text(toml(path)), f"The example {path.stem}")


def cases() -> Iterator[Instance]:
    """Yield the worked examples of many actions and calls, with their reports and agreements."""
    for path in sorted(CASES.glob("*/*/*.toml")):
        case, name = toml(path), "-".join(path.relative_to(CASES).with_suffix("").parts)
        yield Instance("project", f"case-{name}", text(case["project"]), f"A worked example: {case['source']}")
        for number, variant in enumerate(case.get("settlements", []), 1):
            for kind in ("report", "agreement"):
                if kind in variant:
                    yield Instance(kind, f"case-{name}-{number}", text(variant[kind]), f"Settled in {case['source']}")


def told() -> Iterator[Instance]:
    """Yield a project for each finding code, which the schema accepts and about which our checks tell it."""
    for code, project in provoking().items():
        found = next(one for one in steps.examine(project).budget.findings if one.code == code)
        reason = f"{found.severity}: {found.message}"
        content = document.write(project, Path("project.json")).decode()
        yield Instance("project", f"told-{code}", content, reason, about=code)


def provoking() -> dict[str, Project]:
    """Return a project for each finding code, the first that the tests of the checks have."""
    ka220, ka210 = (steps.read_project(EXAMPLES / f"{name}.toml") for name in ("mentor-ka220", "letters-ka210"))
    oceans = steps.read_project(EXAMPLES / "oceans-emjm.toml")
    made = {code: change(ka220) for code, _, change in test_checks.KA220}
    made = {code: change(ka210) for code, _, change in test_checks.KA210} | made
    made = {code: change() for code, change in (*test_costs.CASES, *test_units.CASES)} | made
    line = {"category": "A1", "label": "Staff", "units": 1, "unit_cost": 100_000}
    twelve = [
        {"id": f"P{n}", "name": f"Example {n}", "country": "DE", "role": "partner" if n else "coordinator"}
        for n in range(12)
    ]
    cove = {"action": "ERASMUS-EDU-PEX-COVE", "call": 2023, "months": 48}
    travel = test_costs.with_line(category="C1.travel", distance_km="601", unit_cost=196)
    associated = [
        one.model_dump() | ({"role": "associated"} if number else {}) for number, one in enumerate(oceans.partners)
    ]
    return made | {
        "management-above-cap": test_checks.with_package(ka220, 0, shares={"P1": "50000.01"}),
        "applicant-condition": test_checks.changed(ka220, action="ERASMUS-EDU-PCOOP-ENGO"),
        "award-judged-by-people": ka220,
        "applications-of-an-organisation": ka220,
        "applications-as-applicant": ka210,
        "unit-of-associated-partner": test_checks.changed(oceans, partners=associated),
        "travel-unit-cost-differs": travel.model_copy(update=cove),
        "sme-owner-unit-cost": test_costs.with_line(category="A4").model_copy(update=cove),
        "official-table-differs": test_costs.changed(
            partners=twelve,
            work_packages=[
                {"id": "WP1", "title": "All", "lead": "P0", "costs": [line | {"partner": f"P{n}"} for n in range(12)]}
            ],
        ),
    }
