"""The time zone of an address: of its country where all of it has one zone, else of its region."""

from types import MappingProxyType
from typing import Final

from babel.core import get_global

_PRIMARY: Final = MappingProxyType(  # CLDR, primaryZones: where the rest of a country's zones have few people
    {
        "CL": "America/Santiago", "CN": "Asia/Shanghai", "DE": "Europe/Berlin", "EC": "America/Guayaquil",
        "ES": "Europe/Madrid", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon",
        "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent",
    }
)  # fmt: skip
# The zone of most people of each region (ISO 3166-2) of countries that lie in several.
_OF_REGIONS: Final = MappingProxyType(
    {
        "America/New_York": "US: CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Chicago": "US: AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
        "America/Denver": "US: CO ID MT NM UT WY",
        "America/Phoenix": "US: AZ",
        "America/Los_Angeles": "US: CA NV OR WA",
        "America/Anchorage": "US: AK",
        "Pacific/Honolulu": "US: HI",
        "America/Toronto": "CA: ON QC",
        "America/Vancouver": "CA: BC",
        "America/Edmonton": "CA: AB NT",
        "America/Regina": "CA: SK",
        "America/Winnipeg": "CA: MB",
        "America/Halifax": "CA: NS PE",
        "America/Moncton": "CA: NB",
        "America/St_Johns": "CA: NL",
        "America/Whitehorse": "CA: YT",
        "Australia/Sydney": "AU: NSW ACT",
        "Australia/Melbourne": "AU: VIC",
        "Australia/Brisbane": "AU: QLD",
        "Australia/Adelaide": "AU: SA",
        "Australia/Darwin": "AU: NT",
        "Australia/Perth": "AU: WA",
        "Australia/Hobart": "AU: TAS",
    }
)
_BY_REGION: Final = MappingProxyType(
    {
        (country, region): zone
        for zone, regions in _OF_REGIONS.items()
        for country, _, names in [regions.partition(": ")]
        for region in names.split()
    }
)


def zone_of(country: str, region: str | None) -> str | None:
    """Return the IANA zone of a region (ISO 3166-2 without its country), or of a country where it has one."""
    if zone := _BY_REGION.get((country, region or "")) or _PRIMARY.get(country):
        return zone
    zones = get_global("territory_zones").get(country, [])
    return zones[0] if len(zones) == 1 else None
