"""telling-requests.v1: whether customers are told of a cause that moves many of them, or far."""

from typing import Annotated, Final

from pydantic import Field

from shared.contracts.fields import Fact, Id, Text


class TellingRequest(Fact):
    """What a person says of a cause that is held back: the exception `telling_held` names it."""

    cause: Annotated[Text, Field(min_length=1, description="source and id of the event, as the exception names it")]
    by: Annotated[Id, Field(description="who says so")]
    why: Annotated[Text, Field(min_length=1, description="kept with the exception")]

    def key(self) -> str:
        return self.cause


class TellingConfirmed(TellingRequest):
    """It is true: every customer whom it moves is told now."""


class TellingRejected(TellingRequest):
    """It is a mistake that will be corrected: nobody is told of it, but whose legal date is near."""


EVENTS: Final = (TellingConfirmed, TellingRejected)
