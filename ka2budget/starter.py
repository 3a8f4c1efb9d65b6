"""A commented project file to start from, made from the rules of a call; as it stands it has no errors."""

from decimal import ROUND_CEILING, Decimal
from string import Template

from ka2budget.consortium import Member, example_consortium
from ka2budget.files import TEMPLATES
from ka2budget.formulas import DetailedBudget
from ka2budget.money import HUNDRED, cents_at_most, split
from ka2budget.rules import Composition, Rules
from ka2budget.text import euro

_PARTS = (Decimal(3), Decimal(4), Decimal(3))
_ABOVE = Decimal("1.05")  # an example cost a little above the lump sum
_PERSON_MONTHS = 12


def starter(rules: Rules, code: str) -> str:
    """Return the text of a TOML project file for an action's code, with the smallest grant on offer."""
    template = Template((TEMPLATES / "starters" / f"{rules.structure}.toml").read_text(encoding="utf-8"))
    members = example_consortium(rules)
    values = _head(rules, code) | _partners(rules, members)
    price = rules.grant_heading.price
    money = _costs(rules, price, members) if isinstance(price, DetailedBudget) else _shares(rules, len(members))
    return template.substitute(values | money)


def _head(rules: Rules, code: str) -> dict[str, str]:
    months, round_ = rules.limits.months, rules.rounds_of(code)[0]
    start = round_.start_from or round_.deadline.date().replace(year=rules.call + 1, month=1, day=1)
    between = str(months.min) if months.min == months.max else f"{months.min} to {months.max}"
    offered = ", ".join(map(str, months.allowed)) or between
    return {
        "title": rules.title,
        "code": code,
        "call": str(rules.call),
        "round": str(round_.round),
        "deadline": f"{round_.deadline:%Y-%m-%d %H:%M}",
        "start": start.isoformat(),
        "window": f"from {round_.start_from} to {round_.start_to}" if round_.start_from else "no window is printed",
        "months": str(months.allowed[0] if months.allowed else max(months.min, min(24, months.max))),
        "months_range": f"{offered} [{rules.cite(months.source)}]",
    }


def _partners(rules: Rules, members: list[Member]) -> dict[str, str]:
    first = members[0]
    return {
        "least": _demand(rules, rules.composition[0]),
        "demands": "\n# ".join(f"At least {_demand(rules, demand)}." for demand in rules.composition),
        "identifier": 'oid = "E10000001"' if rules.managed_by == "na" else 'pic = "900000001"',
        "coordinator_country": first.country,
        "type_line": f'type = "{first.type}"\n' if first.type else "",
        "established": f"{rules.call - 10}-01-01",
        "partners": "\n".join(
            f'\n[[partners]]\nid = "P{number}"\nname = "Example organisation {number}"\ncountry = "{one.country}"'
            + (f'\ntype = "{one.type}"' if one.type else "")
            for number, one in enumerate(members[1:], 2)
        ),
        "lead_2": f"P{min(2, len(members))}",
        "lead_3": f"P{len(members)}",
    }


def _demand(rules: Rules, demand: Composition) -> str:
    of = f" of type {' or '.join(demand.types)}" if demand.types else ""
    place = " in each country" if demand.per_country else f", {demand.countries} countries"
    condition = f" where {', '.join(demand.where)} take part" if demand.where else ""
    return f"{demand.organisations} organisations{of}{place}{condition} [{rules.cite(demand.source)}]"


def _shares(rules: Rules, count: int) -> dict[str, str]:
    lump_sum, heading, management = rules.lump_sums[0], rules.grant_heading, rules.limits.management
    ids = [f"P{number + 1}" for number in range(count)]
    least = cents_at_most(management.max_share * lump_sum / 2) if management else Decimal(0)
    parts = split(lump_sum - least, _PARTS)
    cap = ""
    if management is not None:
        cap = f"at most {management.max_share * HUNDRED:.0f} % of the lump sum [{rules.cite(management.source)}]"
    return {
        "lump_sum": _plain(lump_sum),
        "menu": f"{', '.join(map(_plain, rules.lump_sums))} [{rules.cite(heading.source)}]",
        "cost": _plain(lump_sum * _ABOVE),
        "cost_rule": "; has to be higher than the lump sum" if rules.limits.estimated_cost else "",
        "cap": cap,
        "management": _divided(ids, least),
        **{f"amount_{i + 1}": _plain(part) for i, part in enumerate(parts)},
        **{f"shares_{i + 1}": _divided(ids, part) for i, part in enumerate(parts)},
    }


def _costs(rules: Rules, price: DetailedBudget, members: list[Member]) -> dict[str, str]:
    """Return cost lines that reach the call's minimum, the same staff cost for every partner."""
    least = (price.min_grant or Decimal(0)) / price.rate / len(members) / _PERSON_MONTHS
    unit_cost = max(Decimal(3000), least.quantize(Decimal(100), ROUND_CEILING))
    most = price.maximum(rules.limits.months.allowed[0] if rules.limits.months.allowed else rules.limits.months.max)
    line = (
        '\n[[work_packages.costs]]\npartner = "{}"\ncategory = "A1"\nlabel = "Staff"\nunits = '
        f"{_PERSON_MONTHS}\nunit_cost = {_plain(unit_cost)}"
    )
    ids = [f"P{number}" for number in range(2, len(members) + 1)]
    return {
        "rate": f"{price.rate * HUNDRED:.0f}",
        "maximum": "without a maximum" if most is None else f"at most {euro(most)}",
        "grant_source": rules.cite(rules.grant_heading.source) or "",
        "indirect": f"{price.indirect * HUNDRED:.0f}",
        "without": ", ".join(price.without_indirect),
        "unit_cost": _plain(unit_cost),
        "development_costs": "\n".join(line.format(name) for name in ids or ["P1"]),
    }


def _plain(amount: Decimal) -> str:
    digits = 0 if amount == amount.to_integral_value() else 2
    return f"{amount:,.{digits}f}".replace(",", "_")


def _divided(ids: list[str], amount: Decimal) -> str:
    shares = zip(ids, split(amount, [Decimal(1)] * len(ids)), strict=True)
    return f"{{ {', '.join(f'{name} = {_plain(share)}' for name, share in shares)} }}"
