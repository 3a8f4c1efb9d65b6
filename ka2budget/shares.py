"""Who gets which part of the grant, who carries which part of the rest, and in which instalments."""

from ka2budget.agreement import Terms
from ka2budget.budget import Budget
from ka2budget.model import Eur, Model
from ka2budget.money import percentages, split, split_in_steps, total
from ka2budget.text import Phrase, Sentence


class PartnerShare(Model):
    """One partner's part of the grant."""

    grant: Eur
    percent: Eur
    own_part: Eur | None = None
    """What it pays itself, in EUR, where its cost is known."""
    instalments: tuple[Eur, ...]
    """The grant in the instalments of the agency, in EUR."""
    parts: dict[str, Eur]
    """Its amounts by work package, activity or heading, in EUR."""
    percents: dict[str, Eur]
    """Its share of each of them in per cent; all partners of one make 100.00."""


class Shares(Model):
    """The grant divided among the partners."""

    grant: Eur
    own_part: Eur | None = None
    """What the partners carry together, in EUR, where the whole cost is known."""
    instalments: tuple[Eur, ...]
    instalments_doubt: Sentence | None = None
    """Why the instalments are not certain."""
    instalments_source: Phrase
    partners: dict[str, PartnerShare]


def share(budget: Budget, terms: Terms) -> Shares:
    """Return each partner's part of the grant and its instalments; all sums are exact, by the largest remainder."""
    parts = budget.parts
    percents = {
        name: dict(zip(part.partners, percentages(list(part.partners.values())), strict=True))
        for name, part in parts.items()
    }
    grants = [partner.grant for partner in budget.partners.values()]
    shared = total(grants)
    instalments = split(shared, terms.instalments)
    basis = terms.basis["instalments"]
    return Shares(
        grant=shared,
        own_part=None if budget.total_cost is None else budget.total_cost - shared,
        instalments=instalments,
        instalments_doubt=basis.doubt,
        instalments_source=basis.source,
        partners={
            partner_id: PartnerShare(
                grant=partner.grant,
                percent=partner.percent,
                own_part=partner.own_part,
                instalments=row,
                parts={name: part.partners[partner_id] for name, part in parts.items() if partner_id in part.partners},
                percents={name: row[partner_id] for name, row in percents.items() if partner_id in row},
            )
            for (partner_id, partner), row in zip(
                budget.partners.items(), split_in_steps(grants, instalments), strict=True
            )
        },
    )
