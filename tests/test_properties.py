"""What holds for every project: sums are exact, checks never raise, budget and explanation agree."""

import string
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ka2budget import document, steps
from ka2budget.advise import scale
from ka2budget.agreement import Agreement
from ka2budget.errors import NoSuchAction, NoSuchCall
from ka2budget.explain import explain
from ka2budget.money import split
from ka2budget.project import Project
from ka2budget.report import Report

ids = st.sampled_from(["P1", "P2", "P3", "P4", "WP1", "A1"])
odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats().map(str).map(Decimal), st.text(max_size=8), st.dates(),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip
names = st.text(string.ascii_letters + "=+-@<&", min_size=1, max_size=10)
money = st.one_of(st.integers(0, 500_000), st.decimals(0, 500_000, places=2))
countries = st.sampled_from(["PL", "DE", "FR", "EL", "UK", "RU", "BY", "US", "AL", "ZZ", "XK"])


def table(*needed: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a table in which all fields but those that are needed may be missing."""
    there = {name: fields.pop(name) for name in needed}
    return st.fixed_dictionaries(there, optional=fields)


activities = table(
    "id", "title", "lead", "amount",
    id=ids, title=st.just("Example"), lead=ids, amount=money, start=st.dates(), end=st.dates(),
    venue_country=countries, participants=st.lists(ids, max_size=3), shares=st.dictionaries(ids, money, max_size=3),
)  # fmt: skip
packages = table(
    "id", "title",
    id=ids, title=st.just("Example"), management=st.booleans(), lead=ids, start_month=st.integers(1, 40),
    end_month=st.integers(1, 40), amount=money, shares=st.dictionaries(ids, money, max_size=4),
    activities=st.lists(activities, max_size=3),
)  # fmt: skip
partners = table(
    "id", "name", "country",
    id=ids, name=names, country=countries, oid=st.text(max_size=9),
    role=st.sampled_from(["coordinator", "partner", "affiliated", "associated"]), of=ids, established=st.dates(),
    estimated_cost=money,
)  # fmt: skip
projects = table(
    action=st.sampled_from(["KA210-SCH", "KA220-ADU", "KA220-HED", "ERASMUS-SPORT-SCP", "ERASMUS-EDU-PCOOP-ENGO", "X"]),
    call=st.integers(2020, 2027), round=st.integers(1, 4), title=st.just("Example"),
    start=st.dates(), months=st.integers(1, 130), lump_sum=money, estimated_cost=money,
    reference=st.text(max_size=30), partners=st.lists(partners, min_size=1, max_size=4),
    work_packages=st.lists(packages, max_size=4), activities=st.lists(activities, max_size=4),
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), projects)
def test_whatever_a_file_says_it_is_refused_or_checked(data: st.DataObject, tables: dict[str, Any]) -> None:
    needed = {"action": "KA220-ADU", "call": 2025, "title": "x", "start": date(2025, 9, 1), "months": 24}
    filled = needed | {"partners": [{"id": "P1", "name": "x", "country": "PL"}]} | tables
    for name in data.draw(st.lists(st.sampled_from(sorted(filled)), max_size=1)):
        filled[name] = data.draw(odd)
    try:
        project = Project.model_validate(filled)
        examined = steps.examine(project)
    except (ValidationError, NoSuchAction, NoSuchCall):
        return
    assert all(finding.message for finding in examined.budget.findings)
    steps.share_out(examined)
    explain(*examined)
    assert document.read_bytes(document.write(project, Path("p.json")), Path("p.json"), Project) == project
    assert document.read_bytes(document.write(project, Path("p.toml")), Path("p.toml"), Project) == project


@st.composite
def allowed(draw: st.DrawFn) -> Project:
    """Draw a Cooperation Partnership without errors: weights decide who gets what."""
    lump_sum = Decimal(draw(st.sampled_from([120_000, 250_000, 400_000])))
    size = draw(st.integers(3, 12))
    names = [f"P{n + 1}" for n in range(size)]
    management = lump_sum * draw(st.integers(1, 20)) / 100
    count = draw(st.integers(1, 6))
    weights = draw(st.lists(st.integers(1, 1000).map(Decimal), min_size=count, max_size=count))
    amounts = [management, *split(lump_sum - management, weights)]
    work_packages = []
    for number, amount in enumerate(amounts):
        row = draw(st.lists(st.integers(0, 100).map(Decimal), min_size=size, max_size=size))
        shares = dict(zip(names, split(amount, row), strict=True))
        lead = max(shares, key=lambda name: shares[name])
        package = {
            "id": f"WP{number + 1}",
            "title": "Example",
            "management": number == 0,
            "lead": lead,
            "shares": shares,
        }
        work_packages.append(package)
    codes = ["PL", "DE", "FR", "IT", "ES", "RO", "PT", "SE", "FI", "IE", "AT", "BG"]
    return Project.model_validate(
        {
            "action": "KA220-VET", "call": 2026, "title": "Example", "start": date(2026, 9, 1), "months": 24,
            "lump_sum": lump_sum, "estimated_cost": lump_sum + 1, "work_packages": work_packages,
            "partners": [
                {"id": name, "name": name, "country": codes[n], "role": "coordinator" if n == 0 else "partner"}
                for n, name in enumerate(names)
            ],
        }
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(allowed(), st.data())
def test_sums_are_exact_from_the_budget_to_the_last_cent_of_the_balance(project: Project, data: st.DataObject) -> None:
    examined = steps.examine(project)
    assert examined.errors == ()
    budget, grant = examined.budget, project.lump_sum
    assert sum(partner.grant for partner in budget.partners.values()) == grant
    assert sum(package.amount for package in budget.work_packages.values()) == grant
    assert sum(package.percent for package in budget.work_packages.values()) == 100
    for one in explain(*examined):
        assert not one.terms or sum(term.amount for term in one.terms) == one.amount
    shares = steps.share_out(examined)
    assert sum(shares.instalments) == grant
    assert [sum(partner.instalments) for partner in shares.partners.values()] == [
        one.grant for one in budget.partners.values()
    ]
    results = [
        {
            "id": package.id,
            "score": data.draw(st.integers(0, 100)),
            "rejected": data.draw(st.integers(0, int(package.allocated))),
        }
        for package in project.work_packages
        if not package.management
    ]
    report = Report.model_validate({"work_packages": results, "payments": [{"date": "2026-12-01", "amount": grant}]})
    policy = data.draw(st.sampled_from(["final-total", "unreduced-total", "none"]))
    settlement = steps.assess(examined, report, Agreement(management_cap=policy))
    final = settlement.final_grant
    assert final is not None
    assert 0 <= final <= grant
    assert settlement.paid + settlement.balance == final
    assert sum(package.accepted for package in settlement.work_packages.values()) == final
    assert sum(partner.final for partner in settlement.partners.values()) == final
    scaled = scale(
        project, examined.rules, data.draw(st.sampled_from([Decimal(120_000), Decimal(250_000), Decimal(400_000)]))
    )
    enough = scaled.model_copy(update={"estimated_cost": Decimal(500_000)})
    assert steps.examine(enough).errors == ()
