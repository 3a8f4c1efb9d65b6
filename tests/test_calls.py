"""The data of ``calls/``: every file loads, names its sources and agrees with the other files of its call."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_args

import pytest
from babel import Locale

from ka2budget.catalogue import read_call_file
from ka2budget.files import CALLS
from ka2budget.formulas import (
    DetailedBudget,
    ExpensiveTravel,
    FlatRate,
    LumpSum,
    LumpSumByType,
    MenuLumpSum,
    NeedsUnit,
    PerDay,
    PerDayOfStay,
    PerDistance,
    PerMonthOfStay,
    PerParticipant,
    Price,
    UnitPrice,
)
from ka2budget.project import Category
from ka2budget.rules import CountryGroup, Document, Heading, Limits, Participation, RulesFile

YEARS = sorted(folder.name for folder in CALLS.iterdir() if folder.is_dir())
FILES = sorted(
    f"{path.parent.name}/{path.name}"
    for path in CALLS.glob("*/*.toml")
    if path.name not in {"sources.toml", "countries.toml"}
)
PAGES = re.compile(r"p\. \d+(-\d+)?(, \d+(-\d+)?)*")
SAME_IN_ALL_CALLS = "The same in all calls from 2021 to 2026."
REGIONS = ("1", "2", "3", "4", "5a", "5b", "6", "7a", "7b", "8a", "8b", "9", "10", "11", "12", "13", "14")
REGIONS_UNTIL_2020 = tuple(str(number) for number in range(1, 15))
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
per_year_until_2020 = pytest.mark.parametrize("year", [year for year in YEARS if year <= "2020"])
per_year_from_2021 = pytest.mark.parametrize("year", [year for year in YEARS if year > "2020"])


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


def headings(file: str) -> dict[str, Heading]:
    return rules(file).headings


def prices(file: str) -> list[Price]:
    return [heading.price for heading in headings(file).values()]


def countries_of(who: Participation, year: str) -> set[str]:
    """Return the countries whose organisations may have a role."""
    known = groups(year)
    names = known if "all" in who.groups else who.groups
    return {country for name in names for country in known[name].countries} - set(who.excluded)


def ascending(numbers: list[Any]) -> bool:
    return numbers == sorted(set(numbers))


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
    """A figure of another call's guide, of one that was not read, or of no document, is not passed off as confirmed."""
    known = documents(year_of(file))
    unread = {key for key, document in known.items() if (document.version or "").startswith("not read")}
    for table in sourced(read_call_file(file)):
        if re.match(r"guide-\d|practice|agreement", table["source"]):
            assert "doubt" in table or table["note"] == SAME_IN_ALL_CALLS, table
        if table["source"].partition(" ")[0] in unread:
            assert "doubt" in table, table


@pytest.mark.parametrize("file", [file for file in FILES if year_of(file) <= "2020"])
def test_until_2020_no_table_of_another_call_is_passed_off_as_confirmed(file: str) -> None:
    """A document that names its call confirms nothing of another one, be it an agency's or a university's."""
    for table in sourced(read_call_file(file)):
        named = re.match(r"(?:applicants|experts-ka|experts-cbhe|budget-table)-(20\d\d)", table["source"])
        if named and named[1] != year_of(file):
            assert "doubt" in table, table


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


@per_year_from_2021
def test_every_call_from_2021_has_27_member_states_6_associated_countries_and_14_regions(year: str) -> None:
    found = groups(year)
    assert len(found["member-states"].countries) == 27
    assert len(found["associated"].countries) == 6
    assert set(found) == {"member-states", "associated", *(f"region-{number}" for number in REGIONS)}


@per_year_until_2020
def test_every_call_until_2020_has_33_or_34_programme_countries_and_14_regions(year: str) -> None:
    found = groups(year)
    assert len(found["programme"].countries) == (34 if year >= "2019" else 33)
    assert ("RS" in found["programme"].countries) == (year >= "2019")
    assert ("RS" in found["region-1"].countries) == (year < "2019")
    assert set(found) == {"programme", *(f"region-{number}" for number in REGIONS_UNTIL_2020)}
    assert {name for name, group in found.items() if group.doubt is None} == (
        {"programme"} if year == "2020" else set()
    )


@per_year
def test_every_call_sorts_the_same_countries(year: str) -> None:
    everywhere = {country for group in groups("2023").values() for country in group.countries}
    assert {country for group in groups(year).values() for country in group.countries} == everywhere


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
    named |= {group for heading in this.headings.values() for group in heading.groups}
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
    if report.method not in {"project-score", "work-package-score"}:
        return
    scores = [band.score_from for band in report.scale]
    assert scores == sorted(set(scores), reverse=True)
    assert scores[-1] == 0
    assert report.scale[0].pays == 1
    assert all(higher.pays >= lower.pays for higher, lower in pairwise(report.scale))
    if report.method == "project-score":
        assert sum(report.criteria.values()) == (100 if report.criteria or rules(file).structure != "units" else 0)


def names_unknown(file: str, name: str) -> bool:
    """Return whether a call file names a figure that was found in no document."""
    return any(name in table.get("unknown", {}) for table in sourced(read_call_file(file)))


@per_file
def test_award_criteria_add_up_to_100(file: str) -> None:
    award = rules(file).award
    if award is None:
        assert names_unknown(file, "award_criteria")
        return
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
    hour = 17 if this.managed_by == "eacea" and this.call > 2020 else 12
    assert {round_.deadline.hour for round_ in this.rounds} == ({hour} if this.rounds else set())


@per_file
def test_a_call_without_deadlines_says_that_they_are_not_known(file: str) -> None:
    assert bool(rules(file).rounds) != names_unknown(file, "deadline")


@per_file
def test_a_code_has_one_round_of_each_number(file: str) -> None:
    this = rules(file)
    held = Counter((round_.round, code) for round_ in this.rounds for code in round_.codes or this.codes)
    assert set(held.values()) == ({1} if this.rounds else set())
    assert {code for _, code in held} == (set(this.codes) if this.rounds else set())


@per_file
def test_the_grant_is_priced_as_the_application_is_divided(file: str) -> None:
    wanted: dict[str, tuple[type, ...]] = {"costs": (DetailedBudget,), "units": (UnitPrice, FlatRate)}
    assert all(isinstance(price, wanted.get(rules(file).structure, (LumpSum,))) for price in prices(file))
    assert rules(file).structure == "units" or len(prices(file)) == 1


@per_file
def test_lump_sums_ascend(file: str) -> None:
    this = rules(file)
    for price in prices(file):
        amounts: list[Any] = []
        if isinstance(price, MenuLumpSum):
            amounts = list(price.amounts)
        if isinstance(price, DetailedBudget):
            amounts = list(price.max_grant_by_months.values())
            assert {int(months) for months in price.max_grant_by_months} in (set(), set(this.limits.months.allowed))
            assert price.min_grant is None or (price.max_grant is not None and price.min_grant < price.max_grant)
        assert ascending(amounts)


@per_file
def test_grants_of_units_have_a_most_for_every_duration_on_offer(file: str) -> None:
    this = rules(file)
    if this.structure != "units" or this.limits.grant is None:
        return
    grant, months = this.limits.grant, this.limits.months
    assert {int(one) for one in grant.by_months} in (set(), set(months.allowed or [months.min, months.max]))
    assert ascending(list(grant.by_months.values()))
    assert grant.min is None or grant.max is None or grant.min < grant.max


@per_file
def test_bands_stages_and_needs_ascend(file: str) -> None:
    for price in prices(file):
        if isinstance(price, PerDistance):
            assert ascending([band.from_km for band in price.bands])
            assert ascending([band.rate for band in price.bands])
        if isinstance(price, PerDayOfStay):
            for stages in (one for group in price.groups for one in group.rates.values()):
                assert stages[0].from_day == 1
                assert ascending([stage.from_day for stage in stages])
                assert ascending([stage.rate for stage in reversed(stages)])
                assert price.last_day is None or stages[-1].from_day <= price.last_day
        if isinstance(price, NeedsUnit):
            assert ascending(list(price.amounts))


@per_file
def test_headings_name_headings(file: str) -> None:
    known = headings(file)
    for name, heading in known.items():
        assert heading.only_with is None or heading.only_with in set(known) - {name}
        if isinstance(heading.price, ExpensiveTravel):
            assert isinstance(known[heading.price.instead_of].price, PerDistance)
        if isinstance(heading.price, FlatRate):
            assert all(isinstance(known[other].price, UnitPrice) for other in heading.price.of)
        if isinstance(heading.price, PerParticipant):
            assert set(heading.price.most) <= set(heading.price.rates)


@per_file
def test_transfers_name_headings(file: str) -> None:
    this = rules(file)
    if this.transfers is not None:
        leaving, entering = set(this.transfers.leaving), set(this.transfers.entering)
        assert leaving | entering | set(this.transfers.without_limit) <= set(this.headings)
        assert entering.isdisjoint(this.transfers.without_limit)


@per_file
def test_every_country_that_may_take_part_has_a_rate_where_staff_is_paid_by_the_day(file: str) -> None:
    this = rules(file)
    everyone = countries_of(this.eligibility.coordinator, year_of(file))
    everyone |= countries_of(this.eligibility.partner, year_of(file))
    for price in (one for one in prices(file) if isinstance(one, PerDay)):
        named = Counter(country for group in price.groups for country in group.countries)
        others = [group for group in price.groups if not group.countries]
        assert set(named.values()) == {1}
        assert len(others) <= 1
        assert others or everyone - set(named) == set()
        assert len({frozenset(group.rates) for group in price.groups}) == 1


@per_file
def test_every_country_of_the_programme_has_a_rate_of_stay_or_is_said_to_have_none(file: str) -> None:
    """Where the rate follows the country that receives; an unknown one is named."""
    known = groups(year_of(file))
    for heading in headings(file).values():
        price, named = heading.price, set[str]()
        if isinstance(price, PerDayOfStay) and all(group.countries for group in price.groups):
            countries = Counter(country for group in price.groups for country in group.countries)
            assert set(countries.values()) == {1}
            named = set(countries)
        if isinstance(price, PerMonthOfStay):
            named = set(price.rates)
        if named and "programme" in known:
            assert named.isdisjoint(heading.unknown)
            assert named | set(heading.unknown) == set(known["programme"].countries)


@per_file
def test_lump_sums_by_type_are_those_of_the_variants(file: str) -> None:
    for price in prices(file):
        if isinstance(price, LumpSumByType):
            assert set(price.amounts) == set(rules(file).variants)


@per_file
def test_durations_on_offer_run_from_shortest_to_longest(file: str) -> None:
    months = rules(file).limits.months
    assert months.min <= months.max
    assert not months.allowed or (months.allowed[0], months.allowed[-1]) == (months.min, months.max)
    assert list(months.allowed) == sorted(set(months.allowed))


@per_file
def test_limits_of_categories_name_categories_and_headings(file: str) -> None:
    this = rules(file)
    forbidden = this.limits.categories.forbidden if this.limits.categories else ()
    shares = this.limits.grant_shares.most if this.limits.grant_shares else {}
    known = set(Category)
    assert set(forbidden) <= known
    assert set(shares) <= (set(this.headings) if this.structure == "units" else known)
    assert set(forbidden).isdisjoint(shares)
    for heading in this.headings.values():
        if isinstance(heading.price, DetailedBudget):
            assert set(heading.price.without_indirect) <= known


def test_every_formula_is_used_by_some_call() -> None:
    offered = set(get_args(get_args(Price)[0]))
    assert {type(price) for file in FILES for price in prices(file)} == offered


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
    assert award is not None
    assert (award.threshold, tuple(criterion.min for criterion in award.criteria.values())) == (threshold, least)
