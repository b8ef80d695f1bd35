"""The headers of every record: CloudEvents 1.0, Kafka protocol binding, binary mode."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.fields import Instant

# A cause is source/id, and every text that carries one holds 500 characters.
HEADER_LENGTH: Final = 200
Name = Annotated[str, StringConstraints(min_length=1, max_length=HEADER_LENGTH, pattern=r"^[^\x00]*$")]


class Envelope(BaseModel):
    """What the headers of a record say. Each is UTF-8 text; unknown headers are left aside."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    ce_specversion: Literal["1.0"]
    ce_id: Annotated[Name, Field(description="unique per source; UUIDv7 for ours")]
    ce_type: Annotated[Name, Field(description="the name of the event")]
    ce_source: Annotated[Name, Field(description="who says so, such as firstfill/inventory")]
    ce_subject: Annotated[str | None, Field(description="the record key")] = None
    ce_time: Instant
    content_type: Annotated[str, Field(alias="content-type")] = "application/json"
    traceparent: Annotated[str | None, Field(description="W3C trace context, carried from cause to effect")] = None
    sequence: Annotated[str | None, Field(description="on stock.v1 only")] = None
