"""How a call turns the assessment of the final report into money."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ka2budget.model import Count, Model, Share
from ka2budget.rules.tables import Sourced
from ka2budget.text import Sentence


class Band(Model):
    """From this score on, this share is paid."""

    score_from: Count
    """The lowest score of the band."""
    pays: Share
    """Share that is paid."""
    doubt: Sentence | None = None
    """Why no official document confirms it."""


class _Scaled(Sourced):
    scale: Annotated[tuple[Band, ...], Field(min_length=1)]
    """Bands in falling order, the last from 0."""

    def band(self, score: int) -> Band:
        """Return the band that a score from 0 to 100 is in."""
        return next(band for band in self.scale if score >= band.score_from)

    def share(self, score: int) -> Decimal:
        """Return the share of the amount that is paid for a score from 0 to 100."""
        return self.band(score).pays

    @property
    def full_from(self) -> int:
        """The lowest score that is paid in full."""
        return min(band.score_from for band in self.scale if band.pays == 1)


class ProjectScore(_Scaled):
    """One score for the project; its band applies to the whole grant."""

    method: Literal["project-score"]
    """One score for the project."""
    criteria: dict[str, Count] = Field(default_factory=dict)
    """Most points of each criterion."""
    reduces: Literal["eligible", "grant"] = "eligible"
    """What the band is applied to: the amount that is eligible after the report, or the grant as agreed.

    With the grant, what is eligible is paid as far as it does not pass the reduced grant. The agreement wins.
    """


class WorkPackageScore(_Scaled):
    """A score per work package, weighted by amount; management has none.

    Below the limit the whole grant is cut, else only the weak work packages.
    """

    method: Literal["work-package-score"]
    """A score for each work package."""
    management_cap: Literal["final-total", "unreduced-total", "none"]
    """What the management part is held against after a reduction, unless the agreement says otherwise."""


class Acceptance(Sourced):
    """Each work package or activity is accepted, accepted in part or refused; there is no score."""

    method: Literal["acceptance"]
    """Parts are accepted, accepted in part or refused."""


class Achieved(Sourced):
    """Units that were really achieved are paid, and there is no score."""

    method: Literal["achieved"]
    """Units that were achieved are paid."""


class ActualCosts(Sourced):
    """The real costs that are accepted are paid at the rate of the grant, up to the grant."""

    method: Literal["actual-costs"]
    """Real costs that are accepted are paid."""


FinalReport = Annotated[
    ProjectScore | WorkPackageScore | Acceptance | Achieved | ActualCosts, Field(discriminator="method")
]
