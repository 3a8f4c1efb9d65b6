from collections import Counter

import pytest

from ka2budget.catalogue import catalogue, rules_for
from ka2budget.consortium import example_consortium

CALLS = [(entry.codes[0], entry.call) for entry in catalogue()]


@pytest.mark.parametrize(("code", "call"), CALLS)
def test_an_example_consortium_is_no_larger_than_it_has_to_be(code: str, call: int) -> None:
    rules = rules_for(code, call)
    variant = next(iter(rules.variants), None)
    members = example_consortium(rules, code, variant)
    assert rules.may_take_part(members[0].country, rules.eligibility.coordinator)
    demanded = sum(demand.organisations * max(demand.countries, 1) for demand in rules.demands_on(code, variant))
    assert len(members) <= max(demanded, 2)


def test_types_and_countries_are_those_that_are_demanded() -> None:
    members = example_consortium(rules_for("KA220-ADU", 2025), "KA220-ADU")
    assert len(members) == 3
    assert max(Counter(one.country for one in members).values()) == 1
