-- migrate:up

create table nodes (
    node text primary key,
    version bigint not null,
    zone text not null,
    working_days int[] not null check (cardinality(working_days) > 0),
    holidays date[] not null,
    also_known_as text[] not null default '{}',
    doors text[] not null default '{}',
    opens time,
    closes time,
    slot_minutes int check (slot_minutes > 0),
    no_show_minutes int check (no_show_minutes > 0),
    dock_days int not null default 3 check (dock_days > 0),
    rework_days int not null default 5 check (rework_days > 0),
    blind_receipts boolean not null default false,
    check ((cardinality(doors) > 0)
           = (opens is not null and closes is not null and slot_minutes is not null and no_show_minutes is not null))
);
comment on table nodes is 'fulfilment centres and the days on which they work';
comment on column nodes.also_known_as is 'codes that files use for the node';
comment on column nodes.dock_days is 'working days in which the node wants to have a truck in stock';
comment on column nodes.blind_receipts is 'units may be received without an ASN';

create table suppliers (
    supplier_id text primary key,
    version bigint not null,
    also_known_as text[] not null,
    printed_dates text not null check (printed_dates in ('YMD', 'DMY', 'MDY', 'YM', 'MY'))
);
comment on table suppliers is 'what files call a supplier, and the order in which they print dates';
comment on column suppliers.printed_dates is 'the order of day, month and year in the dates that they print';

create table products (
    sku text primary key,
    version bigint not null,
    dated boolean not null,
    merchant text not null default '',
    shelf_life_days int check (shelf_life_days > 0),
    min_life_days int not null default 0,
    supplier_id text
);
comment on table products is 'SKUs that are known; units of dated ones carry lot and expiry';
comment on column products.dated is 'its units carry lot and expiry';

create table packs (
    sku text not null references products,
    gtin text not null check (length(gtin) = 14),
    units bigint not null check (units > 0),
    level text not null check (level in ('each', 'inner', 'case')),
    primary key (sku, gtin)
);
comment on table packs is 'barcodes, filled up to 14 digits, and how many units are inside';
comment on column packs.level is 'what the pack is: each, inner or case';
create index packs_by_gtin on packs (gtin);

create table policies (
    merchant text not null,
    sku text not null,
    version bigint not null,
    over_percent int not null check (over_percent >= 0 and over_percent <= 100),
    short_percent int not null check (short_percent >= 0 and short_percent <= 100),
    primary key (merchant, sku)
);
comment on table policies is
    'what a merchant tolerates; an empty SKU stands for all that have no policy of their own';
comment on column policies.over_percent is 'units over the announced ones that are accepted without a person';

create table queues (
    sku text not null,
    node text not null,
    version bigint not null,
    waiting_lines bigint not null check (waiting_lines >= 0),
    waiting_units bigint not null check (waiting_units >= 0),
    waiting_value bigint not null check (waiting_value >= 0),
    staged_units bigint not null default 0 check (staged_units >= 0),
    primary key (sku, node)
) with (fillfactor = 70);
comment on table queues is 'how much waits for a position, as allocation told last';
comment on column queues.staged_units is 'units put in lanes since allocation announced how many wait';

create table lanes (
    node text not null references nodes,
    place int not null check (place > 0),
    lane text not null,
    capacity bigint not null check (capacity > 0),
    primary key (node, lane),
    unique (node, place)
);
comment on table lanes is 'staging lanes of a node, in the order in which they fill';
comment on column lanes.place is 'the order in which lanes fill';

create table purchase_orders (
    po_number text primary key,
    version bigint not null default 0 check (version >= 0),
    supplier_id text,
    node text references nodes,
    ordered_at timestamptz,
    check (version = 0 or supplier_id is not null and node is not null)
) with (fillfactor = 80);
comment on table purchase_orders is
    'what was ordered, in its newest version, 0 while only ASNs have named it; its row is the lock of what it owes';
comment on column purchase_orders.ordered_at is 'when it was sent to the supplier; none while only ASNs have named it';

create table purchase_order_lines (
    po_number text not null references purchase_orders,
    line text not null,
    supply_id text not null generated always as (po_number || '/' || line) stored unique,
    sku text not null,
    qty bigint not null check (qty > 0),
    uom text not null check (uom in ('each', 'inner', 'case')),
    units_per bigint check (units_per > 0),
    due_on date not null,
    final boolean not null,
    earliest date not null,
    latest date not null,
    reliable_on date,
    cause text not null,
    reason text not null,
    units bigint check (units > 0),
    covered bigint not null default 0 check (covered >= 0),
    overdue_at timestamptz not null,
    primary key (po_number, line),
    check (earliest <= latest),
    check (covered <= COALESCE(units, 0))
) with (fillfactor = 80);
comment on table purchase_order_lines is
    'lines of the newest version; without units while the product or its pack is unknown; covered by ASNs';
comment on column purchase_order_lines.overdue_at is 'when its window begins to lie, if it still owes something then';
comment on column purchase_order_lines.reliable_on is
    'from when a new order may count on it while its supplier has no history here; none: from latest';
comment on column purchase_order_lines.final is 'the supplier brings nothing more of it';
comment on column purchase_order_lines.covered is
    'units that ASNs take over, or that came without an ASN in the order''s name and no line took';
create index purchase_order_lines_by_sku on purchase_order_lines (po_number, sku);
create index uncounted_order_lines on purchase_order_lines (sku) where units is null;

create table asns (
    asn_id text primary key,
    revision bigint not null check (revision >= 0),
    supplier_id text not null,
    node text not null references nodes,
    earliest date not null,
    latest date not null,
    cause text not null,
    reason text not null,
    closed_at timestamptz,
    po_number text,
    cancelled_by bigint not null default 0 check (cancelled_by >= 0),
    eta_earliest date not null,
    eta_latest date not null,
    eta_estimated_from text,
    shipped_at timestamptz,
    basis text not null default 'asn' check (basis in ('asn', 'appointment', 'arrived')),
    overdue_at timestamptz,
    observed_at timestamptz,
    in_rework boolean not null default false,
    check (earliest <= latest),
    check (eta_earliest <= eta_latest)
) with (fillfactor = 80);
comment on table asns is
    'what suppliers announced: the newest revision, and when its units are ready; its row is the lock of all that is counted';
comment on column asns.cancelled_by is 'the revision that takes it back, in force while no higher one has come';
comment on column asns.eta_estimated_from is 'from what the ETA was estimated; none: the supplier says it';
comment on column asns.in_rework is
    'some of it was in rework when it was looked at, and no rework of its positions has ended since';
comment on column asns.basis is 'what the window is read off: ETA, appointment or arrival';
comment on column asns.overdue_at is 'when the window can no longer be kept if nothing is heard';
comment on column asns.observed_at is 'when its lead times were stored';
create index open_asns on asns (node, latest, asn_id) where (closed_at is null) and (cancelled_by < revision);
create index asns_at_node on asns (node) where observed_at is null;
create index asns_overdue on asns (overdue_at) where closed_at is null;
create index asns_to_observe
    on asns (closed_at) where (closed_at is not null) and (observed_at is null) and (not in_rework);

create table asn_lines (
    asn_id text not null references asns,
    revision bigint not null,
    line int not null check (line > 0),
    carton_id text not null,
    sku text,
    gtin text,
    qty bigint not null check (qty > 0),
    uom text not null check (uom in ('each', 'inner', 'case')),
    units_per bigint check (units_per > 0),
    lot text,
    expires_on date,
    units bigint check (units > 0),
    po_number text,
    primary key (asn_id, revision, line),
    check (sku is not null or gtin is not null and units is null)
) with (fillfactor = 80);
comment on table asn_lines is
    'carton lines of every revision; without units while the product or its pack is unknown';
comment on column asn_lines.units_per is 'units that one uom holds, as the supplier says';
create index asn_lines_by_carton on asn_lines (asn_id, revision, carton_id);
create index asn_lines_by_sku on asn_lines (asn_id, revision, sku);
create index uncounted_lines on asn_lines (asn_id) where units is null;
create index uncounted_lines_by_sku on asn_lines (sku) where units is null;
create index uncounted_lines_by_gtin on asn_lines (gtin) where units is null;
create index asn_lines_of_orders on asn_lines (asn_id, revision, po_number) where po_number is not null;

create table coverage (
    po_number text not null references purchase_orders,
    sku text not null,
    asn_id text not null references asns,
    units bigint not null check (units > 0),
    primary key (po_number, sku, asn_id)
) with (fillfactor = 80);
comment on table coverage is
    'what ASNs take over from purchase orders: what they announce, and once they are done what came';
comment on column coverage.units is 'of the purchase order that the ASN takes over';
create index coverage_of_asns on coverage (asn_id, sku);

create table files (
    file_id text primary key,
    sender text not null,
    name text not null,
    format text not null check (format in ('x12', 'edifact', 'json')),
    content bytea not null,
    received_at timestamptz not null,
    partner text,
    receiver text,
    partner_qualifier text not null default '',
    receiver_qualifier text not null default '',
    state text not null check (state in ('accepted', 'refused')),
    faults jsonb not null default '[]',
    answer text,
    is_test boolean not null default false,
    check ((state = 'refused') = (jsonb_array_length(faults) > 0))
);
comment on table files is
    'append-only: what partners sent, as it was, what its envelope calls them and us, and what was answered';
comment on column files.partner_qualifier is 'whose id the partner''s is, by the standard''s code; empty: not said';
comment on column files.is_test is 'it was answered, and nothing of it was taken';

create table file_asns (
    file_id text not null references files,
    place int not null check (place > 0),
    asn_id text not null,
    revision bigint not null check (revision > 0),
    is_cancellation boolean not null,
    supplier text not null,
    node text,
    stated bigint not null check (stated > 0),
    content bytea not null,
    primary key (file_id, place),
    check (is_cancellation or node is not null)
);
comment on table file_asns is
    'append-only: the ASNs of files that were accepted, with the codes that the partner uses';
comment on column file_asns.revision is
    'as it was announced: later than all before it, also where the file was dated the same';
comment on column file_asns.stated is 'the date and time of the document, or the revision that it says';
comment on column file_asns.content is 'a digest of all that the notice says besides';
create index file_asns_by_asn on file_asns (asn_id, revision);

create table control_numbers (
    partner text primary key,
    last bigint not null check (last > 0)
);
comment on table control_numbers is 'the last number of what was sent to a partner, so that they can miss none';

create table positions (
    sku text not null,
    node text not null,
    version bigint not null default 0,
    shipped_sequence bigint not null default 0,
    primary key (sku, node)
) with (fillfactor = 60);
comment on table positions is
    'one SKU at one node; its row is the lock of its inbound, its version counts what was told of it';
comment on column positions.shipped_sequence is 'up to which the ledger''s shipments have left the lanes';

create table supplies (
    sku text not null,
    node text not null,
    supply_id text not null,
    expected_units bigint not null default 0 check (expected_units >= 0),
    sellable bigint not null default 0 check (sellable >= 0),
    quarantine bigint not null default 0 check (quarantine >= 0),
    damaged bigint not null default 0 check (damaged >= 0),
    stocked bigint not null default 0,
    stocked_sequence bigint check (stocked_sequence > 0),
    is_closed boolean not null default false,
    rework bigint not null default 0 check (rework >= 0),
    purchase_order boolean not null default false,
    received bigint not null generated always as (sellable + quarantine + damaged + rework) stored,
    landed boolean not null generated always as (
        (is_closed or purchase_order and sellable + quarantine + damaged + rework >= expected_units)
        and stocked >= sellable + quarantine + damaged + rework
    ) stored,
    overdue_at timestamptz,
    lots jsonb,
    primary key (sku, node, supply_id),
    foreign key (sku, node) references positions
) with (fillfactor = 60);
comment on column supplies.lots is
    'of the expected units those whose expiry the ASN says: (lot, day, units) each, first expiring first; none: none';
comment on table supplies is
    'one source of units for a position: announced, received by disposition, and posted by the ledger';
comment on column supplies.landed is
    'nothing more comes, and all that came is posted; a purchase order''s line is done with its last unit';
comment on column supplies.sellable is 'units received that may be sold';
comment on column supplies.stocked is 'units that the ledger has posted';
comment on column supplies.is_closed is 'nothing more of it is expected than came';
create index supplies_by_asn on supplies (supply_id, sku);
create index supplies_to_come on supplies (sku, node) where not landed;
create index supplies_landed on supplies (sku, node, stocked_sequence) where landed;
create index supplies_overdue on supplies (overdue_at) where purchase_order and (not landed) and (not is_closed);
create index supplies_of_asns_to_come on supplies (supply_id) where not landed;

create table overdue_looks (
    supply_id text primary key,
    purchase_order boolean not null,
    level int not null default 0 check (level >= 0),
    look_at timestamptz not null
) with (fillfactor = 70);
comment on table overdue_looks is
    'supplies that did not come yet: when to look whether they are overdue, and how loudly that was told';
comment on column overdue_looks.purchase_order is 'it is a line of a purchase order, else an ASN';
create index overdue_looks_due on overdue_looks (look_at);

create table trucks (
    asn_id text primary key references asns,
    arrived_at timestamptz,
    door text,
    begun_at timestamptz,
    assumed boolean not null default false,
    check (arrived_at is not null or begun_at is not null)
);
comment on table trucks is
    'when the truck of an ASN came, and when it was begun to be unloaded; under the lock of its ASN';
comment on column trucks.assumed is 'nobody told of its arrival: it is as of the first scan';
create index trucks_by_arrival on trucks (arrived_at);

create table dock_requests (
    request_id text primary key,
    asn_id text not null references asns,
    answer text not null check (answer in ('booked', 'refused', 'withdrawn'))
);
comment on table dock_requests is 'append-only: what was asked of the dock, and answered once';

create table appointments (
    request_id text primary key references dock_requests,
    asn_id text not null references asns,
    node text not null references nodes,
    door text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    no_show_at timestamptz,
    missed boolean not null default false,
    is_given_up boolean not null default false,
    check (starts_at < ends_at),
    check (no_show_at is null or not (missed or is_given_up))
) with (fillfactor = 80);
comment on table appointments is
    'doors that are kept for trucks, or were; `no_show_at` is when to look whether the truck came';
comment on column appointments.no_show_at is 'when the truck counts as missed if it is not there';
create unique index one_truck_in_a_slot on appointments (node, door, starts_at) where not is_given_up;
create unique index one_appointment_of_a_truck on appointments (asn_id) where not is_given_up;
create index doors_taken on appointments (node, ends_at) where not is_given_up;
create index no_shows on appointments (no_show_at) where no_show_at is not null;

create table scans (
    scan_id text primary key,
    device_id text not null,
    node text not null,
    asn_id text,
    carton_id text,
    mode text not null check (mode in ('by_carton', 'by_unit')),
    gtin text,
    lot text,
    expires_on date,
    times bigint not null check (times > 0),
    disposition text not null check (disposition in ('sellable', 'damaged', 'rework')),
    scanned_at timestamptz not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'counted', 'replaced', 'set_aside', 'voided', 'void')),
    revision bigint,
    po_number text,
    barcode text,
    symbology text,
    printed_date text,
    unlabelled boolean not null default false,
    void_of text,
    carton text,
    waits_for text
) with (fillfactor = 80);
comment on table scans is
    'every scan, what became of it, and the revision of the ASN and the carton that it was counted against';
comment on column scans.carton is 'the carton that the scan was placed in';
comment on column scans.waits_for is 'what must be known before the scan counts';
create index scans_by_carton on scans (asn_id, carton, mode, state) where carton is not null;
create index voids on scans (void_of) where void_of is not null;
create index scans_of_asns on scans (asn_id, scanned_at) where revision is not null;
create index scans_of_orders on scans (po_number) where po_number is not null;

create table manual_placements (
    scan_id text primary key references scans,
    sku text not null,
    units bigint not null check (units > 0),
    disposition text not null,
    lot text,
    expires_on date,
    placed_by text not null,
    placed_at timestamptz not null
);
comment on table manual_placements is 'append-only: what people said of scans that could not be placed';

create table closed_cartons (
    asn_id text not null,
    carton text not null,
    device_id text not null,
    closed_at timestamptz not null,
    primary key (asn_id, carton)
);
comment on table closed_cartons is 'cartons of which a device has said that nothing more is inside';

create table counted_parts (
    scan_id text not null references scans,
    line int not null check (line > 0),
    asn_id text,
    supply_id text,
    sku text not null,
    node text not null,
    units bigint not null check (units >= 0),
    lot text,
    expires_on date,
    chosen text not null,
    wished text not null check (wished in ('sellable', 'quarantine', 'damaged', 'rework')),
    scanned_at timestamptz not null,
    carton text,
    has_two_dates boolean not null default false,
    good boolean not null generated always as (wished = 'sellable' and not has_two_dates) stored,
    sellable bigint not null default 0 check (sellable >= 0),
    taken bigint not null default 0 check (taken >= 0),
    place bigint not null generated always as identity,
    primary key (scan_id, line),
    check (units + taken > 0),
    check (sellable <=
case
    when good then units
    else 0
end)
) with (fillfactor = 80);
comment on table counted_parts is
    'what counts now: units of one SKU and lot that a scan stands for, and how many of them are sellable';
comment on column counted_parts.chosen is 'the disposition that the scanner keyed';
comment on column counted_parts.wished is 'the right disposition by the units'' own doubts';
comment on column counted_parts.good is 'its units may be sellable: wished so, and the lot has no other date';
comment on column counted_parts.sellable is 'good units within what the ASN allows; the others are over';
comment on column counted_parts.taken is
    'of an accepted carton: units that were scanned one by one as damaged or for rework, and count there instead';
create index counted_parts_damaged on counted_parts (asn_id, sku, node) where chosen <> 'sellable';
create index counted_parts_taken on counted_parts (asn_id, sku, node) where taken > 0;
create index counted_parts_over on counted_parts (asn_id, sku, node, place) where good and (sellable < units);
create index counted_parts_of_cartons on counted_parts (asn_id, carton) where carton is not null;
create index counted_parts_of_lots
    on counted_parts (sku, node, lot, scanned_at, scan_id, line) where (lot is not null) and (expires_on is not null);
create index counted_parts_of_dates
    on counted_parts (sku, node, lot, has_two_dates, expires_on) where (lot is not null) and (expires_on is not null);

create table tallies (
    asn_id text not null,
    sku text not null,
    node text not null,
    units bigint not null check (units >= 0),
    good bigint not null check (good >= 0),
    sellable bigint not null check (sellable >= 0),
    allowed bigint not null check (allowed >= 0),
    elsewhere bigint not null default 0 check (elsewhere >= 0),
    primary key (asn_id, sku, node),
    check (sellable = LEAST(good, allowed)),
    check (good <= units)
) with (fillfactor = 70);
comment on table tallies is
    'units of one SKU counted off one ASN: all, those without a doubt, and how many of these may be and are sellable';
comment on column tallies.good is 'units without a doubt';
comment on column tallies.allowed is
    'units that may be sellable: announced and tolerated ones, and never fewer than are sellable already';

comment on column tallies.elsewhere is
    'of the sellable units those that a warehouse system received by itself; they are in stock whatever is allowed';

create table receipts (
    receipt_id text primary key,
    scan_id text references scans,
    line int check (line > 0),
    supply_id text,
    sku text not null,
    node text not null,
    units bigint not null check (units <> 0),
    lot text,
    expires_on date,
    disposition text not null check (disposition in ('sellable', 'quarantine', 'damaged', 'rework')),
    scanned_at timestamptz not null,
    corrects text,
    lane text,
    correction_no int not null default 1 check (correction_no > 0),
    foreign key (sku, node, supply_id) references supplies,
    check (units > 0 or corrects is not null),
    check ((scan_id is null) = (line is null))
);
comment on table receipts is 'append-only: units accepted at the dock, and taken back';
comment on column receipts.scan_id is
    'the scan that it was posted for; none if a warehouse system received and posted it by itself';
comment on column receipts.corrects is
    'the receipt whose units this one takes back, or makes sellable out of quarantine';
create index receipts_by_scan on receipts (scan_id);
create index receipts_by_corrected on receipts (corrects) where corrects is not null;

create table blind_shares (
    receipt_id text not null references receipts,
    po_number text not null references purchase_orders,
    units bigint not null check (units <> 0),
    place bigint not null generated always as identity,
    primary key (receipt_id, po_number)
);
comment on table blind_shares is
    'append-only: what purchase orders owe less since a warehouse system received units without naming a supply';
create index blind_shares_by_order on blind_shares (po_number);

create table staged_units (
    node text not null,
    lane text not null,
    sku text not null,
    units bigint not null check (units > 0),
    primary key (node, lane, sku)
) with (fillfactor = 70);
comment on table staged_units is 'units that were put in a staging lane and have not been shipped since';
create index staged_units_by_position on staged_units (sku, node);

create table postings (
    movement_id text primary key,
    supply_id text not null,
    sku text not null,
    node text not null,
    sequence bigint not null check (sequence > 0),
    units bigint not null check (units <> 0),
    foreign key (sku, node, supply_id) references supplies
);
comment on table postings is 'append-only: movements of the stock ledger that brought units of a supply';

create table stock_progress (
    movement_id text primary key,
    sku text not null,
    node text not null,
    supply_id text,
    sequence bigint not null check (sequence > 0),
    at timestamptz not null,
    ready_units bigint not null,
    rework_units bigint not null,
    check (ready_units <> 0 or rework_units <> 0)
);
comment on table stock_progress is
    'append-only: movements of the ledger by which units became sellable, or went into rework (above 0) or left it';
create index stock_progress_of_supply on stock_progress (supply_id) where supply_id is not null;
create index stock_progress_of_rework on stock_progress (sku, node, sequence) where rework_units <> 0;

create table receiving_advices (
    asn_id text not null references asns,
    version bigint not null check (version > 0),
    figures jsonb not null,
    format text check (format in ('x12', 'edifact', 'json')),
    document text,
    primary key (asn_id, version),
    check (document is null or format is not null)
);
comment on table receiving_advices is 'append-only: what suppliers were told of their trucks';
comment on column receiving_advices.document is
    'what was written for the supplier, whole; an event may have no room for it';

create table lead_times (
    asn_id text not null references asns,
    sku text not null,
    node text not null,
    supplier_id text not null,
    units bigint not null check (units > 0),
    ordered_at timestamptz,
    shipped_at timestamptz,
    docked_at timestamptz,
    ready_at timestamptz not null,
    ordered_to_shipped int,
    shipped_to_docked int,
    docked_to_ready int,
    ordered_to_ready int,
    due_to_ready int,
    primary key (asn_id, sku, node)
);
comment on table lead_times is 'append-only: how many working days each supply took, once its last unit was sellable';
create index lead_times_by_supplier on lead_times (supplier_id, node, ready_at);
create index lead_times_by_sku on lead_times (sku, node, ready_at);
create index lead_times_by_time on lead_times (ready_at);

create table truck_times (
    asn_id text primary key references asns,
    node text not null,
    supplier_id text not null,
    ready_at timestamptz not null,
    eta_earliest_to_ready int not null,
    eta_latest_to_ready int not null,
    booked_to_ready int,
    docked_to_ready int,
    eta_error int,
    waiting_minutes int check (waiting_minutes >= 0),
    unloading_minutes int check (unloading_minutes >= 0),
    counting_minutes int check (counting_minutes >= 0),
    rework_minutes int check (rework_minutes >= 0),
    due_to_ready int,
    check (eta_earliest_to_ready >= eta_latest_to_ready),
    check ((docked_to_ready is null) = (eta_error is null))
);
comment on table truck_times is
    'append-only: how many working days each truck took until its last unit was sellable, and where the time went';
comment on column truck_times.eta_error is 'working days after the ETA; negative: before';
create index truck_times_by_supplier on truck_times (supplier_id, node, ready_at);
create index truck_times_by_node on truck_times (node, ready_at);
create index truck_times_of_supplier on truck_times (supplier_id, ready_at);

create table ready_days (
    asn_id text not null references truck_times,
    days int not null,
    units bigint not null check (units > 0),
    primary key (asn_id, days)
);
comment on table ready_days is
    'append-only: how many units of a truck were sellable so many working days after it came';
comment on column ready_days.days is 'working days after the truck''s arrival at which the units were sellable';

create table discrepancies (
    exception_id text primary key,
    exception_class text not null,
    about text not null check (about in ('asn', 'scan', 'carton', 'sku', 'lot', 'supply')),
    subject text not null,
    facts jsonb not null,
    version bigint not null check (version > 0),
    state text not null check (state in ('open', 'settled')),
    opened_at timestamptz not null
);
comment on table discrepancies is 'what a person must look at, or had to';
create index discrepancies_by_subject on discrepancies (about, subject);

-- migrate:down
