"""The data of ``calls/``: every file loads, names its sources and agrees with the other files of its call."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from babel import Locale

from ka2budget.catalogue import read_call_file
from ka2budget.files import CALLS
from ka2budget.formulas import DetailedBudget, MenuLumpSum
from ka2budget.project import Category
from ka2budget.rules import CountryGroup, Document, Limits, RulesFile

YEARS = sorted(folder.name for folder in CALLS.iterdir() if folder.is_dir())
FILES = sorted(
    f"{path.parent.name}/{path.name}"
    for path in CALLS.glob("*/*.toml")
    if path.name not in {"sources.toml", "countries.toml"}
)
PAGES = re.compile(r"p\. \d+(-\d+)?(, \d+(-\d+)?)*")
SAME_IN_ALL_CALLS = "The same in all calls from 2021 to 2026."
REGIONS = ("1", "2", "3", "4", "5a", "5b", "6", "7a", "7b", "8a", "8b", "9", "10", "11", "12", "13", "14")
TYPES = {
    "higher-education",
    "vet-provider",
    "labour-market",
    "education-provider",
    "school",
    "school-authority",
    "teacher-education",
    "training-school",
    "ministry",
    "public-authority",
    "youth-organisation",
    "sport-organisation",
}

per_file = pytest.mark.parametrize("file", FILES)
per_year = pytest.mark.parametrize("year", YEARS)


def year_of(file: str) -> str:
    return file.partition("/")[0]


def rules(file: str) -> RulesFile:
    return RulesFile.model_validate(read_call_file(file))


def documents(year: str) -> dict[str, Document]:
    return {key: Document.model_validate(table) for key, table in read_call_file(f"{year}/sources.toml").items()}


def groups(year: str) -> dict[str, CountryGroup]:
    return {key: CountryGroup.model_validate(table) for key, table in read_call_file(f"{year}/countries.toml").items()}


def files_of(year: str) -> list[str]:
    return [file for file in FILES if file.startswith(f"{year}/")]


def codes_of(year: str) -> list[str]:
    return [code for file in files_of(year) for code in rules(file).codes]


def sourced(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any part of a TOML file
    if isinstance(value, dict):
        if "source" in value:
            yield value
        for inner in value.values():
            yield from sourced(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from sourced(inner)


def sources(file: str) -> set[str]:
    return {table["source"] for table in sourced(read_call_file(file))}


@per_file
def test_file_loads_and_stands_in_the_folder_of_its_call(file: str) -> None:
    assert str(rules(file).call) == year_of(file)


@pytest.mark.parametrize("file", [*FILES, *(f"{year}/countries.toml" for year in YEARS)])
def test_every_source_names_a_document_and_a_guide_that_was_read_its_page(file: str) -> None:
    known = documents(year_of(file))
    for source in sources(file):
        key, _, place = source.partition(" ")
        assert key in known, source
        if key.startswith("guide") and known[key].read_on is not None:
            assert PAGES.fullmatch(place), source


@per_file
def test_what_no_document_of_the_call_says_is_in_doubt(file: str) -> None:
    """A figure of another call's guide, or of no document, is not passed off as confirmed."""
    for table in sourced(read_call_file(file)):
        if re.match(r"guide-\d|practice|agreement", table["source"]):
            assert "doubt" in table or table["note"] == SAME_IN_ALL_CALLS, table


@per_year
def test_every_document_is_used(year: str) -> None:
    used = {
        source.partition(" ")[0] for file in [*files_of(year), f"{year}/countries.toml"] for source in sources(file)
    }
    assert used == set(documents(year))


@per_year
def test_no_document_is_cited_from_a_repository_or_a_disk(year: str) -> None:
    for document in documents(year).values():
        assert document.where is None or re.match(r"https://(?!.*github)", document.where)


@per_year
def test_country_groups_are_disjoint_and_hold_real_countries(year: str) -> None:
    countries = Counter(country for group in groups(year).values() for country in group.countries)
    assert {country for country, times in countries.items() if times > 1} == set()
    assert set(countries) - set(Locale("en").territories) == set()


@per_year
def test_every_call_has_27_member_states_6_associated_countries_and_14_regions(year: str) -> None:
    found = groups(year)
    assert len(found["member-states"].countries) == 27
    assert len(found["associated"].countries) == 6
    assert set(found) == {"member-states", "associated", *(f"region-{number}" for number in REGIONS)}


@per_year
def test_labels_of_regions_say_their_number_first(year: str) -> None:
    for name, group in groups(year).items():
        if name.startswith("region-"):
            assert re.fullmatch(rf"Region {name.removeprefix('region-')}( \([^()]+\))?", group.label)


@per_file
def test_country_groups_of_the_rules_exist(file: str) -> None:
    this, known = rules(file), groups(year_of(file))
    roles = [role for _, role in this.eligibility if role is not None]
    named = {group for table in [*roles, *this.composition] for group in table.groups}
    named |= {group for table in this.composition for group in table.where}
    assert named - {"all"} - set(known) == set()
    assert {group for table in this.parity for group in (*table.of, *table.as_of)} - set(known) == set()
    everywhere = {country for group in known.values() for country in group.countries}
    for role in roles:
        open_to = everywhere if "all" in role.groups else {c for name in role.groups for c in known[name].countries}
        assert set(role.excluded) - open_to == set()


@per_file
def test_types_of_organisation_are_those_we_know(file: str) -> None:
    this = rules(file)
    roles = [role for _, role in this.eligibility if role is not None]
    assert {one for table in [*roles, *this.composition] for one in table.types} - TYPES == set()


@per_file
def test_who_counts_for_the_consortium_may_take_part(file: str) -> None:
    this = rules(file)
    may = {*this.eligibility.coordinator.groups, *this.eligibility.partner.groups}
    counting = {group for table in this.composition for group in table.groups}
    assert "all" in may or counting - may == set()


@per_year
def test_no_two_files_of_a_call_list_one_code(year: str) -> None:
    assert {code for code, times in Counter(codes_of(year)).items() if times > 1} == set()


@per_file
def test_codes_the_rules_refer_to_exist_in_the_call(file: str) -> None:
    this, known = rules(file), set(codes_of(year_of(file)))
    own = set(this.codes)
    assert {code for round_ in this.rounds for code in round_.codes} - own == set()
    assert set(this.counterparts) - own == set()
    assert set(this.counterparts.values()) - (known - own) == set()
    if this.limits.applications is not None:
        assert set(this.limits.applications.codes) - known == set()


@per_year
def test_counterparts_point_back(year: str) -> None:
    pairs = {pair for file in files_of(year) for pair in rules(file).counterparts.items()}
    assert {(there, here) for here, there in pairs} == pairs


@per_file
def test_bands_fall_from_full_payment_to_score_0(file: str) -> None:
    report = rules(file).final_report
    if report.method == "acceptance":
        return
    scores = [band.score_from for band in report.scale]
    assert scores == sorted(set(scores), reverse=True)
    assert scores[-1] == 0
    assert report.scale[0].pays == 1
    assert all(higher.pays >= lower.pays for higher, lower in pairwise(report.scale))
    if report.method == "project-score":
        assert sum(report.criteria.values()) == 100


@per_file
def test_award_criteria_add_up_to_100(file: str) -> None:
    award = rules(file).award
    assert sum(criterion.max for criterion in award.criteria.values()) == 100
    assert all(criterion.min <= criterion.max for criterion in award.criteria.values())
    assert set(award.tie_break) <= set(award.criteria)
    assert award.threshold <= 100


@per_file
def test_instalments_pay_the_whole_grant(file: str) -> None:
    instalments = rules(file).payments.instalments
    assert [sum(table.shares) for table in instalments] == [1] * len(instalments)
    lengths = [table.up_to_months for table in instalments]
    assert lengths[-1] is None
    assert None not in lengths[:-1]


@per_file
def test_rounds_run_from_deadline_to_last_start(file: str) -> None:
    for round_ in rules(file).rounds:
        assert round_.deadline.tzinfo is None
        assert (round_.start_from is None) == (round_.start_to is None)
        if round_.start_from is not None and round_.start_to is not None:
            assert round_.deadline.date() < round_.start_from <= round_.start_to


@per_file
def test_deadlines_are_at_noon_or_at_five(file: str) -> None:
    this = rules(file)
    assert {round_.deadline.hour for round_ in this.rounds} == {12 if this.managed_by == "na" else 17}


@per_file
def test_a_code_has_one_round_of_each_number(file: str) -> None:
    this = rules(file)
    held = Counter((round_.round, code) for round_ in this.rounds for code in round_.codes or this.codes)
    assert set(held.values()) == {1}
    assert {code for _, code in held} == set(this.codes)


@per_file
def test_the_grant_is_priced_as_the_application_is_divided(file: str) -> None:
    this = rules(file)
    kinds = {type(heading.price) for heading in this.headings.values()}
    assert kinds == {DetailedBudget if this.structure == "costs" else MenuLumpSum}


@per_file
def test_lump_sums_ascend(file: str) -> None:
    this = rules(file)
    for price in (heading.price for heading in this.headings.values()):
        amounts = list(price.amounts) if isinstance(price, MenuLumpSum) else list(price.max_grant_by_months.values())
        if isinstance(price, DetailedBudget):
            assert {int(months) for months in price.max_grant_by_months} in (set(), set(this.limits.months.allowed))
            assert price.min_grant is None or (price.max_grant is not None and price.min_grant < price.max_grant)
        assert amounts == sorted(set(amounts))


@per_file
def test_durations_on_offer_run_from_shortest_to_longest(file: str) -> None:
    months = rules(file).limits.months
    assert months.min <= months.max
    assert not months.allowed or (months.allowed[0], months.allowed[-1]) == (months.min, months.max)
    assert list(months.allowed) == sorted(set(months.allowed))


@per_file
def test_limits_of_categories_name_categories(file: str) -> None:
    this = rules(file)
    forbidden = this.limits.categories.forbidden if this.limits.categories else ()
    shares = this.limits.grant_shares.most if this.limits.grant_shares else {}
    known = set(Category)
    assert {*forbidden, *shares} <= known
    assert set(forbidden).isdisjoint(shares)
    for heading in this.headings.values():
        if isinstance(heading.price, DetailedBudget):
            assert set(heading.price.without_indirect) <= known


def test_every_limit_is_used_by_some_call() -> None:
    used = {name for file in FILES for name, limit in rules(file).limits if limit is not None}
    assert used == set(Limits.model_fields)


@pytest.mark.parametrize(
    ("file", "threshold", "least"),
    [
        ("2023/ka220.toml", 60, (12, 15, 10, 12)),
        ("2025/ka220.toml", 70, (13, 15, 10, 13)),
        ("2026/ka220.toml", 70, (13, 15, 10, 13)),
    ],
)
def test_pass_mark_of_cooperation_partnerships_rose_after_2023(
    file: str, threshold: int, least: tuple[int, ...]
) -> None:
    award = rules(file).award
    assert (award.threshold, tuple(criterion.min for criterion in award.criteria.values())) == (threshold, least)
