"""The schema of a project for one action and call: narrowed by the rules, so that it refuses most mistakes by itself.

It never refuses what the checks accept without an error. What no schema can say, such as sums, is left to the checks.
"""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ka2budget.catalogue import code_of, rules_for
from ka2budget.files import SCHEMAS
from ka2budget.formulas import LumpSum, LumpSumByType
from ka2budget.rules import Rules
from ka2budget.schema.consortium import narrow_partners
from ka2budget.schema.parts import narrow_parts
from ka2budget.schema.pieces import Schema, replace, typed, where
from ka2budget.schema.units import narrow_units

_NULL = {"type": "null"}


def narrowed(action: str, call: int) -> Schema:
    """Return the schema of projects of an action's code in a call; raise NoSuchAction or NoSuchCall."""
    rules, code = rules_for(action, call), code_of(action, call)
    whole: Schema = json.loads((SCHEMAS / "project.schema.json").read_text(encoding="utf-8"))
    whole["$id"] = f"{whole['$id']}:{code}:{call}"
    whole["title"] = f"{rules.title} ({code}), call {call}"
    fields: dict[str, Schema] = whole["properties"]
    replace(fields, "action", _action(rules, code), code)
    replace(fields, "call", {"const": call}, call)
    _months(rules, fields)
    _round(rules, code, whole)
    _variant(rules, whole)
    _estimated_cost(rules, fields)
    conditions = [*_lump_sum(rules, whole), *narrow_partners(rules, code, whole)]
    narrow_parts(rules, whole)
    narrow_units(rules, code, whole)
    if conditions:
        whole["allOf"] = conditions
    made = typed(whole)
    return {key: made[key] for key in sorted(made, key=lambda key: key == "$defs")}


def _action(rules: Rules, code: str) -> Schema:
    """Return the code; EACEA's topic ids have the year of the call in them."""
    if rules.managed_by == "na":
        return {"const": code}
    year = f"(-{rules.call})?"
    return {"type": "string", "pattern": f"^{f'{year}-'.join(code.split('-'))}{year}$"}


def _months(rules: Rules, fields: dict[str, Schema]) -> None:
    rule = rules.limits.months
    if rule.normally:
        return
    fields["months"] |= {"minimum": rule.min, "maximum": rule.max, "examples": [(rule.allowed or (rule.min,))[0]]}
    if rule.allowed:
        fields["months"]["enum"] = list(rule.allowed)


def _round(rules: Rules, code: str, whole: Schema) -> None:
    numbers = [one.round for one in rules.rounds_of(code)]
    if numbers:
        whole["properties"]["round"] |= {"enum": numbers, "examples": numbers[:1]}
        if 1 not in numbers:
            whole["required"].append("round")


def _variant(rules: Rules, whole: Schema) -> None:
    if not rules.variants:
        replace(whole["properties"], "variant", _NULL, None)
        return
    choices = [{"const": name, "title": str(words)} for name, words in rules.variants.items()]
    replace(whole["properties"], "variant", {"oneOf": choices}, choices[0]["const"])
    whole["required"].append("variant")


def _lump_sum(rules: Rules, whole: Schema) -> Iterator[Schema]:
    """Narrow the lump sum to the menu; yield which is that of each variant."""
    price, fields = rules.grant_heading.price, whole["properties"]
    if not isinstance(price, LumpSum):
        replace(fields, "lump_sum", _NULL, None)
        return
    amounts = sorted(price.on_offer)
    choices = _amounts(amounts)
    if len(amounts) == 1 or isinstance(price, LumpSumByType):
        choices.append(_NULL)
    else:
        whole["required"].append("lump_sum")
    replace(fields, "lump_sum", {"anyOf": choices}, _number(amounts[0]))
    if isinstance(price, LumpSumByType):
        for variant, amount in price.amounts.items():
            menu = {"properties": {"lump_sum": {"anyOf": [*_amounts([amount]), _NULL]}}}
            yield where({"variant": {"const": variant}}, menu)


def _amounts(amounts: Iterable[Decimal]) -> list[Schema]:
    """Return amounts as numbers, each with its title, and as the texts that mean the same."""
    numbers, texts = [], []
    for amount in amounts:
        euro, _, cent = f"{amount:.2f}".partition(".")
        numbers.append({"const": _number(amount), "title": f"{amount:,.2f} EUR"})
        texts.append(f"{euro}(\\.00?)?" if cent == "00" else rf"{euro}\.{cent}")
    return [*numbers, {"type": "string", "pattern": f"^0{{0,8}}({'|'.join(texts)})$"}]


def _number(amount: Decimal) -> float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _estimated_cost(rules: Rules, fields: dict[str, Schema]) -> None:
    if rules.limits.estimated_cost is not None and rules.lump_sums:
        lowest = _number(rules.lump_sums[0])
        above = {"if": {"type": "number"}, "then": {"exclusiveMinimum": lowest}}
        fields["estimated_cost"] |= above | {"examples": [lowest + 1]}
