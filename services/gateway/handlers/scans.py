"""Read model of answers to scans. An answer has no version: its time stands for it."""

from collections.abc import Sequence

from services.gateway.domain.versions import newest_versions
from services.gateway.store import read_models as store
from shared.contracts.scan_answers import ScanAnswered
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def show_answers(tx: Tx, answers: Sequence[Event[ScanAnswered]]) -> None:
    """Show a device that scans over HTTP the answers that it would have heard over Kafka."""
    newest = newest_versions(answers, lambda event: event.body.scan_id, lambda event: event.at)
    last = ((event.body, event.at) for event in newest)
    rows = [(b.scan_id, at, b.device_id, b.node, b.model_dump_json(exclude_none=True)) for b, at in last]
    await store.keep_scan_answers(tx, rows)
