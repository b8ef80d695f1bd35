-- migrate:up
create table nodes (
    node text primary key,
    version bigint not null,
    zone text not null,
    working_days int[] not null check (cardinality(working_days) > 0),
    holidays date[] not null
);
comment on table nodes is 'fulfilment centres and the days on which they work';

create table products (
    sku text primary key,
    version bigint not null,
    dated boolean not null
);
comment on table products is 'SKUs that are known; units of dated ones carry lot and expiry';

create table packs (
    sku text not null references products,
    gtin text not null check (length(gtin) = 14),
    units bigint not null check (units > 0),
    level text not null check (level in ('each', 'inner', 'case')),
    primary key (sku, gtin)
);
comment on table packs is 'barcodes, filled up to 14 digits, and how many units are inside';
create index packs_by_gtin on packs (gtin);

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
    check (earliest <= latest)
) with (fillfactor = 80);
comment on table asns is 'what suppliers announced: the newest revision, and when its units are ready; its row is the lock of all that is counted';

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
    primary key (asn_id, revision, line),
    check (sku is not null or (gtin is not null and units is null))
) with (fillfactor = 80);
comment on table asn_lines is 'carton lines of every revision; without units while the product or its pack is unknown';
create index asn_lines_by_carton on asn_lines (asn_id, revision, carton_id);
create index asn_lines_by_sku on asn_lines (asn_id, revision, sku);
create index uncounted_lines on asn_lines (asn_id) where units is null;
create index uncounted_lines_by_sku on asn_lines (sku) where units is null;
create index uncounted_lines_by_gtin on asn_lines (gtin) where units is null;

create table positions (
    sku text not null,
    node text not null,
    version bigint not null default 0,
    primary key (sku, node)
) with (fillfactor = 60);
comment on table positions is 'one SKU at one node; its row is the lock of its inbound, its version counts what was told of it';

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
    closed boolean not null default false,
    landed boolean not null generated always as (closed and stocked >= sellable + quarantine + damaged) stored,
    primary key (sku, node, supply_id),
    foreign key (sku, node) references positions
) with (fillfactor = 60);
comment on table supplies is 'one source of units for a position: announced, received by disposition, and posted by the ledger';
create index supplies_by_asn on supplies (supply_id, sku);
create index supplies_to_come on supplies (sku, node) where not landed;
create index supplies_landed on supplies (sku, node, stocked_sequence) where landed;

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
    disposition text not null check (disposition in ('sellable', 'damaged')),
    scanned_at timestamptz not null,
    state text not null default 'waiting' check (state in ('waiting', 'counted', 'set_aside')),
    revision bigint,
    check (state <> 'counted' or revision is not null)
) with (fillfactor = 80);
comment on table scans is 'every scan, and the revision of the ASN that it was counted against';
create index scans_by_carton on scans (asn_id, carton_id) where revision is not null;

create table receipts (
    receipt_id text primary key,
    scan_id text not null references scans,
    line int not null check (line > 0),
    supply_id text not null references asns,
    sku text not null,
    node text not null,
    units bigint not null check (units > 0),
    lot text,
    expires_on date,
    disposition text not null check (disposition in ('sellable', 'quarantine', 'damaged')),
    scanned_at timestamptz not null,
    foreign key (sku, node, supply_id) references supplies
);
comment on table receipts is 'append-only: units accepted at the dock';
create index receipts_by_scan on receipts (scan_id);

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

create table discrepancies (
    exception_id text primary key,
    exception_class text not null,
    about text not null check (about in ('asn', 'scan')),
    subject text not null,
    facts jsonb not null,
    version bigint not null check (version > 0),
    state text not null check (state in ('open', 'settled'))
);
comment on table discrepancies is 'what a person must look at, or had to';
create index discrepancies_by_subject on discrepancies (about, subject);

-- migrate:down
