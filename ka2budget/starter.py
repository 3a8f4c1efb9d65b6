"""A commented project file to start from, made from the rules of a call; as it stands it has no errors."""

from decimal import Decimal
from string import Template

from ka2budget.files import TEMPLATES
from ka2budget.money import cents_at_most, split
from ka2budget.rules import Rules

_PARTS = (Decimal(3), Decimal(4), Decimal(3))


def starter(rules: Rules, code: str) -> str:
    """Return the text of a TOML project file for an action's code, with the smallest lump sum on offer."""
    template = Template((TEMPLATES / "starters" / f"{rules.structure}.toml").read_text(encoding="utf-8"))
    return template.substitute(_values(rules, code))


def _values(rules: Rules, code: str) -> dict[str, str]:
    lump_sum, months, round_ = rules.lump_sums[0], rules.limits.months, rules.rounds_of(code)[0]
    demand, heading = rules.composition[0], next(iter(rules.headings.values()))
    codes = [country for group in demand.groups for country in rules.country_groups[group].countries]
    countries = sorted(codes)[: max(demand.organisations, demand.countries)]
    ids = [f"P{number + 1}" for number in range(len(countries))]
    management = rules.limits.management
    least = cents_at_most(management.max_share * lump_sum / 2) if management else None
    parts = split(lump_sum - (least or 0), _PARTS)
    cap = (
        f"at most {management.max_share * 100:.0f} % of the lump sum [{rules.cite(management.source)}]"
        if management
        else ""
    )
    start = round_.start_from or round_.deadline.date().replace(month=9, day=1)
    return {
        "title": rules.title,
        "code": code,
        "call": str(rules.call),
        "round": str(round_.round),
        "deadline": f"{round_.deadline:%Y-%m-%d %H:%M}",
        "start": start.isoformat(),
        "window": f"from {round_.start_from} to {round_.start_to}" if round_.start_from else "no window is printed",
        "months": str(max(months.min, min(24, months.max))),
        "months_range": f"{months.min} to {months.max} [{rules.cite(months.source)}]",
        "lump_sum": _plain(lump_sum),
        "menu": f"{', '.join(map(_plain, rules.lump_sums))} [{rules.cite(heading.source)}]",
        "cost": _plain(lump_sum * 105 / 100),
        "least": f"{demand.organisations} organisations, {demand.countries} countries [{rules.cite(demand.source)}]",
        "identifier": 'oid = "E10000001"' if rules.managed_by == "na" else 'pic = "900000001"',
        "partners": "\n".join(
            f'\n[[partners]]\nid = "{name}"\nname = "Example organisation {name[1:]}"\ncountry = "{country}"'
            for name, country in zip(ids[1:], countries[1:], strict=True)
        ),
        "coordinator_country": countries[0],
        "established": f"{rules.call - 10}-01-01",
        "cap": cap,
        "management": _shares(ids, least) if least is not None else "",
        **{f"amount_{i + 1}": _plain(part) for i, part in enumerate(parts)},
        **{f"shares_{i + 1}": _shares(ids, part) for i, part in enumerate(parts)},
        "lead_2": ids[1],
        "lead_3": ids[-1],
    }


def _plain(amount: Decimal) -> str:
    digits = 0 if amount == amount.to_integral_value() else 2
    return f"{amount:,.{digits}f}".replace(",", "_")


def _shares(ids: list[str], amount: Decimal) -> str:
    shares = zip(ids, split(amount, [Decimal(1)] * len(ids)), strict=True)
    return f"{{ {', '.join(f'{name} = {_plain(share)}' for name, share in shares)} }}"
