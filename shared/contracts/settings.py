"""settings.v1: how the installation works."""

from functools import cache
from typing import Annotated, Final, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints, model_validator

from shared.contracts.brand import ENOUGH, Brand, Colour, contrast, nearest_shade
from shared.contracts.fields import (
    Count,
    Day,
    Days,
    Email,
    Fact,
    Flag,
    Id,
    Node,
    Part,
    Percent,
    Sku,
    Text,
    TimeOfDay,
    Units,
    Version,
    Whole,
    without_naming_one,
)


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
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(description="a country, ISO 3166-1 alpha-2")]
Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="of all prices of the merchant, ISO 4217")
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$"), Field(description="ISO 639-1, such as en")]

Hours = Annotated[Whole, Field(ge=-8760, le=8760, description="hours, a year at most")]
HeadStarts = Annotated[
    dict[Id, Hours],
    Field(max_length=50),
    without_naming_one("must map at most 50 priorities to whole hours, each a year at most"),
]
Minutes = Annotated[Whole, Field(ge=1, le=1440, description="minutes")]
Routing = Literal["first", "hub", "cheapest"]
DateOrder = Literal["YMD", "DMY", "MDY", "YM", "MY"]


class DockHours(Part):
    """When trucks may come to a node's doors, and how long each occupies one."""

    doors: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)]
    opens: Annotated[TimeOfDay, Field(description="local")]
    closes: Annotated[TimeOfDay, Field(description="local; no slot ends later")]
    slot_minutes: Minutes = 60
    no_show_minutes: Annotated[
        Minutes, Field(description="after its slot began, a truck that is not there is a no-show")
    ] = 60

    @model_validator(mode="after")
    def _opens_for_a_slot(self) -> Self:
        begin, end = (at.hour * 60 + at.minute for at in (self.opens, self.closes))
        if begin + self.slot_minutes > end:
            raise ValueError("closes must be at least slot_minutes after opens")
        return self


class Lane(Part):
    """A staging lane, where units wait that customers wait for."""

    lane: Id
    capacity: Units


def _named_once(lanes: tuple[Lane, ...]) -> tuple[Lane, ...]:
    if len({lane.lane for lane in lanes}) < len(lanes):
        raise ValueError("lane must be unique within the node")
    return lanes


class NodeUpserted(Fact):
    """A fulfilment centre, its calendar and its rhythm."""

    node: Node
    version: Version
    zone: Zone
    working_days: Annotated[frozenset[Weekday], InOrder, Field(min_length=1)]
    holidays: Annotated[frozenset[Day], InOrder] = frozenset()
    cut_off: Annotated[TimeOfDay, Field(description="local; what is ready later ships the next working day")]
    also_known_as: Annotated[tuple[Id, ...], Field(description="what partners call it in their files")] = ()
    dock: Annotated[DockHours | None, Field(description="without it, trucks come without an appointment")] = None
    lanes: Annotated[tuple[Lane, ...], AfterValidator(_named_once)] = ()
    dock_days: Annotated[Days, Field(ge=1, description="working days from arrival to sellable: the target")] = 3
    rework_days: Annotated[Days, Field(ge=1, description="working days that rework takes")] = 5
    orders_per_day: Annotated[Units | None, Field(description="released at most; absent: no limit")] = None
    blind_receipts: Annotated[Flag, Field(description="units may be received without an ASN")] = False

    def key(self) -> str:
        return f"node/{self.node}"


class Channel(Part):
    """Who tells the customers of a channel's orders."""

    channel: Annotated[Id, Field(description="as orders name it")]
    mails: Annotated[
        Literal["ours", "shop", "none"], Field(description="we do, the shop does by itself, or nobody is told")
    ]


def _channels_once(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    if len({channel.channel for channel in channels}) < len(channels):
        raise ValueError("a channel must be named once")
    return channels


class MerchantUpserted(Fact):
    """The merchant: where their orders ship from and whose name is on a notice."""

    merchant: Id
    version: Version
    name: Text
    hub: Annotated[Node, Field(description="ships orders that name no node, where no other node is better")]
    routing: Annotated[
        Routing,
        Field(
            description="where orders go that name no node: to the node that ships all of it first; to the hub; or "
            "to the cheapest node that has all of it in stock, and else to the first"
        ),
    ] = "first"
    nodes: Annotated[
        tuple[Node, ...],
        Field(max_length=200, description="that ship for the merchant, cheapest first; none: all that have the SKU"),
    ] = ()
    sender: Annotated[Email, Field(description="the address that notices come from")]
    colour: Annotated[Colour, Field(description="of the buttons, and of the line above every mail")] = "#1f6f5c"
    brand: Brand = Field(default_factory=Brand)
    currency: Currency | None = None
    zone: Annotated[Zone, Field(description="of customers who are in no zone that we know of")] = "UTC"
    languages: Annotated[
        tuple[Language, ...],
        Field(min_length=1, max_length=20, description="that customers are written to in; the first one if in doubt"),
    ] = ("en", "de", "es")
    who_mails: Annotated[
        tuple[Channel, ...],
        AfterValidator(_channels_once),
        Field(max_length=100, description="who tells customers of their orders; of a channel that is not named: ours"),
    ] = ()
    markets: Annotated[
        tuple[Country, ...], Field(max_length=250, description="that the merchant sells to; none: any")
    ] = ()

    @model_validator(mode="after")
    def _buttons_can_be_read(self) -> Self:
        text = self.brand.button_text
        if text and contrast(self.colour, text) < ENOUGH:
            shade = nearest_shade(self.colour, text)
            raise ValueError(
                f"colour must have a contrast of {ENOUGH} to brand.button_text: {shade} is the nearest shade that has"
            )
        return self

    def key(self) -> str:
        return f"merchant/{self.merchant}"


class SupplierUpserted(Fact):
    """A supplier: their code in files, and the order in which they print dates."""

    supplier_id: Id
    version: Version
    name: Text
    also_known_as: Annotated[tuple[Id, ...], Field(description="codes that stand for the supplier in files")] = ()
    printed_dates: Annotated[
        DateOrder, Field(description="the order of the digits that they print; without a day it is the month's last")
    ] = "YMD"

    def key(self) -> str:
        return f"supplier/{self.supplier_id}"


class PolicyUpserted(Fact):
    """What the merchant tolerates, for one SKU or for all of them; the SKU's policy goes first."""

    merchant: Id
    sku: Annotated[Sku | None, Field(description="absent: every SKU of the merchant that has no policy of its own")] = (
        None
    )
    version: Version
    over_percent: Annotated[Percent, Field(description="units above the ASN that are accepted as sellable")] = 0
    short_percent: Annotated[Percent, Field(description="units below the ASN that nobody needs to look at")] = 0
    count_percent: Annotated[Percent, Field(description="difference of a count that is booked without a recount")] = 0
    backorderable: Annotated[Flag | None, Field(description="absent: as the product says")] = None
    preorders: Annotated[Flag, Field(description="what has not launched may be ordered")] = True
    cap_units: Annotated[Count | None, Field(description="units that may wait; absent: no limit")] = None
    buffer_units: Annotated[
        Count, Field(description="units of each SKU that every node keeps from sale, never from those who wait")
    ] = 0
    gather_minutes: Annotated[
        Whole,
        Field(
            ge=0,
            le=1440,
            description="how long what lands for a line waits for more from its truck; 0: not at all",
        ),
    ] = 10
    longest_wait_days: Annotated[Days, Field(description="no backorder is accepted for later")] = 14
    on_time_limit: Annotated[Percent, Field(description="a supplier on time less often is not sold ahead")] = 80
    hold_days: Annotated[
        Days, Field(description="how long units wait for the rest of an order that ships together")
    ] = 5
    head_starts: Annotated[HeadStarts, Field(description="hours by priority; negative: joins later")] = Field(
        default_factory=dict
    )
    padding_days: Annotated[
        Whole, Field(ge=0, le=30, description="working days that a date which became later is given more")
    ] = 2
    ahead_minutes: Annotated[
        Whole, Field(ge=0, le=60, description="so far ahead of our clock an order's time counts for its place")
    ] = 5
    back_days: Annotated[
        Days, Field(description="so long after it happened too; more while old orders are imported")
    ] = 7

    def key(self) -> str:
        return f"policy/{self.merchant}/{self.sku or '*'}"


EVENTS: Final = (NodeUpserted, MerchantUpserted, SupplierUpserted, PolicyUpserted)
