"""A handheld scanner at the dock. It knows two topics: it writes scans.v1 and dock-requests.v1.

    python scanner.py scan  BOOTSTRAP NODE ASN NOW    publishes the rows of scans.csv for this truck
    python scanner.py close BOOTSTRAP NODE ASN NOW    says that nothing more comes off it

NOW is the time on the scanner's clock, such as 2027-03-08T08:00:00+01:00.
"""

import asyncio
import csv
import json
import sys
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from aiokafka import AIOKafkaProducer


def headers(event: str, at: str) -> list[tuple[str, bytes]]:
    """Return the headers of CloudEvents 1.0, binary mode."""
    fields = {"ce_specversion": "1.0", "ce_id": str(uuid.uuid4()), "ce_type": event, "ce_source": "dock", "ce_time": at}
    return [(name, text.encode()) for name, text in {**fields, "content-type": "application/json"}.items()]


def scan(row: dict[str, str], node: str, now: datetime) -> dict[str, object]:
    """Turn a row of the file into ScanRecorded. The scanner's own id makes it the same scan for ever."""
    fields = {
        "scan_id": row["scan"],
        "device_id": row["scan"].rpartition("-")[0],
        "node": node,
        "asn_id": row["asn"],
        "carton_id": row["carton"],
        "mode": row["mode"],
        "gtin": row["gtin"],
        "lot": row["lot"],
        "expires_on": row["expires_day"] and str(now.date() + timedelta(days=int(row["expires_day"]))),
        "times": int(row["times"]),
        "disposition": row["disposition"],
        "scanned_at": now.isoformat(),
    }
    return {name: value for name, value in fields.items() if value != ""}


async def main(what: str, bootstrap: str, node: str, asn: str, at: str) -> None:
    now = datetime.fromisoformat(at)
    rows = csv.DictReader(Path(__file__).with_name("scans.csv").open(encoding="utf-8"))
    topic, event, bodies = "scans.v1", "ScanRecorded", [scan(row, node, now) for row in rows if row["asn"] == asn]
    if what == "close":
        topic, event, bodies = "dock-requests.v1", "CloseRequested", [{"asn_id": asn, "requested_at": at}]
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for body in bodies:
            value = json.dumps(body).encode()
            await producer.send_and_wait(topic, value, key=asn.encode(), headers=headers(event, at))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
