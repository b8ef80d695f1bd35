"""The kinds of field that several events share."""

import re
from datetime import date, time
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

D = TypeVar("D", bound=date)
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
MOST_UNITS = 1_000_000_000
MOST_OF_A_LINE = 1_000_000
MOST_OF_A_COMPONENT = MOST_UNITS // MOST_OF_A_LINE  # so that the components of any line fit
MOST_WORTH = 100_000_000_000  # a billion in most currencies; the values of any queue add up to less than 2**63
LARGEST = 9_007_199_254_740_991  # the largest integer that every JSON reader keeps exact: 2**53 - 1


def _written_out(value: object) -> object:
    """Refuse numbers as times: a reader would have to guess seconds or milliseconds, and 0 would be 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and not re.search(r"\d[-:]\d", value)):
        raise ValueError("must be written out, such as 2027-03-08, 08:00:00 or 2027-03-08T08:00:00Z")
    return value


def _of_our_times(value: D) -> D:
    """Refuse dates far from today: a date that nobody gave is often 1970, 0001 or 9999, and would be wrong for ever."""
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return value


def _without_offset(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("must be local, without an offset")
    return value


def without_naming_one(must: str) -> WrapValidator:
    """Check the names of a mapping without quoting a wrong one, since a name is data too."""

    def checked(value: object, check: ValidatorFunctionWrapHandler) -> object:
        try:
            return check(value)
        except ValidationError:
            raise ValueError(must) from None

    return WrapValidator(checked)


def in_units(qty: int, units_per: int | None) -> int:
    """Return a quantity in units; refuse more than any other event has room for."""
    if (units := qty * (units_per or 1)) > MOST_UNITS:
        raise ValueError(f"qty × units_per must be at most {MOST_UNITS:,} units: mend one of them, or split the line")
    return units


def worth(units: int, price: int) -> int:
    """Return what units cost, in minor units; refuse more than any sum has room for."""
    if (amount := units * price) > MOST_WORTH:
        raise ValueError(f"units × unit_price must be at most {MOST_WORTH:,}: mend one of them, or split the line")
    return amount


def _not_zero(value: int) -> int:
    if value == 0:
        raise ValueError("must not be 0")
    return value


Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^|\x00-\x1f\x7f]+$")]
Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Labels = Annotated[
    dict[Text, Text],
    without_naming_one("must map texts to texts, each of 500 characters at most and without NUL"),
]
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^@\s<>,;:\"\x00-\x1f\x7f]+@[^@\s<>,;:\"\x00-\x1f\x7f]+$")
]
Sku = Annotated[Id, Field(description="what we sell; unique in an installation")]
Node = Annotated[Id, Field(description="a fulfilment centre")]
Lot = Annotated[Id, Field(description="the lot number printed on the units")]
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Units = Annotated[Whole, Field(gt=0, le=MOST_UNITS, description="units, at least 1")]
Count = Annotated[Whole, Field(ge=0, le=MOST_UNITS, description="units, or lines, 0 or more")]
Delta = Annotated[
    Whole,
    Field(ge=-MOST_UNITS, le=MOST_UNITS, description="units added, or taken when negative; never 0"),
    AfterValidator(_not_zero),
]
MOST_TOGETHER = 10**15  # a million times the most that one part may have
Total = Annotated[Whole, Field(ge=0, le=MOST_TOGETHER, description="units of many parts together, 0 or more")]
TotalDelta = Annotated[
    Whole,
    Field(ge=-MOST_TOGETHER, le=MOST_TOGETHER, description="units added, or taken when negative, be it all; never 0"),
    AfterValidator(_not_zero),
]
Ordinal = Annotated[Whole, Field(ge=1, le=LARGEST)]
Version = Annotated[Ordinal, Field(description="grows with each change; readers drop lower ones")]
Money = Annotated[Whole, Field(ge=0, le=LARGEST, description="minor units of the merchant's currency")]
LineUnits = Annotated[Whole, Field(gt=0, le=MOST_OF_A_LINE, description="units of one order line, at least 1")]
Price = Annotated[Whole, Field(ge=0, le=MOST_WORTH, description="of one unit, in minor units of the currency")]
Days = Annotated[Whole, Field(ge=0, le=36_525, description="days, a hundred years at most")]
Instant = Annotated[
    AwareDatetime, BeforeValidator(_written_out), AfterValidator(_of_our_times), Field(description="an instant in UTC")
]
Day = Annotated[date, BeforeValidator(_written_out), AfterValidator(_of_our_times)]
TimeOfDay = Annotated[
    time,
    BeforeValidator(_written_out),
    AfterValidator(_without_offset),
    # JSON Schema's own "time" demands an offset.
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"}),
]
Status = Literal["sellable", "rework", "quarantine", "damaged"]
UnitOfMeasure = Literal["each", "inner", "case"]
Percent = Annotated[Whole, Field(ge=0, le=100, description="percent")]


class Part(BaseModel):
    """A part of an event's body. Unknown fields are left aside, so that additive change breaks no reader."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class Fact(Part):
    """The body of an event: something that happened, told in the past tense."""

    def key(self) -> str:
        """Return the record key: events of one key stay in order."""
        raise NotImplementedError


class DateRange(Part):
    """Two dates, local to the node, both included."""

    earliest: Day
    latest: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.earliest > self.latest:
            raise ValueError("earliest must not be after latest")
        return self


class PositionFact(Fact):
    """A fact about one SKU at one node."""

    sku: Sku
    node: Node

    def key(self) -> str:
        return f"{self.sku}|{self.node}"


class OrderFact(Fact):
    """A fact about one order."""

    order_id: Id

    def key(self) -> str:
        return self.order_id
