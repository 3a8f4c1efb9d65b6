"""The catalogue as its readers meet it: every row of Key Action 2, platforms, what is not known, what changed."""

import json
from itertools import pairwise

import pytest
from conftest import Run

from ka2budget.catalogue import calls_of, catalogue, platforms, rules_for
from ka2budget.errors import NoGrant, NoSuchRule, NotKnown
from ka2budget.formulas import Price
from ka2budget.rules import Rules
from ka2budget.rules.statements import changes, stated

ROWS = {
    **dict.fromkeys(["KA201", "KA202", "KA203", "KA204", "KA205"], range(2014, 2021)),
    "KA219": range(2014, 2018),
    "KA229": range(2018, 2021),
    "KA226": [2020],
    "KA227": [2020],
    "KNOWLEDGE-ALLIANCES": range(2014, 2021),
    "SECTOR-SKILLS-ALLIANCES": range(2014, 2017),
    "SECTOR-SKILLS-ALLIANCES-LOT-1": range(2017, 2021),
    "SECTOR-SKILLS-ALLIANCES-LOT-2": range(2017, 2021),
    "SECTOR-SKILLS-ALLIANCES-LOT-3": range(2017, 2020),
    "CBHE-JOINT-PROJECTS": range(2015, 2021),
    "CBHE-STRUCTURAL-PROJECTS": range(2015, 2021),
    "CAPACITY-BUILDING-YOUTH": range(2014, 2021),
    "EUROPEAN-UNIVERSITIES": [2019, 2020],
    "KA210-SCH": range(2021, 2027),
    "KA220-ADU": range(2021, 2027),
    "KA240-SCH": [2026],
    "ERASMUS-EDU-EUR-UNIV": [2022, 2023, 2024, 2026],
    "ERASMUS-EDU-PEX-COVE": range(2021, 2027),
    "ERASMUS-EDU-PEX-TEACH-ACA": [2024, 2025],
    "ERASMUS-EDU-PEX-EMJM-MOB": range(2021, 2027),
    "ERASMUS-EDU-EMJM-DESIGN": range(2021, 2027),
    "ERASMUS-EDU-PI-ALL-INNO-EDU-ENTERP": range(2021, 2027),
    "ERASMUS-EDU-PI-ALL-INNO-BLUEPRINT": range(2021, 2027),
    "ERASMUS-EDU-PI-ALL-INNO-STEM": [2026],
    "ERASMUS-EDU-PI-FORWARD-LOT1": [2022, 2023],
    "ERASMUS-EDU-CBHE-STRAND-1": range(2022, 2027),
    "ERASMUS-EDU-CB-VET-WB": [2025, 2026],
    "ERASMUS-YOUTH-CB": range(2021, 2027),
    "ERASMUS-SPORT-CB": range(2022, 2027),
    "ERASMUS-SPORT-SNCESE": range(2021, 2027),
    "ERASMUS-SPORT-LSSNCESE": [2023, 2025, 2026],
}


@pytest.mark.parametrize("code", ROWS)
def test_every_action_of_key_action_2_has_the_calls_it_was_held_in(code: str) -> None:
    assert calls_of(code) == tuple(ROWS[code])


def test_actions_are_listed_with_manager_form_of_grant_and_years(run: Run) -> None:
    rows = {line.split()[0]: line for line in run("actions").out.splitlines()[2:]}
    assert "National Agency" in rows["KA204"]
    assert rows["KA204"].endswith("2014-2020")
    assert "EACEA" in rows["ERASMUS-EDU-PEX-EMJM-MOB"]
    assert "no grant" in rows["ETWINNING"]
    assert {code for entry in catalogue() for code in entry.codes} <= set(rows)


def test_coverage_counts_what_is_confirmed_in_doubt_and_not_known(run: Run) -> None:
    line = run("actions", "KNOWLEDGE-ALLIANCES", "--coverage", "--json").out
    entries = {one["call"]: one for one in json.loads(line)["actions"]}
    assert entries[2020]["confirmed"] > entries[2020]["in_doubt"]
    assert entries[2014]["confirmed"] < entries[2014]["in_doubt"]
    table = run("actions", "ERASMUS-EDU-EUR-UNIV", "--coverage").out
    assert "Not known" in table.splitlines()[0]


def test_a_platform_says_that_it_gives_no_grants_and_who_runs_it(run: Run) -> None:
    answer = run("new", "EPALE")
    assert answer.code == 2
    assert "Electronic Platform for Adult Learning in Europe gives no grants" in answer.err
    assert "epale.ec.europa.eu" in answer.err
    for platform in platforms():
        for code in platform.codes:
            with pytest.raises(NoGrant):
                rules_for(code, platform.last)
        assert platform.where.startswith("https://")


def test_a_figure_that_nobody_found_is_absent_and_asking_for_it_says_so(run: Run) -> None:
    rules = rules_for("ERASMUS-EDU-EUR-UNIV", 2023)
    with pytest.raises(NotKnown, match=r"was found in no document. It depends on the number of full partners"):
        rules.find("headings.lump-sum.price.max_grant")
    with pytest.raises(NoSuchRule):
        rules.find("headings.lump-sum.price.nonsense")
    answer = run("rules", "show", "ERASMUS-EDU-EUR-UNIV", 2023, "headings.lump-sum.price.max_grant")
    assert (answer.code, answer.out) == (2, "")
    assert "was found in no document" in answer.err


def every_rules() -> list[Rules]:
    return [rules_for(entry.codes[0], entry.call) for entry in catalogue()]


def test_every_formula_prices_something_in_some_call() -> None:
    used = {type(heading.price) for rules in every_rules() for heading in rules.headings.values()}
    assert used == set(Price.__args__[0].__args__)  # type: ignore[attr-defined]


def test_every_statement_of_the_rules_reads_and_names_a_document_or_a_table_without_figures() -> None:
    for rules in every_rules():
        for one in stated(rules):
            assert one.value
            assert one.source or one.path.split(".")[0] in {
                "action", "codes", "call", "title", "managed_by", "structure", "read_on", "counterparts", "variants",
            }, one  # fmt: skip


def test_changes_are_told_in_words_with_the_later_page() -> None:
    found = {one.path: one for one in changes(rules_for("KA220-ADU", 2023), rules_for("KA220-ADU", 2025))}
    threshold = found["award.threshold"]
    assert [str(said) for said in threshold[1:4]] == ["Award, threshold", "60", "70"]
    assert threshold.source == "Erasmus+ Programme Guide 2025, p. 252-255"
    assert "call" not in found
    rates = {one.path: one for one in changes(rules_for("KA204", 2016), rules_for("KA204", 2018))}
    staff = rates["headings.individual-support.price.groups.1.rates.staff.1.rate"]
    assert (str(staff.before), str(staff.after)) == ("€100", "€106")


@pytest.mark.parametrize("code", [code for code in ROWS if len(ROWS[code]) > 1])
def test_what_changed_between_two_calls_can_be_told_of_every_action(run: Run, code: str) -> None:
    first, second = next(pairwise(ROWS[code]))
    assert run("rules", "diff", code, first, second).code == 0


def test_a_call_held_against_itself_has_no_changes(run: Run) -> None:
    assert run("rules", "diff", "KA204", 2018, 2018).out == "Nothing differs between the calls 2018 and 2018.\n"


def test_paths_read_as_words() -> None:
    rules = rules_for("KA204", 2018)
    assert str(rules.in_words("payments.instalments.1")) == "Payments, instalments 1"
    assert str(rules.in_words("headings.project-management.price.most_per_month")) == (
        "Headings, Project management and implementation, price, most per month"
    )
