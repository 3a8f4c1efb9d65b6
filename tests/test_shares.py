from decimal import Decimal

from ka2budget import steps
from ka2budget.agreement import Agreement
from ka2budget.explain import explain
from ka2budget.project import Project


def test_instalments_add_up_for_every_partner_and_every_payment(ka220: Project) -> None:
    shares = steps.share_out(steps.examine(ka220))
    assert shares.instalments == (Decimal("200000.00"), Decimal("50000.00"))
    for partner in shares.partners.values():
        assert sum(partner.instalments) == partner.grant
    for number, instalment in enumerate(shares.instalments):
        assert sum(partner.instalments[number] for partner in shares.partners.values()) == instalment


def test_percentages_of_every_work_package_make_a_hundred(ka220: Project) -> None:
    shares = steps.share_out(steps.examine(ka220))
    for name in ("WP1", "WP2", "WP3", "WP4"):
        assert sum(partner.percents[name] for partner in shares.partners.values()) == 100
    assert sum(partner.percent for partner in shares.partners.values()) == 100


def test_own_parts_are_known_where_the_costs_are(ka220: Project) -> None:
    partners = [one.model_copy(update={"estimated_cost": Decimal("65625.00")}) for one in ka220.partners]
    shares = steps.share_out(steps.examine(ka220.model_copy(update={"partners": tuple(partners)})))
    assert shares.own_part == Decimal("12500.00")
    assert sum(partner.own_part or 0 for partner in shares.partners.values()) == shares.own_part


def test_the_agreement_s_instalments_win(ka220: Project) -> None:
    shares = steps.share_out(steps.examine(ka220), Agreement(instalments=("0.4", "0.4", "0.2")))
    assert shares.instalments == (100_000, 100_000, 50_000)
    assert shares.instalments_doubt is None


def test_explained_terms_make_the_amount_the_budget_has(ka220: Project, ka210: Project) -> None:
    for project in (ka220, ka210):
        examined = steps.examine(project)
        explained = {one.what: one for one in explain(*examined)}
        for one in explained.values():
            assert not one.terms or sum(term.amount for term in one.terms) == one.amount
        for name, partner in examined.budget.partners.items():
            assert explained[name].amount == partner.grant
        assert explained["grant"].amount == examined.budget.grant
