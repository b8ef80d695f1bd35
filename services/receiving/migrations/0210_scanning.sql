-- migrate:up
alter table scans
    add po_number text,
    add barcode text,
    add symbology text,
    add printed_date text,
    add unlabelled boolean not null default false,
    add void_of text,
    add carton text,
    add waits_for text,
    drop constraint scans_check,
    drop constraint scans_disposition_check,
    drop constraint scans_state_check,
    add check (disposition in ('sellable', 'damaged', 'rework')),
    add check (state in ('waiting', 'counted', 'replaced', 'set_aside', 'voided', 'void'));
comment on table scans is 'every scan, what became of it, and the revision of the ASN and the carton that it was counted against';
drop index scans_by_carton;
create index scans_by_carton on scans (asn_id, carton, mode, state) where carton is not null;
create index voids on scans (void_of) where void_of is not null;

alter table receipts
    drop constraint receipts_units_check,
    drop constraint receipts_disposition_check,
    drop constraint receipts_supply_id_fkey,
    alter column supply_id drop not null,
    add corrects text,
    add lane text,
    add nth int not null default 1 check (nth > 0),
    add check (units <> 0),
    add check (units > 0 or corrects is not null),
    add check (disposition in ('sellable', 'quarantine', 'damaged', 'rework'));
comment on table receipts is 'append-only: units accepted at the dock, and taken back';

create table parts (
    scan_id text not null references scans,
    line int not null check (line > 0),
    asn_id text,
    supply_id text,
    sku text not null,
    node text not null,
    units bigint not null check (units > 0),
    lot text,
    expires_on date,
    chosen text not null,
    wished text not null check (wished in ('sellable', 'quarantine', 'damaged', 'rework')),
    scanned_at timestamptz not null,
    carton text,
    two_dates boolean not null default false,
    good boolean not null generated always as (wished = 'sellable' and not two_dates) stored,
    sellable bigint not null default 0 check (sellable >= 0),
    place bigint not null generated always as identity,
    primary key (scan_id, line),
    check (sellable <= case when good then units else 0 end)
) with (fillfactor = 80);
comment on table parts is 'what counts now: units of one SKU and lot that a scan stands for, and how many of them are sellable';
create index parts_over on parts (asn_id, sku, node, place) where good and sellable < units;
create index parts_of_cartons on parts (asn_id, carton) where carton is not null;
create index parts_of_lots on parts (sku, node, lot, scanned_at, scan_id, line)
    where lot is not null and expires_on is not null;
create index parts_of_dates on parts (sku, node, lot, two_dates, expires_on)
    where lot is not null and expires_on is not null;

create table tallies (
    asn_id text not null,
    sku text not null,
    node text not null,
    units bigint not null check (units >= 0),
    good bigint not null check (good >= 0),
    sellable bigint not null check (sellable >= 0),
    allowed bigint not null check (allowed >= 0),
    primary key (asn_id, sku, node),
    check (sellable = least(good, allowed)),
    check (good <= units)
) with (fillfactor = 70);
comment on table tallies is 'units of one SKU counted off one ASN: all, those without a doubt, and how many of these may be and are sellable';

create table closed_cartons (
    asn_id text not null,
    carton text not null,
    device_id text not null,
    closed_at timestamptz not null,
    primary key (asn_id, carton)
);
comment on table closed_cartons is 'cartons of which a device has said that nothing more is inside';

create table placings (
    scan_id text primary key references scans,
    sku text not null,
    units bigint not null check (units > 0),
    disposition text not null,
    lot text,
    expires_on date,
    placed_by text not null,
    placed_at timestamptz not null
);
comment on table placings is 'append-only: what people said of scans that could not be placed';

create table staged (
    node text not null,
    lane text not null,
    sku text not null,
    units bigint not null check (units > 0),
    primary key (node, lane, sku)
) with (fillfactor = 70);
comment on table staged is 'units that were put in a staging lane and have not been shipped since';
create index staged_by_position on staged (sku, node);

alter table queues add staged_units bigint not null default 0 check (staged_units >= 0);
alter table positions add shipped_sequence bigint not null default 0;

alter table discrepancies drop constraint discrepancies_about_check,
    add check (about in ('asn', 'scan', 'carton', 'sku', 'lot'));

-- migrate:down
