-- migrate:up
alter table asns add po_number text, add cancelled_by bigint not null default 0 check (cancelled_by >= 0);
comment on column asns.cancelled_by is 'the revision that takes it back, in force while no higher one has come';
alter table asn_lines add po_number text;
create index asn_lines_of_orders on asn_lines (asn_id, revision, po_number) where po_number is not null;

create table coverage (
    po_number text not null references purchase_orders,
    sku text not null,
    asn_id text not null references asns,
    units bigint not null check (units > 0),
    primary key (po_number, sku, asn_id)
) with (fillfactor = 80);
comment on table coverage is 'what ASNs take over from purchase orders: what they announce, and once they are done what came';
create index coverage_of_asns on coverage (asn_id, sku);

create index open_asns on asns (node, latest, asn_id) where closed_at is null and cancelled_by < revision;

-- migrate:down
