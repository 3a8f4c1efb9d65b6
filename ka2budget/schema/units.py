"""Units and real costs as the rules of a call narrow them: headings, keys that are needed, kinds and profiles."""

from collections.abc import Collection, Mapping

from ka2budget.formulas import FlatRate, PerDay, PerDayOfStay, PerParticipant, ShareOfCost, UnitPrice
from ka2budget.rules import Heading, Rules
from ka2budget.schema.pieces import NONE, Schema, add, given, replace, where

_LISTS = ("units", "real_costs")


def narrow_units(rules: Rules, code: str, whole: Schema) -> None:
    """Narrow units and real costs to the headings of the call, or to none where the grant is no sum of them."""
    fields = whole["properties"]
    if rules.structure != "units":
        for name in _LISTS:
            fields[name] |= NONE
        return
    filled = [{"required": [name], "properties": {name: {"minItems": 1}}} for name in _LISTS]
    whole["anyOf"] = filled
    headings = {name: one for name, one in rules.headings.items() if not one.codes or code in one.codes}
    paid = {name: one for name, one in headings.items() if not isinstance(one.price, FlatRate)}
    by_unit = {name: one for name, one in paid.items() if not isinstance(one.price, ShareOfCost)}
    as_costs = {
        name: one
        for name, one in paid.items()
        if isinstance(one.price, ShareOfCost) or not isinstance(one.price, UnitPrice)
    }
    for field, table, known in (("units", "Unit", by_unit), ("real_costs", "RealCost", as_costs)):
        if known:
            _headings(whole["$defs"][table], known)
            fields[field].pop("examples")
        else:
            fields[field] |= NONE
    for name, heading in by_unit.items():
        _keys(whole["$defs"]["Unit"], name, heading)


def _headings(table: Schema, known: Mapping[str, Heading]) -> None:
    choices = [{"const": name, "title": str(heading.label)} for name, heading in known.items()]
    replace(table["properties"], "heading", {"oneOf": choices}, choices[0]["const"])


def _keys(unit: Schema, name: str, heading: Heading) -> None:
    """Ask for the keys that a heading needs, with values that have a rate."""
    price = heading.price
    if not isinstance(price, UnitPrice):
        return
    key, values = _rated(price)
    then = given(price.needs)
    if values and key in price.needs:
        then["properties"][key] = {"enum": list(values)}
    elif values:
        then["properties"][key] = {"enum": [*values, None]}
    if price.needs or values:
        add(unit, where({"heading": {"const": name}}, then))


def _rated(price: UnitPrice) -> tuple[str, Collection[str]]:
    """Return the key whose values have rates of their own, and these values in any country."""
    if isinstance(price, PerParticipant):
        return "kind", tuple(price.rates)
    if isinstance(price, PerDayOfStay):
        return "kind", tuple(dict.fromkeys(kind for group in price.groups for kind in group.rates))
    if isinstance(price, PerDay):
        return "profile", tuple(dict.fromkeys(profile for group in price.groups for profile in group.rates))
    return "", ()
