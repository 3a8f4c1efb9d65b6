"""What a grant is divided into, as the rules of a call narrow it: activities, work packages, cost lines."""

from ka2budget.rules import Rules
from ka2budget.schema.pieces import NONE, Schema, add, contained, given, replace, where

_SURELY_MORE = {"anyOf": [{"type": "number", "minimum": 1}, {"type": "string", "pattern": "^0*[1-9]"}]}
"""A quantity of at least 1: with two of them a cost is no nothing, which every category may have."""


def narrow_parts(rules: Rules, whole: Schema) -> None:
    """Narrow work packages and activities to those the action is budgeted by."""
    fields, package = whole["properties"], whole["$defs"]["WorkPackage"]
    if rules.structure == "activities":
        fields["activities"]["minItems"] = 1
        whole["required"].append("activities")
    else:
        fields["activities"] |= NONE
    if rules.structure not in {"work-packages", "costs"}:
        fields["work_packages"] |= NONE
        return
    whole["required"].append("work_packages")
    fields["work_packages"]["minItems"] = 1
    del fields["work_packages"]["examples"]  # the one of all schemas is not complete for this action
    if rules.limits.work_packages is not None:
        fields["work_packages"]["maxItems"] = rules.limits.work_packages.max
    management = rules.limits.management
    if management is not None:
        marked = {"required": ["management"], "properties": {"management": {"const": True}}}
        wanted = max(management.work_packages, 1)
        add(fields["work_packages"], contained(marked, wanted, wanted))
    add(package, given(["lead"]))
    if rules.structure == "work-packages":
        add(package, {"required": ["shares"], "properties": {"shares": {"minProperties": 1}}})
        for name in ("costs", "depreciation"):
            package["properties"][name] |= NONE
        return
    replace(package["properties"], "amount", {"type": "null"}, None)
    package["properties"]["shares"] |= {"maxProperties": 0, "examples": [{}]}
    filled = [{"required": [name], "properties": {name: {"minItems": 1}}} for name in ("costs", "depreciation")]
    add(fields["work_packages"], contained({"anyOf": filled}, 1))
    _categories(rules, whole)


def _categories(rules: Rules, whole: Schema) -> None:
    """Shut out the cost categories that the call accepts of nobody, unless the line comes to nothing."""
    rule = rules.limits.categories
    if rule is not None and rule.forbidden:
        cost: Schema = {"units": _SURELY_MORE, "unit_cost": _SURELY_MORE}
        refused = {"properties": {"category": {"not": {"enum": [one.value for one in rule.forbidden]}}}}
        add(whole["$defs"]["CostLine"], where(cost, refused))
