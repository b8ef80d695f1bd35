"""The zone of an address is known where it is sure, and else is the merchant's."""

from zoneinfo import ZoneInfo

import pytest

from services.notification import territories
from services.notification.territories import zone_of


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("NL", None, "Europe/Amsterdam"),
        ("US", "NY", "America/New_York"),
        ("US", "TX", "America/Chicago"),
        ("US", None, None),
        ("US", "XX", None),
        ("CA", "NL", "America/St_Johns"),
        ("AU", "WA", "Australia/Perth"),
        ("US", "WA", "America/Los_Angeles"),
        ("ES", None, "Europe/Madrid"),
        ("ES", "AN", "Europe/Madrid"),
        ("RU", None, None),
        ("XX", None, None),
    ],
)
def test_a_zone_is_that_of_the_region_or_of_a_country_that_has_one(
    country: str, region: str | None, zone: str | None
) -> None:
    assert zone_of(country, region) == zone


def test_every_zone_is_one() -> None:
    for zone in territories._OF_REGIONS:
        ZoneInfo(zone)
    assert all(ZoneInfo(zone) for zone in territories._PRIMARY.values())
    assert len(territories._BY_REGION) == 51 + 13 + 8 - 1  # of Canada's regions Nunavut lies in three zones
