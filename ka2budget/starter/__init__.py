"""A commented project file to start from, made from the rules of a call; as it stands it has no errors."""

from datetime import date
from decimal import ROUND_CEILING, Decimal
from string import Template

from ka2budget.consortium import Member, example_consortium
from ka2budget.files import TEMPLATES
from ka2budget.formulas import DetailedBudget, LumpSum
from ka2budget.money import HUNDRED, cents_at_most, split
from ka2budget.project import Role
from ka2budget.rules import Composition, Rules
from ka2budget.starter.units import example_units
from ka2budget.text import euro

_PARTS = (Decimal(3), Decimal(4), Decimal(3))
_ABOVE = Decimal("1.05")  # an example cost a little above the lump sum
_PERSON_MONTHS = 12
_MANAGEMENT = Decimal("0.2")  # of an example, where the call has no cap


def starter(rules: Rules, code: str) -> str:
    """Return the text of a TOML project file for an action's code, with the smallest grant on offer."""
    template = Template((TEMPLATES / "starters" / f"{rules.structure}.toml").read_text(encoding="utf-8"))
    variant = next(iter(rules.variants), None)
    demands = rules.demands_on(code, variant)
    members = example_consortium(rules, code, variant)
    head = _head(rules, code, variant)
    values = head | _partners(rules, demands, members)
    price = rules.grant_heading.price
    if isinstance(price, DetailedBudget):
        money = _costs(rules, price, _funded(members))
    elif isinstance(price, LumpSum):
        money = _shares(rules, price, variant, _funded(members))
    else:
        money = {"units": example_units(rules, members, int(head["months"]))}
    return template.substitute(values | money)


def _head(rules: Rules, code: str, variant: str | None) -> dict[str, str]:
    months, rounds = rules.limits.months, rules.rounds_of(code)
    start = (rounds[0].start_from if rounds else None) or date(rules.call + 1, 1, 1)
    window = "no start window is printed"
    if rounds and rounds[0].start_from:
        window = f"from {rounds[0].start_from} to {rounds[0].start_to}"
    variants = ", ".join(f"{name} ({label})" for name, label in rules.variants.items())
    between = str(months.min) if months.min == months.max else f"{months.min} to {months.max}"
    offered = ", ".join(map(str, months.allowed)) or between
    return {
        "title": rules.title,
        "code": code,
        "call": str(rules.call),
        "round": str(rounds[0].round if rounds else 1),
        "deadline": f"deadline {rounds[0].deadline:%Y-%m-%d %H:%M}, Brussels time" if rounds else "deadline not known",
        "variant_line": f'\nvariant = "{variant}"     # {variants}' if variant else "",
        "start": start.isoformat(),
        "window": window,
        "months": str(months.allowed[0] if months.allowed else max(months.min, min(24, months.max))),
        "months_range": f"{offered} [{rules.cite(months.source)}]",
    }


def _partners(rules: Rules, demands: tuple[Composition, ...], members: list[Member]) -> dict[str, str]:
    first = members[0]
    return {
        "least": _demand(rules, demands[0]) if demands else "What the consortium has to be is not known",
        "demands": "\n# ".join(f"{_demand(rules, demand)}." for demand in demands)
        or "What the consortium has to be is not known.",
        "identifier": 'oid = "E10000001"' if rules.managed_by == "na" else 'pic = "900000001"',
        "coordinator_country": first.country,
        "type_line": f'type = "{first.type}"\n' if first.type else "",
        "established": f"{rules.call - 10}-01-01",
        "partners": "\n".join(
            f'\n[[partners]]\nid = "P{number}"\nname = "Example organisation {number}"\ncountry = "{one.country}"'
            + (f'\ntype = "{one.type}"' if one.type else "")
            + (f'\nrole = "{one.role}"' if one.role is Role.ASSOCIATED else "")
            for number, one in enumerate(members[1:], 2)
        ),
        "lead_2": _funded(members)[min(2, len(_funded(members))) - 1],
    }


def _demand(rules: Rules, demand: Composition) -> str:
    of = f" of type {' or '.join(demand.types)}" if demand.types else ""
    place = " in each country" if demand.per_country else f", {demand.countries} countries"
    condition = f" where {', '.join(demand.where)} take part" if demand.where else ""
    number = f"At least {demand.organisations}"
    if demand.most is not None:
        number = f"{demand.organisations} to {demand.most}" if demand.most > demand.organisations else str(demand.most)
    return f"{number} organisations{of}{place}{condition} [{rules.cite(demand.source)}]"


def _shares(rules: Rules, price: LumpSum, variant: str | None, ids: list[str]) -> dict[str, str]:
    heading = rules.grant_heading
    offers = price.offers(variant)
    lump_sum = min(offers)
    parts = split(lump_sum, _PARTS)
    return {
        "lump_sum": _plain(lump_sum),
        "menu": f"one of {', '.join(map(_plain, offers))}" if len(offers) > 1 else "the only one on offer",
        "menu_source": rules.cite(heading.source) or "",
        "cost": _plain(lump_sum * _ABOVE),
        "cost_rule": "; has to be higher than the lump sum" if rules.limits.estimated_cost else "",
        "packages": _packages(rules, lump_sum, ids),
        **{f"amount_{i + 1}": _plain(part) for i, part in enumerate(parts)},
        **{f"shares_{i + 1}": _divided(ids, part) for i, part in enumerate(parts)},
    }


def _packages(rules: Rules, lump_sum: Decimal, ids: list[str]) -> str:
    """Return the work packages of an example: one for management where there may be several, and some of content."""
    limits = rules.limits
    most = len(_PARTS) + 1 if limits.work_packages is None else min(limits.work_packages.max, len(_PARTS) + 1)
    first = cents_at_most(lump_sum * (limits.management.max_share if limits.management else _MANAGEMENT) / 2)
    amounts = [first, *split(lump_sum - first, _PARTS[: most - 1])] if most > 1 else [lump_sum]
    blocks = []
    for number, amount in enumerate(amounts, 1):
        title, flag, lead, comment = f"Example: work package {number}", "", ids[min(number, len(ids)) - 1], ""
        if number == 1 and most > 1:
            title, flag, lead = "Project management", "management = true\n", ids[0]
            comment = "# One work package for project management.\n"
            if limits.management is not None:
                cap, source = limits.management.max_share * HUNDRED, rules.cite(limits.management.source)
                comment = f"# One work package for project management: at most {cap:.0f} % of the lump sum [{source}]\n"
        blocks.append(
            f'{comment}[[work_packages]]\nid = "WP{number}"\ntitle = "{title}"\n{flag}lead = "{lead}"\n'
            f"shares = {_divided(ids, amount)}          # who gets what of it, in EUR"
        )
    return "\n\n".join(blocks)


def _funded(members: list[Member]) -> list[str]:
    """Return the ids of those who may take money."""
    return [f"P{number}" for number, one in enumerate(members, 1) if one.role is not Role.ASSOCIATED]


def _costs(rules: Rules, price: DetailedBudget, ids: list[str]) -> dict[str, str]:
    """Return cost lines that reach the call's minimum, the same staff cost for every partner."""
    least = (price.min_grant or Decimal(0)) / price.rate / len(ids) / _PERSON_MONTHS
    unit_cost = max(Decimal(3000), least.quantize(Decimal(100), ROUND_CEILING))
    most = price.maximum(rules.limits.months.allowed[0] if rules.limits.months.allowed else rules.limits.months.max)
    line = (
        '\n[[work_packages.costs]]\npartner = "{}"\ncategory = "A1"\nlabel = "Staff"\nunits = '
        f"{_PERSON_MONTHS}\nunit_cost = {_plain(unit_cost)}"
    )
    return {
        "rate": f"{price.rate * HUNDRED:.0f}",
        "maximum": "without a maximum" if most is None else f"at most {euro(most)}",
        "grant_source": rules.cite(rules.grant_heading.source) or "",
        "indirect": f"{price.indirect * HUNDRED:.0f}",
        "without": ", ".join(price.without_indirect),
        "unit_cost": _plain(unit_cost),
        "development_costs": "\n".join(line.format(name) for name in ids[1:] or ids),
    }


def _plain(amount: Decimal) -> str:
    digits = 0 if amount == amount.to_integral_value() else 2
    return f"{amount:,.{digits}f}".replace(",", "_")


def _divided(ids: list[str], amount: Decimal) -> str:
    shares = zip(ids, split(amount, [Decimal(1)] * len(ids)), strict=True)
    return f"{{ {', '.join(f'{name} = {_plain(share)}' for name, share in shares)} }}"
