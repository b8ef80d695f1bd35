"""Hands in the racks (a WMS). It writes stock-requests.v1 and counts.v1 from the rows of stock.csv.

    python stockkeeper.py BOOTSTRAP NODE WHEN NOW

WHEN chooses the rows; NOW is the time on the clock, such as 2027-03-08T08:00:00+01:00.
"""

import asyncio
import csv
import json
import sys
import uuid
from pathlib import Path

from aiokafka import AIOKafkaProducer


def headers(event: str, at: str) -> list[tuple[str, bytes]]:
    """Return the headers of CloudEvents 1.0, binary mode."""
    fields = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_type": event,
        "ce_source": "racks",
        "ce_time": at,
    }
    return [(name, text.encode()) for name, text in {**fields, "content-type": "application/json"}.items()]


def event(row: dict[str, str], node: str, now: str) -> tuple[str, str, dict[str, object]]:
    """Turn a row into an event: its topic, its type and its body. Its id makes it the same request for ever."""
    subject, units = row["what"], int(row["units"])
    place = {"sku": row["sku"], "node": node, "units": units} | ({"lot": row["lot"]} if row["lot"] else {})
    if subject in ("count", "recount"):
        kind = "blind" if subject == "count" else "recount"
        return "counts.v1", "CountRecorded", {**place, "count_id": row["id"], "kind": kind, "counted_at": now,
                                              "counted_by": "sam"}  # fmt: skip
    asked = {**place, "request_id": row["id"], "requested_by": "sam", "requested_at": now}
    if subject == "hold":
        return "stock-requests.v1", "HoldRequested", asked
    return "stock-requests.v1", "StatusChangeRequested", {**asked, "from": "rework", "to": "sellable"}


async def main(bootstrap: str, node: str, when: str, now: str) -> None:
    rows = csv.DictReader(Path(__file__).with_name("stock.csv").open(encoding="utf-8"))
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for row in (row for row in rows if row["when"] == when):
            topic, kind, body = event(row, node, now)
            key = f"{row['sku']}|{node}".encode()
            await producer.send_and_wait(topic, json.dumps(body).encode(), key=key, headers=headers(kind, now))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
