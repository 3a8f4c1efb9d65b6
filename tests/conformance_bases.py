"""What the instances of the conformance kit are made from: small files with every key, and ways to change them."""

import copy
import json
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from conftest import EXAMPLES

from ka2budget.files import CALLS

Tables = dict[str, Any]
ABSENT = object()
"""In place of a value: the key is left out."""


class Raw(str):
    """JSON as it stands in the file, where no value of Python is written so."""

    __slots__ = ()


def text(tables: object) -> str:
    """Return a JSON file; raw parts stand in it as they are, numbers with the decimals they have."""
    raw: list[str] = []

    def plain(value: Any) -> Any:  # noqa: ANN401
        match value:
            case Raw() | Decimal():
                raw.append(str(value))
                return f"<raw {len(raw) - 1}>"
            case dict():
                return {name: plain(inner) for name, inner in value.items()}
            case list() | tuple():
                return [plain(inner) for inner in value]
            case date():
                return value.isoformat()
        return value

    made = json.dumps(plain(tables), indent=2, ensure_ascii=False)
    for number, one in enumerate(raw):
        made = made.replace(f'"<raw {number}>"', one)
    return made + "\n"


def changed(base: Mapping[str, Any], changes: Mapping[str, object]) -> Tables:
    """Return a copy in which other values stand at the JSON pointers given, or none."""
    made = copy.deepcopy(dict(base))
    for where, value in changes.items():
        *way, last = (int(place) if place.isdigit() else place for place in where.split("/")[1:])
        found: Any = made
        for place in way:
            found = found[place]
        if value is ABSENT:
            del found[last]
        elif isinstance(found, list) and last == len(found):
            found.append(value)
        else:
            found[last] = value
    return made


def toml(path: Path) -> Tables:
    """Return the tables of a TOML file, numbers with the decimals they have."""
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


SMALL: Tables = {
    "action": "KA210-ADU",
    "call": 2026,
    "title": "Example: bread and stories",
    "start": "2026-10-01",
    "months": 12,
    "lump_sum": 30000,
    "estimated_cost": "31500.00",
    "partners": [
        {"id": "P1", "name": "Example Reading Club", "country": "RO", "role": "coordinator", "oid": "E10000011"},
        {"id": "P2", "name": "Example Bakers' School", "country": "BG", "oid": "E10000012"},
    ],
    "activities": [
        {"id": "A1", "title": "Evenings of stories", "lead": "P1", "amount": 15000, "shares": {"P1": 15000}},
        {"id": "A2", "title": "Baking days", "lead": "P2", "amount": "15000.00", "shares": {"P2": "15000.00"}},
    ],
}  # fmt: skip

EVERY_KEY: Tables = {
    "action": "ERASMUS-EDU-CB-VET-WB",
    "call": 2026,
    "round": 1,
    "variant": "none",
    "title": "Example with every key a project file can have",
    "acronym": "KEYS",
    "reference": "101000000",
    "language": "en",
    "start": "2026-12-01",
    "months": 24,
    "lump_sum": 250000,
    "estimated_cost": "312500.00",
    "partners": [
        {
            "id": "P1", "name": "Example Institute", "country": "DE", "role": "coordinator", "type": "vet-provider",
            "city": "Jena", "oid": "E10000001", "pic": "999999999", "established": "1409-12-02",
            "estimated_cost": 200000,
        },
        {"id": "P1.lab", "name": "Example Laboratory", "country": "EL", "role": "affiliated", "of": "P1"},
        {"id": "P-3_x", "name": "Пример Școală Παράδειγμα 例", "country": "UK", "role": "associated"},
    ],
    "work_packages": [
        {
            "id": "WP1", "title": "Management", "management": True, "lead": "P1", "start_month": 1, "end_month": 24,
            "amount": "50000.5", "shares": {"P1": "50000.50"},
            "activities": [
                {
                    "id": "A1", "title": "Meeting", "lead": "P1", "amount": 0, "start": "2027-01-31",
                    "end": "2028-02-29", "venue": "Jena", "venue_country": "DE", "participants": ["P1.lab"],
                    "shares": {"P1": 0}, "results": "Minutes\nand a list",
                }
            ],
            "costs": [
                {
                    "partner": "P1", "category": "C1.travel", "label": "Travel", "units": "2.5",
                    "unit_cost": "0.000001", "distance_km": 999999999,
                }
            ],
            "depreciation": [
                {
                    "partner": "P1", "label": "Lathe", "purchased": "2026-12-24", "purchase_cost": "1999.99",
                    "project_use": 1, "lifetime_use": "0.5", "justification": "Lessons",
                }
            ],
        }
    ],
    "activities": [{"id": "A2", "title": "Outside", "lead": "P1", "amount": "0.00"}],
    "units": [
        {
            "heading": "project-management", "partner": "P1", "label": "Meeting", "months": 24, "days": "1.5",
            "participants": 2, "students": 0, "profile": "teacher", "kind": "staff", "country": "FR",
            "distance_km": "250.25", "green": True, "cost": "10.00",
        }
    ],
    "real_costs": [{"heading": "exceptional-costs", "partner": "P1", "label": "Visa", "amount": 80}],
}  # fmt: skip

REPORT: Tables = {
    "until": "2028-02-29",
    "used": "100000.00",
    "assessment": {"score": 75, "criteria": {"Relevance": 20, "Impact": 55}},
    "work_packages": [
        {
            "id": "WP2", "score": 100, "delivered": "partly", "rejected": "0.01", "accepted": "0.5",
            "costs": [{"partner": "P1", "category": "A1", "units": 1, "unit_cost": 4000}], "comment": "Two\nlines",
        }
    ],
    "activities": [{"id": "A1", "delivered": "no"}],
    "units": [{"heading": "project-management", "partner": "P1"}],
    "real_costs": [{"heading": "exceptional-costs", "partner": "P1", "amount": "80.00"}],
    "payments": [{"date": "2026-12-10", "amount": 200000}],
    "transfers": [{"date": "2026-12-20", "amount": "50000.00", "partner": "P2"}],
}  # fmt: skip

AGREEMENT: Tables = {
    "reference": "2026-1-RO01-KA210-ADU-000123456",
    "signatures": {"Example Reading Club": "2026-09-01", "National Agency": "2026-09-15"},
    "signed": "2026-09-15",
    "instalments": ["0.4", "0.4", "0.2"],
    "prefinancing_days": 30,
    "further_days": 60,
    "balance_days": 60,
    "reports": [{"kind": "progress", "until": "2027-03-31"}, {"kind": "interim", "due": "2027-06-30"}],
    "final_report_days": 60,
    "final_report": "2028-04-29",
    "min_use": "0.7",
    "use_rule": "unused",
    "guarantee": 0,
    "management_cap": "none",
    "reduces": "grant",
    "weekends": "next-working-day",
    "holidays": ["2026-12-25"],
    "retention": "0.1",
    "partner_instalments": {"P2": ["0.5", "0.25", "0.25"]},
    "contacts": ["office@example.org", "o'neil+ka2@mail.example.org"],
}

RULES = toml(CALLS / "2026" / "erasmus-sport-sscp.toml")
BASES = {"small": SMALL, "every key": EVERY_KEY, "report": REPORT, "agreement": AGREEMENT, "rules": RULES}
PROJECTS = {
    path.stem: toml(path) for path in sorted(EXAMPLES.glob("*.toml")) if not path.stem.endswith(("report", "agreement"))
}
