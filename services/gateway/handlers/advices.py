"""Read models of answers to suppliers."""

import json
from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from services.gateway.domain.versions import newest_versions
from services.gateway.store import read_models as store
from shared.contracts.advices import AsnAcknowledged, AsnRefused, ReceivingAdvised
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def show_acknowledged(tx: Tx, files: Sequence[Event[AsnAcknowledged]]) -> None:
    """Show that a file was accepted, with the ASNs in it."""
    await _keep(tx, [(_head(e), "acknowledged", _json(e.body.asns), "[]", e.body.answer) for e in files])


async def show_refused(tx: Tx, files: Sequence[Event[AsnRefused]]) -> None:
    """Show that a file was refused whole, with all its faults."""
    await _keep(tx, [(_head(e), "refused", "[]", _json(e.body.faults), e.body.answer) for e in files])


async def show_advices(tx: Tx, advices: Sequence[Event[ReceivingAdvised]]) -> None:
    """Show the newest advice of each truck."""
    last = newest_versions(
        (event.body for event in advices), lambda advised: advised.asn_id, lambda advised: advised.version
    )
    rows = [
        (a.asn_id, a.version, a.supplier_id, a.node, a.closed_at, _json(a.lines), a.format, a.document) for a in last
    ]
    await store.keep_advices(tx, rows)


async def _keep(tx: Tx, files: Iterable[tuple[store.FileHead, str, str, str, str | None]]) -> None:
    """Store files; they have no version, so the time of each fact stands for it."""
    rows = [(*head, state, asns, faults, answer) for head, state, asns, faults, answer in files]
    await store.keep_files(tx, newest_versions(rows, lambda row: row[0], lambda row: row[1]))


def _head(event: Event[AsnAcknowledged] | Event[AsnRefused]) -> store.FileHead:
    return event.body.file_id, event.at, event.body.sender, event.body.test


def _json(parts: Iterable[BaseModel]) -> str:
    return json.dumps([part.model_dump(mode="json", exclude_none=True) for part in parts])
