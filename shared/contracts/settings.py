"""settings.v1: how the installation works."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints

from shared.contracts.fields import Day, Email, Fact, Id, Node, Text, TimeOfDay, Version, Whole


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("must be an IANA time zone, such as Europe/Amsterdam")
    return name


Zone = Annotated[str, AfterValidator(_known_zone), Field(description="an IANA time zone")]
Weekday = Annotated[Whole, Field(ge=1, le=7, description="1 is Monday")]
InOrder = PlainSerializer(sorted, when_used="json")
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class NodeUpserted(Fact):
    """A fulfilment centre, its calendar and its rhythm."""

    node: Node
    version: Version
    zone: Zone
    working_days: Annotated[frozenset[Weekday], InOrder, Field(min_length=1)]
    holidays: Annotated[frozenset[Day], InOrder] = frozenset()
    cut_off: Annotated[TimeOfDay, Field(description="local; what is ready later ships the next working day")]

    def key(self) -> str:
        return f"node/{self.node}"


class MerchantUpserted(Fact):
    """Whose goods they are, where their orders ship from and whose name is on a notice."""

    merchant: Id
    version: Version
    name: Text
    hub: Annotated[Node, Field(description="ships the orders that name no node")]
    sender: Annotated[Email, Field(description="the address that notices come from")]
    colour: Colour = "#1f6f5c"

    def key(self) -> str:
        return f"merchant/{self.merchant}"
