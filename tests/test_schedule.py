from datetime import date
from decimal import Decimal

import pytest

from ka2budget import steps
from ka2budget.agreement import Agreement, terms_of
from ka2budget.catalogue import rules_for
from ka2budget.money import split
from ka2budget.project import Project
from ka2budget.schedule import Due


def dates(project: Project, agreement: Agreement | None = None) -> dict[str, list[Due]]:
    found: dict[str, list[Due]] = {}
    for due in steps.dates_of(steps.examine(project), agreement):
        found.setdefault(due.key, []).append(due)
    return found


def test_the_final_report_is_due_sixty_days_after_the_end_with_two_reminders(ka210: Project) -> None:
    found = dates(ka210.model_copy(update={"start": date(2025, 9, 1), "months": 12}))
    assert found["end"][0].date == date(2026, 8, 31)
    assert found["final-report"][0].date == date(2026, 10, 30)
    assert [due.date for due in found["reminder-1"] + found["reminder-2"]] == [date(2026, 8, 31), date(2026, 10, 23)]


def test_a_date_fixed_in_the_agreement_wins(ka220: Project) -> None:
    found = dates(ka220, Agreement(final_report=date(2027, 12, 31)))
    assert found["final-report"][0].date == date(2027, 12, 31)
    assert "fixed" in str(found["final-report"][0].reason)


def test_pre_financing_is_expected_thirty_days_after_the_signature(ka220: Project) -> None:
    assumed, known = dates(ka220), dates(ka220, Agreement(signed=date(2025, 10, 14)))
    assert assumed["instalment-1"][0].date == date(2025, 12, 1)
    assert "not known" in " ".join(map(str, assumed["instalment-1"][0].doubts))
    assert known["instalment-1"][0].date == date(2025, 11, 13)


def test_further_pre_financing_has_no_date_before_it_is_asked_for(ka220: Project) -> None:
    found = dates(ka220.model_copy(update={"months": 36}))
    assert found["instalment-2"][0].date is None
    assert [found[key][0].amount for key in ("instalment-1", "instalment-2", "balance")] == [100_000, 100_000, 50_000]


def test_the_balance_and_the_records_follow_from_the_final_report(ka220: Project, ka210: Project) -> None:
    assert dates(ka220)["balance"][0].date == date(2028, 2, 28)
    assert dates(ka220)["records-until"][0].date == date(2033, 2, 28)
    assert dates(ka210)["records-until"][0].date == date(2031, 6, 28)


def test_a_project_may_be_extended_as_far_as_its_call_says(ka220: Project, ka210: Project) -> None:
    assert dates(ka220)["extension-limit"][0].date == date(2028, 10, 31)
    assert "extension-limit" not in dates(ka220.model_copy(update={"months": 36}))
    assert "extension-limit" not in dates(ka210)
    in_2025 = ka210.model_copy(update={"call": 2025})
    assert dates(in_2025)["extension-limit"][0].reason.say().startswith("6 months")


@pytest.mark.parametrize(("grant", "years", "guarantee"), [("60000", 3, False), ("60000.01", 5, True)])
def test_small_grants_keep_records_three_years_and_need_no_guarantee(grant: str, years: int, guarantee: bool) -> None:  # noqa: FBT001
    terms = terms_of(rules_for("KA220-ADU", 2025), 24, Decimal(grant))
    assert terms.records == years
    assert (Decimal(grant) > terms.guarantee_above) is guarantee


@pytest.mark.parametrize(
    ("months", "grant", "parts"), [(24, 300_000, (240_000, 60_000)), (36, 450_000, (180_000, 180_000, 90_000))]
)
def test_short_projects_are_paid_in_two_instalments_long_ones_in_three(
    months: int, grant: int, parts: tuple[int, ...]
) -> None:
    terms = terms_of(rules_for("KA220-ADU", 2025), months, Decimal(grant))
    assert split(Decimal(grant), terms.instalments) == parts


def test_what_the_agreement_says_is_taken_from_it() -> None:
    rules = rules_for("KA220-ADU", 2025)
    terms = terms_of(rules, 24, Decimal(250_000), Agreement(instalments=("0.7", "0.3"), balance_days=90))
    assert (terms.instalments, terms.balance, terms.prefinancing) == (
        (Decimal("0.7"), Decimal("0.3")),
        90,
        30,
    )
    assert terms.basis["instalments"].source == "grant agreement"
    assert terms.basis["prefinancing"].source == "Erasmus+ Programme Guide 2025, p. 460"


def test_instalments_have_to_make_the_whole_grant() -> None:
    with pytest.raises(ValueError, match=r"add up to 1, not 0\.9"):
        Agreement.model_validate({"instalments": ["0.7", "0.2"]})
