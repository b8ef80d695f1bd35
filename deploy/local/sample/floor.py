"""The packing floor (a WMS). It reads allocations.v1, packs what may be picked, and writes shipments.v1.

    python floor.py BOOTSTRAP NOW

It hears everything at least once, so it packs each version of a line once: the shipment's id is made from both.
Of the lines in shorts.csv it finds fewer units at first: it says so, and packs the order when it is released again.
"""

import asyncio
import csv
import json
import sys
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


def headers(event: str, at: str) -> list[tuple[str, bytes]]:
    """Return the headers of CloudEvents 1.0, binary mode."""
    fields = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_type": event,
        "ce_source": "floor",
        "ce_time": at,
    }
    return [(name, text.encode()) for name, text in {**fields, "content-type": "application/json"}.items()]


def shorts() -> dict[tuple[str, str], dict[str, str]]:
    """Read what is not where it should be, by order and line."""
    rows = csv.DictReader(Path(__file__).with_name("shorts.csv").open(encoding="utf-8"))
    return {(f"hearth/{row['order']}", row["line"]): row for row in rows}


def short(order: dict[str, Any], line: dict[str, Any], row: dict[str, str], at: str) -> dict[str, object]:
    """Take what was not found off the line to be packed, and report it."""
    line["lots"][0]["units"] -= int(row["units"])
    answer = {"sku": line["sku"], "node": line["node"], "units": int(row["units"]), "reason": "shelf is empty"}
    fields = {
        "order_id": order["order_id"],
        "line_id": line["line_id"],
        "short_id": f"{order['order_id']}:short",
        **answer,
    }
    return {**fields, "shorted_at": at}


def shipment(order: dict[str, Any], at: str) -> dict[str, object]:
    """Return the parcel of one LineAllocated or BackorderReleased; it was packed if its lines are released again."""
    versions = "+".join(f"{line['line_id']}v{line['line_version']}" for line in order["lines"])
    lines = [
        {"line_id": line["line_id"], "sku": line["sku"], "node": line["node"], **packed(lot)}
        for line in order["lines"]
        for lot in line["lots"]
        if lot["units"] > 0 and not line.get("again")
    ]
    fields = {"order_id": order["order_id"], "shipment_id": f"{order['order_id']}:{versions}", "lines": lines}
    return {**fields, "carrier": "lowlands-parcel", "tracking": f"LP-{order['order_id']}", "handed_over_at": at}


def packed(lot: dict[str, Any]) -> dict[str, object]:
    return {name: lot[name] for name in ("units", "lot") if name in lot}


async def main(bootstrap: str, now: datetime) -> None:
    began, missing = time.monotonic(), shorts()
    consumer = AIOKafkaConsumer(
        "allocations.v1", bootstrap_servers=bootstrap, group_id="floor", auto_offset_reset="earliest",
        enable_auto_commit=False,
    )  # fmt: skip
    async with consumer, AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        async for record in consumer:
            if dict(record.headers)["ce_type"] in (b"LineAllocated", b"BackorderReleased"):
                at = (now + timedelta(seconds=time.monotonic() - began)).isoformat()
                order, events = json.loads(record.value), list[tuple[str, dict[str, object]]]()
                for line in (line for line in order["lines"] if line["line_version"] == 1):
                    if row := missing.get((order["order_id"], line["line_id"])):
                        events.append(("PickShorted", short(order, line, row, at)))
                parcel = shipment(order, at)
                for event, body in [("ShipmentConfirmed", parcel)] * bool(parcel["lines"]) + events:
                    value = json.dumps(body).encode()
                    await producer.send_and_wait("shipments.v1", value, key=record.key, headers=headers(event, at))
            await consumer.commit()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
