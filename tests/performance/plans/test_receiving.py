"""What scans, ASNs and stock news cost grows with what they change, never with what exists."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from services.receiving.store import QUERIES
from shared.testing.builders import MONDAY

MANY = 50_000
FILL = f"""
insert into nodes select node, 1, 'Europe/Amsterdam', '{{1,2,3,4,5}}', '{{}}' from unnest(array['ams', 'ber']) node;
insert into products select 'sku-' || n, 1, false from generate_series(1, {MANY}) n;
insert into packs select 'sku-' || n, lpad(n::text, 14, '0'), 1, 'each' from generate_series(1, {MANY}) n;
insert into asns (asn_id, revision, supplier_id, node, earliest, latest, cause, reason, eta_earliest, eta_latest,
                  closed_at, observed_at, overdue_at)
select 'asn-' || n, 1, 'mills', case when n % 100 = 0 then 'ams' else 'ber' end, '2027-03-10', '2027-03-18', 'edi/1',
       'said so', '2027-03-09', '2027-03-10', done_at, done_at, now() + interval '1 day'
from generate_series(1, {MANY} / 10) n, lateral (select case when n % 100 > 0 then now() end as done_at) as done;
insert into asn_lines select 'asn-' || n / 10 + 1, 1, n % 10 + 1, 'c' || n % 10, 'sku-' || n, null, 1, 'each',
                             null, null, null, case when n % 100 > 0 then 1 end
from generate_series(1, {MANY} - 10) n;
insert into positions select 'sku-' || n, 'ams' from generate_series(1, {MANY}) n;
insert into supplies select 'sku-' || n, 'ams', 'asn-' || n / 10 + 1, 1, 1, 0, 0, 1, n, n % 100 > 0
from generate_series(1, {MANY} - 10) n;
insert into scans (scan_id, device_id, node, asn_id, carton_id, mode, times, disposition, scanned_at, state, revision,
                   carton, void_of)
select 'gun/' || n, 'gun', 'ams', 'asn-' || n / 10 + 1, 'c' || n % 10, 'by_unit', 1, 'sellable', now(), 'counted', 1,
       'c' || n % 10, case when n % 100 = 0 then 'gun/' || n + 1 end
from generate_series(1, {MANY} - 10) n;
insert into counted_parts (scan_id, line, asn_id, supply_id, sku, node, units, lot, expires_on, chosen, wished,
                           scanned_at, carton, has_two_dates, sellable)
select 'gun/' || n, 1, 'asn-' || n / 10 + 1, 'asn-' || n / 10 + 1, 'sku-' || n, 'ams', 2, 'L' || n % 50, '2027-03-31',
       'sellable', 'sellable', now(), 'c' || n % 10, n % 1000 = 0, (n % 1000 > 0)::int
from generate_series(1, {MANY} - 10) n;
insert into tallies select 'asn-' || n / 10 + 1, 'sku-' || n, 'ams', 2, 2, 1, 1 from generate_series(1, {MANY} - 10) n;
insert into closed_cartons select 'asn-' || n, 'c1', 'gun', now() from generate_series(1, {MANY} / 10) n;
insert into queues (sku, node, version, waiting_lines, waiting_units, waiting_value)
select 'sku-' || n, 'ams', 1, 1, 1, 1 from generate_series(1, {MANY}) n;
insert into staged_units select 'ams', 'A', 'sku-' || n, 1 from generate_series(1, {MANY} / 10) n;
insert into suppliers select 'supplier-' || n, 1, '{{}}', 'YMD' from generate_series(1, {MANY} / 10) n;
insert into receipts select 'gun/' || n || '/1', 'gun/' || n, 1, 'asn-' || n / 10 + 1, 'sku-' || n, 'ams', 1,
                            null, null, 'sellable', now()
from generate_series(1, {MANY} - 10) n;
insert into postings select 'gun/' || n || '/1', 'asn-' || n / 10 + 1, 'sku-' || n, 'ams', n, 1
from generate_series(1, {MANY} - 10) n;
insert into policies select 'acme', 'sku-' || n, 1, 0, 0 from generate_series(1, {MANY}) n;
insert into purchase_orders select 'po-' || n, 1, 'mills', 'ams' from generate_series(1, {MANY} / 10) n;
insert into purchase_order_lines (po_number, line, sku, qty, uom, due_on, final, earliest, latest, overdue_at, cause,
                                  reason, units)
select 'po-' || n / 10 + 1, n % 10, 'sku-' || n, 1, 'each', '2027-03-09', false, '2027-03-10', '2027-03-23', now(),
       'erp/1', 'said so', case when n % 100 > 0 then 1 end
from generate_series(1, {MANY} - 10) n;
insert into receipts (receipt_id, supply_id, sku, node, units, disposition, scanned_at, corrects)
select 'wms/' || n, null, 'sku-' || n, 'ams', case when n % 100 > 0 then 1 else -1 end, 'sellable', now(),
       case when n % 100 = 0 then 'wms/' || n - 1 end
from generate_series(1, {MANY}) n;
insert into blind_shares (receipt_id, po_number, units)
select 'wms/' || n, 'po-' || n / 10 + 1, 1 from generate_series(1, {MANY} - 10) n;
insert into coverage select 'po-' || n / 10 + 1, 'sku-' || n, 'asn-' || n / 10 + 1, 1
from generate_series(1, {MANY} - 10) n;
insert into files (file_id, sender, name, format, content, received_at, state)
select 'file-' || n, 'mills', '', 'x12', n::text::bytea, now(), 'accepted' from generate_series(1, {MANY}) n;
insert into file_asns select 'file-' || n, 1, 'asn-' || n, 1, false, 'MILLS', 'AMS', 1, n::text::bytea
from generate_series(1, {MANY}) n;
insert into control_numbers select 'x12/' || n, 1 from generate_series(1, {MANY}) n;
insert into receiving_advices select 'asn-' || n, 1, '[]' from generate_series(1, {MANY} / 10) n;
insert into discrepancies select n::text, 'over', 'scan', 'gun/' || n, '{{}}', 1, 'open', now()
from generate_series(1, {MANY}) n;
insert into overdue_looks
select n::text, n % 2 = 0, 0, now() + n * interval '1 minute' from generate_series(1, {MANY}) n;
insert into trucks select 'asn-' || n, now() from generate_series(1, {MANY} / 10) n;
insert into dock_requests select n::text, 'asn-' || n, 'booked' from generate_series(1, {MANY} / 10) n;
insert into appointments select n::text, 'asn-' || n, 'ams', n::text, now(), now() + interval '1 hour',
                                case when n % 100 = 0 then now() + interval '2 hours' end
from generate_series(1, {MANY} / 10) n;
insert into stock_progress select n::text, 'sku-' || n, 'ams', 'asn-' || n / 10 + 1, n, now(), 1, n % 2
from generate_series(1, {MANY} - 10) n;
insert into lead_times select 'asn-' || n / 10 + 1, 'sku-' || n, 'ams', 'mill-' || n % 100, 1, null, null, null, now(),
                              1, 1, 1, 1, 1
from generate_series(1, {MANY} - 10) n;
insert into truck_times select 'asn-' || n, 'ams', 'mill-' || n % 100, now(), 1, 1, 1, 1, 1
from generate_series(1, {MANY} / 10) n;
insert into ready_days select 'asn-' || n, 1, 1 from generate_series(1, {MANY} / 10) n;
analyze;
"""
ANYTHING: dict[str, Any] = {
    "text": "",
    "timestamptz": MONDAY,
    "int8": 100,
    "bool": False,
}  # else an array, which may be empty
RARE = {
    "keep_nodes", "calendars", "nodes_of_version", "forget_lanes", "partner_nodes", "partner_suppliers", "places",
    "lock_lanes", "filled_lanes", "staged_units", "rhythms", "docks", "lock_docks",
}  # fmt: skip
# Of nodes, their lanes and suppliers there are few.


@pytest.fixture
async def full(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Return a database in which much has happened, and which plans for whatever is asked."""
    connection = await asyncpg.connect(database)
    await connection.execute("set search_path = receiving; set plan_cache_mode = force_generic_plan")
    await connection.execute(FILL)
    yield connection
    await connection.close()


async def test_no_statement_reads_a_whole_table(full: asyncpg.Connection) -> None:
    whole = {name: read for name in QUERIES.keys() - RARE if (read := await _read_whole(full, QUERIES[name]))}
    assert whole == {}
    assert await _read_whole(full, "select count(*) from scans") == {"scans"}


async def _read_whole(full: asyncpg.Connection, statement: str) -> set[str]:
    """Return the tables that a statement reads from end to end."""
    prepared = await full.prepare(statement)
    values = [ANYTHING.get(parameter.name, ()) for parameter in prepared.get_parameters()]
    (explained,) = await prepared.explain(*values)
    nodes, read = [explained["Plan"]], set()
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", ())
        if node["Node Type"] == "Seq Scan":
            read.add(node["Relation Name"])
    return read
