"""contacts.v1: how to reach a customer; the only topic with personal data. A tombstone erases."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contracts.fields import Email, Id, OrderFact, Text, Version
from shared.contracts.settings import Zone


class ContactGiven(OrderFact):
    """Who is told about an order, and how."""

    version: Version
    merchant: Id
    email: Email
    name: Text
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$"), Field(description="such as en-GB")]
    time_zone: Zone | None = None
