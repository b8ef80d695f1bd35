"""A shop. It writes orders.v1 and contacts.v1, and prints each change of state and ship dates as it hears it.

python storefront.py order  BOOTSTRAP WAVE NOW    places the orders of this wave of orders.csv
python storefront.py listen BOOTSTRAP             prints what availability.v1 and promises.v1 say, until stopped
"""

import asyncio
import csv
import json
import sys
import uuid
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


def headers(event: str, at: str) -> list[tuple[str, bytes]]:
    """Return the headers of CloudEvents 1.0, binary mode."""
    fields = {"ce_specversion": "1.0", "ce_id": str(uuid.uuid4()), "ce_type": event, "ce_source": "shop", "ce_time": at}
    return [(name, text.encode()) for name, text in {**fields, "content-type": "application/json"}.items()]


async def order(bootstrap: str, wave: str, now: str) -> None:
    rows = csv.DictReader(Path(__file__).with_name("orders.csv").open(encoding="utf-8"))
    products = csv.DictReader(Path(__file__).with_name("products.csv").open(encoding="utf-8"))
    cents = {row["sku"]: int(row["price_cents"]) for row in products}
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for number, group in groupby((row for row in rows if row["wave"] == wave), lambda row: row["order"]):
            lines = list(group)
            at = (datetime.fromisoformat(now) - timedelta(minutes=300 - int(lines[0]["minute"]))).isoformat()
            who = {"order_id": f"hearth/{number}", "merchant": "hearth"}
            mail = {"name": f"Customer {number}", "email": f"customer-{number}@example.com", "locale": "en-GB"}
            asks = [{"line_id": r["line"], "sku": r["sku"], "units": int(r["units"]), "unit_price": cents[r["sku"]]}
                    for r in lines]  # fmt: skip
            fields = {"order_number": number, "channel": "web", "completed_at": at, "market": "NL", "lines": asks}
            contact, placed = json.dumps({**who, "version": 1, **mail}), json.dumps({**who, **fields})
            for topic, event, body in (("contacts", "ContactGiven", contact), ("orders", "OrderPlaced", placed)):
                key = who["order_id"].encode()
                await producer.send(f"{topic}.v1", body.encode(), key=key, headers=headers(event, at))


async def listen(bootstrap: str) -> None:
    states: dict[str, str] = {}
    versions: dict[tuple[str, str], int] = {}
    topics = ("availability.v1", "promises.v1")
    async with AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        async for record in consumer:
            parsed = json.loads(record.value)
            if "state" in parsed and states.get(parsed["sku"]) != parsed["state"]:
                states[parsed["sku"]] = parsed["state"]
                print(f"{parsed['sku']} is {parsed['state'].replace('_', ' ')}", flush=True)
            for line in parsed.get("lines", ()):
                if line["line_version"] > versions.get((parsed["order_id"], line["line_id"]), 0):
                    versions[parsed["order_id"], line["line_id"]] = line["line_version"]
                    dates = " to ".join(line["to"].values()) if "to" in line else "no date"
                    print(f"order {parsed['order_id']}: {line['sku']} ships {dates}", flush=True)


if __name__ == "__main__":
    asyncio.run(order(*sys.argv[2:]) if sys.argv[1] == "order" else listen(sys.argv[2]))
