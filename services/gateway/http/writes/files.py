"""Files of ASNs, as suppliers have them: any content type, taken as it is."""

import base64
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.files import file_id_of, format_of
from services.gateway.http.door.admission import Gate
from services.gateway.http.door.bodies import body_of
from services.gateway.http.door.refusals import Refused, invalid
from services.gateway.http.writes.announcements import announce
from shared.contracts.asns import LARGEST_FILE, AsnFileReceived, FileFormat
from shared.contracts.fields import Id, Text

PATH: Final = "/v1/asns/files"
_AS_IT_IS: Final = "send the file as the body, such as curl --data-binary @truck.edi"


class FileQuery(BaseModel):
    """The parameters of a file beside its content."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    sender: Annotated[Id | None, Field(description="who sends it; absent: the name of the key")] = None
    file_id: Annotated[Id | None, Field(description="absent: the SHA-256 of sender and content")] = None
    name: Text = ""
    format: Annotated[FileFormat | None, Field(description="absent: known by its first bytes")] = None


async def write_file(gate: Gate, request: Request) -> Response:
    """Accept a file; its outcome is to be asked for under the id in the answer."""
    visit = await gate.admit(request, "asn")
    try:
        query = FileQuery.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise invalid(error, "query") from None
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Refused(415, "a form is no file", "Content-Type", _AS_IT_IS)
    content = await body_of(request, LARGEST_FILE)
    sender, kind = query.sender or visit.caller.name, query.format or format_of(content)
    if not content:
        raise Refused(400, "the file is empty", "body", _AS_IT_IS)
    if kind is None:
        raise Refused(422, "the file is neither X12, EDIFACT nor JSON", "format", "name it: format=x12|edifact|json")
    file_id = query.file_id or file_id_of(sender, content)
    encoded = base64.b64encode(content).decode()

    def facts(now: datetime) -> tuple[AsnFileReceived]:
        file = AsnFileReceived(
            file_id=file_id, sender=sender, name=query.name, format=kind, content=encoded, received_at=now
        )
        return (file,)

    def shape(events: list[dict[str, str]]) -> dict[str, Any]:
        where = f"/v1/asn-files?{urlencode({'file_id': file_id})}"
        return {**events[0], "file_id": file_id, "look_at": where}

    return await announce(gate.worker, visit, request, content, facts, shape)
