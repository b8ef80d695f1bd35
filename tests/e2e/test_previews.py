"""On the running installation: who is before a line, and what would happen if, as `make preview` asks it."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from deploy.local.addresses import Addresses
from deploy.local.places import LOOPBACK, CannotRun, free_port
from deploy.local.preview import Wanted, show_previews
from deploy.local.sample_files import MERCHANT, NODE, SUPPLIER, rows
from tests.e2e.conftest import Caller, waiting

LATE = f"{SUPPLIER}/ASN-1002"
PLAIN = Wanted("", 5, "", "", 50, "", "1")


def waiting_orders(sku: str) -> list[str]:
    return [f"{MERCHANT}/{row['order']}" for row in rows("orders") if row["sku"] == sku]


def test_the_last_in_line_sees_who_is_before(reader: Caller) -> None:
    sku, units = waiting().most_common(1)[0]
    (line,) = (row for row in reader.rows("/v1/promises", order_id=waiting_orders(sku)[-1]) if row["sku"] == sku)
    announced = reader.ask(f"/v1/orders/{line['order_id']}/lines/{line['line_id']}/queue")
    stands = announced["waiting"]
    assert stands["units_before"] + stands["units"] == units
    assert {row["why"] for row in stands["before"]} == {"completed earlier"}
    assert stands["supply"]["supply_id"] == LATE


def test_a_slip_of_the_late_truck_moves_only_the_lines_it_serves(caller: Callable[..., Caller]) -> None:
    admin = caller("admin")
    answer = admin.client.post("/v1/previews/asn-slip", json={"supply_id": LATE, "later_by_days": 20})
    assert answer.status_code == 200, answer.text
    lines = answer.json()["lines"]
    expected = {line["order_id"] for line in lines}
    promised = {row["order_id"] for order in expected for row in admin.rows("/v1/promises", order_id=order)
                if row["supply_id"] == LATE and row["waiting_units"]}  # fmt: skip
    assert lines
    assert {line["what"] for line in lines} == {"later"}
    assert promised == expected


async def test_make_preview_shows_gains_and_losses(addresses: Addresses) -> None:
    text = await shown(addresses, PLAIN)
    assert f"what if {LATE} came 5 days later" in text
    assert f"what if 50 units of {waiting().most_common(1)[0][0]} came to {NODE} now" in text
    assert "completed earlier" in text
    assert "released" in text


async def test_make_preview_names_a_wrong_parameter(addresses: Addresses) -> None:
    with pytest.raises(CannotRun, match="supply_id: no such supply"):
        await shown(addresses, Wanted("none", 5, "", "", 50, "", "1"))


async def test_make_preview_asks_to_start_firstfill_first(addresses: Addresses) -> None:
    nowhere = Addresses(addresses.database, addresses.checker, addresses.kafka, f"http://{LOOPBACK}:{free_port()}")
    with pytest.raises(CannotRun, match="start `make run` in another terminal first"):
        await shown(nowhere, PLAIN)


async def shown(addresses: Addresses, wanted: Wanted) -> str:
    console = Console(file=io.StringIO(), width=200)
    await show_previews(console, addresses, wanted)
    o = console.file
    assert isinstance(o, io.StringIO)
    return o.getvalue()
