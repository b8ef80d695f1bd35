"""The sample shift's files as facts. Days in the files count from the day of the shift."""

import base64
import csv
import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from shared.contracts.asns import AsnCarton, AsnFileReceived, AsnLine, AsnReceived, FileFormat
from shared.contracts.counts import OnHandReported, ReportedLot
from shared.contracts.fields import DateRange, Fact
from shared.contracts.products import Pack, ProductUpserted
from shared.contracts.settings import DockHours, Lane, MerchantUpserted, NodeUpserted

FOLDER: Final = Path(__file__).with_name("sample")
NODE: Final = "ams"
ZONE: Final = "Europe/Amsterdam"
MERCHANT: Final = "hearth"
SUPPLIER: Final = "north-trading"


def rows(name: str) -> list[dict[str, str]]:
    """Read the rows of a CSV file."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def catalogue() -> list[Fact]:
    """Return what is known before the shift begins."""
    return [*settings(), *products()]


def settings() -> list[NodeUpserted | MerchantUpserted]:
    """Return a merchant, and one node that works Monday to Friday until 16:00, with two doors and two lanes."""
    return [
        NodeUpserted(
            node=NODE,
            version=1,
            zone=ZONE,
            working_days=frozenset(range(1, 6)),
            cut_off=time(16),
            dock=DockHours(doors=("1", "2"), opens=time(7), closes=time(17)),
            lanes=(Lane(lane="A", capacity=60), Lane(lane="B", capacity=120)),
        ),
        MerchantUpserted(
            merchant=MERCHANT,
            version=1,
            name="Hearth & Home",
            hub=NODE,
            sender="orders@hearth.example",
            colour="#8a3b12",
        ),
    ]


def products() -> Iterator[ProductUpserted]:
    """Return what the merchant sells, by the unit and by the case."""
    for row in rows("products"):
        packs = (
            Pack(gtin=row["gtin"], units=1, level="each"),
            Pack(gtin=row["case_gtin"], units=int(row["units_per_case"]), level="case"),
        )
        yield ProductUpserted(
            sku=row["sku"], merchant=MERCHANT, version=1, name=row["name"], packs=packs, price=int(row["price_cents"]),
            dated=row["dated"] == "yes", min_life_days=int(row["min_life_days"]), supplier_id=row["supplier"],
        )  # fmt: skip


def opening(start: datetime) -> Iterator[OnHandReported]:
    """Return what is on hand before the shift begins."""
    lots: dict[str, list[ReportedLot]] = {}
    for row in rows("opening"):
        expires_on = start.date() + timedelta(days=int(row["expires_day"])) if row["expires_day"] else None
        lot = ReportedLot(lot=row["lot"] or None, expires_on=expires_on, units=int(row["units"]))
        lots.setdefault(row["sku"], []).append(lot)
    for sku, group in lots.items():
        yield OnHandReported(
            report_id=f"opening/{sku}", sku=sku, node=NODE, kind="opening", as_of=start, lots=tuple(group)
        )


def edi(name: str, start: datetime) -> AsnFileReceived:
    """Return a supplier's file, with the days of the shift filled in."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    content = base64.b64encode(text.format_map(_Days(start)).encode()).decode()
    form: FileFormat = "x12" if name.endswith(".x12") else "edifact"
    return AsnFileReceived(file_id=name, sender=SUPPLIER, name=name, format=form, content=content, received_at=start)


class _Days(dict[str, datetime]):
    """`today`, `dayN` and so on as moments."""

    def __init__(self, start: datetime) -> None:
        super().__init__(today=start, yesterday=start - timedelta(days=1), ordered=start - timedelta(days=20))

    def __missing__(self, name: str) -> datetime:
        return self["today"] + timedelta(days=int(name.removeprefix("day")))


def asn(name: str, start: datetime) -> AsnReceived:
    """Return an ASN that a supplier's system publishes as an event."""
    parsed = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    first, last = (start.date() + timedelta(days=day) for day in parsed["eta_days"])
    cartons = tuple(
        AsnCarton(carton_id=carton["carton_id"], lines=tuple(_line(line, start) for line in carton["lines"]))
        for carton in parsed["cartons"]
    )
    return AsnReceived(
        asn_id=parsed["asn_id"],
        revision=parsed["revision"],
        supplier_id=SUPPLIER,
        node=NODE,
        carrier=parsed["carrier"],
        eta=DateRange(earliest=first, latest=last),
        cartons=cartons,
    )


def _line(line: dict[str, Any], start: datetime) -> AsnLine:
    expires_on = start.date() + timedelta(days=line["expires_in_days"]) if "expires_in_days" in line else None
    return AsnLine(sku=line["sku"], qty=line["qty"], uom=line["uom"], lot=line.get("lot"), expires_on=expires_on)
