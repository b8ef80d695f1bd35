"""When the shop is asked for another payment."""

from datetime import timedelta

from services.allocation.domain.payment import ask_at
from shared.testing.builders import MONDAY


def test_the_shop_is_asked_a_day_before_a_payment_ends() -> None:
    assert ask_at(MONDAY) == MONDAY - timedelta(days=1)
    assert ask_at(None) is None
