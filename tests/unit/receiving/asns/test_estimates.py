"""When a truck arrives whose file does not say it, and from what that is known."""

import pytest

from services.receiving.domain.asns.estimates import Hints, estimate
from services.receiving.facts.window import Window
from tests.unit.receiving.scanning.docks import WEEKDAYS, march

MONDAY = march(8)
ORDER = Window(march(5), march(20))


@pytest.mark.parametrize(
    ("ways", "due", "arrives", "known_from"),
    [
        ((2, 2, 4), ORDER, (10, 12), "how long the last 3 trucks of this supplier took"),
        ((1, *[3] * 28, 9), ORDER, (11, 11), "how long the last 30 trucks of this supplier took"),
        ((6, 2), ORDER, (8, 20), "when its purchase order is due"),
        ((), ORDER, (8, 20), "when its purchase order is due"),
        ((5,), None, (15, 15), "how long the last truck of this supplier took"),
        ((-1, -1, 0), None, (8, 8), "how long the last 3 trucks of this supplier took"),
    ],
)
def test_it_arrives_as_others_did_or_when_its_order_is_due(
    ways: tuple[int, ...], due: Window | None, arrives: tuple[int, int], known_from: str
) -> None:
    first, last = arrives
    assert estimate(Hints(MONDAY, ways, due), WEEKDAYS) == (Window(march(first), march(last)), known_from)


def test_nothing_tells() -> None:
    assert estimate(Hints(MONDAY, (), None), WEEKDAYS) is None
