"""Euro as Decimal: the one module that rounds, and that divides without losing a cent."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

CENT = Decimal("0.01")
_TWO_DECIMALS = -2
ZERO = Decimal("0.00")
HUNDRED = Decimal("100.00")
_FOUR_DECIMALS = Decimal("0.0001")


def cents(amount: Decimal | Fraction) -> Decimal:
    """Return an amount in EUR rounded half up to the cent, as the spreadsheets of the agencies do."""
    if isinstance(amount, Fraction):
        size = Decimal((abs(amount) * 200 + 1) // 2).scaleb(-2)
        return size if amount >= 0 else -size
    return amount.quantize(CENT, ROUND_HALF_UP)


def cents_at_most(amount: Decimal | Fraction) -> Decimal:
    """Return the highest amount in EUR, in whole cents, that does not pass the given one."""
    if isinstance(amount, Fraction):
        return Decimal(amount * 100 // 1).scaleb(-2)
    return amount.quantize(CENT, ROUND_FLOOR)


def with_two_decimals(share: Decimal) -> Decimal:
    """Return a share with at least two decimals, and with as many more as it has."""
    return share if share.as_tuple().exponent < _TWO_DECIMALS else share.quantize(CENT)  # type: ignore[operator]


def four_decimals(rate: Decimal) -> Decimal:
    """Return a rate in per cent rounded half up to the four decimals in which people read it."""
    return rate.quantize(_FOUR_DECIMALS, ROUND_HALF_UP)


def whole(value: Decimal | Fraction) -> int:
    """Return a score rounded half up to a whole number of points."""
    if isinstance(value, Fraction):
        return int((value * 2 + 1) // 2)
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of amounts in EUR, with cents even where there is nothing to add."""
    return sum(amounts, ZERO)


def split(amount: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Divide an amount in whole cents in proportion to weights, by the largest remainder.

    The parts add up to the amount exactly; of equal remainders the first gets the cent. Weights may not be
    negative; where all are zero, every weight counts the same. Without weights there are no parts.
    """
    if not weights:
        return ()
    scale = max(0, *(-int(weight.as_tuple().exponent) for weight in weights))
    whole_weights = [int(weight.scaleb(scale)) for weight in weights]
    if not any(whole_weights):
        whole_weights = [1] * len(weights)
    in_cents, weight_sum = int(amount.scaleb(2)), sum(whole_weights)
    parts, remainders = zip(*(divmod(in_cents * weight, weight_sum) for weight in whole_weights), strict=True)
    left_over = in_cents - sum(parts)
    favoured = set(sorted(range(len(weights)), key=lambda i: -remainders[i])[:left_over])
    return tuple(Decimal(part + (i in favoured)).scaleb(-2) for i, part in enumerate(parts))


def percentages(amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Return what per cent of their sum the amounts are, with two decimals, adding up to 100.00 (0.00 of nothing)."""
    return split(HUNDRED, amounts) if any(amounts) else tuple(ZERO for _ in amounts)


def split_in_steps(amounts: Sequence[Decimal], steps: Sequence[Decimal]) -> tuple[tuple[Decimal, ...], ...]:
    """Divide each amount over steps such as instalments; rows give the amounts, columns the steps, both exactly.

    ``steps`` are amounts in EUR that add up to the sum of ``amounts``. Returns one row per amount.
    """
    so_far = tuple(ZERO for _ in amounts)
    reached, columns = ZERO, []
    for step in steps:
        reached += step
        until_now = split(reached, amounts)
        columns.append(tuple(now - before for now, before in zip(until_now, so_far, strict=True)))
        so_far = until_now
    return tuple(zip(*columns, strict=True))
