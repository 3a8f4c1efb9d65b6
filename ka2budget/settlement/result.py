"""What a settlement says: the final grant of a project, of its parts and of its partners."""

from typing import Annotated, Literal

from pydantic import Field

from ka2budget.agreement import ManagementCap, Reduces
from ka2budget.finding import Finding
from ka2budget.model import Eur, Model, Share

Level = Literal["none", "project", "work-package", "acceptance", "costs"]
"""What a reduction applies to."""
_WHERE_KNOWN = Field(exclude_if=lambda value: value is None)


class SettledPart(Model):
    """A work package or activity after the assessment."""

    amount: Eur
    """As in the grant agreement, in EUR."""
    rejected: Eur
    """Refused outright, before any score counts, in EUR; where real costs are paid, of the costs reported."""
    score: int | None = None
    """Points given, where there are any."""
    factor: Share
    """Share paid of what was not refused."""
    accepted: Eur
    """Payable in the end, in EUR."""
    cost: Annotated[Eur | None, _WHERE_KNOWN] = None
    """Costs accepted, in EUR, where real costs are paid."""


class SettledHeading(Model):
    """A budget heading of unit contributions after the report, in EUR."""

    awarded: Eur
    """As in the grant agreement."""
    achieved: Eur
    """Units achieved x rate, and real costs accepted."""
    transferred: Eur
    """Moved here from other headings; from here where negative."""
    eligible: Eur
    """Accepted before any reduction."""
    accepted: Eur
    """Payable in the end."""


class SettledPartner(Model):
    """One partner's part of the final grant."""

    final: Eur
    """Its part of the final grant, in EUR."""
    paid: Eur | None = None
    """What it got so far, in EUR, where the transfers are known."""
    balance: Eur | None = None
    """Still due to it, or to be called back where negative."""


class Settlement(Model):
    """The final grant of one project; without amounts where errors forbid it."""

    action: str
    """Code of the action."""
    call: int
    """Year of the call."""
    grant: Eur
    """As in the grant agreement, in EUR."""
    overall_score: int | None = None
    """Points for the whole project, where there are any."""
    level: Level
    """What a reduction applies to."""
    final_grant: Eur | None = None
    """What is paid in the end, in EUR."""
    paid: Eur
    """What the agency paid so far, in EUR."""
    balance: Eur | None = None
    """To be paid; to be recovered where negative."""
    management_cap: ManagementCap = "none"
    """What the management part was held against."""
    reduces: Reduces = "eligible"
    """What the band of the score was applied to, where the call has unit contributions."""
    readings: dict[ManagementCap, Eur] = Field(default_factory=dict)
    """The final grant under each reading of the management cap, where they differ."""
    work_packages: dict[str, SettledPart] = Field(default_factory=dict)
    """Work packages after the assessment, by id."""
    activities: dict[str, SettledPart] = Field(default_factory=dict)
    """Activities after the assessment, by id."""
    headings: dict[str, SettledHeading] = Field(default_factory=dict)
    """Budget headings after the report, by name."""
    partners: dict[str, SettledPartner] = Field(default_factory=dict)
    """Each partner's part, by id."""
    findings: tuple[Finding, ...] = ()
    """What the settlement found."""
