-- migrate:up
create table purchase_orders (
    po_number text primary key,
    version bigint not null default 0 check (version >= 0),
    supplier_id text,
    node text references nodes,
    check (version = 0 or (supplier_id is not null and node is not null))
) with (fillfactor = 80);
comment on table purchase_orders is 'what was ordered, in its newest version, 0 while only ASNs have named it; its row is the lock of what it owes';

create table purchase_order_lines (
    po_number text not null references purchase_orders,
    line text not null,
    supply_id text not null unique generated always as (po_number || '/' || line) stored,
    sku text not null,
    qty bigint not null check (qty > 0),
    uom text not null check (uom in ('each', 'inner', 'case')),
    units_per bigint check (units_per > 0),
    due_on date not null,
    final boolean not null,
    earliest date not null,
    latest date not null,
    cause text not null,
    reason text not null,
    units bigint check (units > 0),
    covered bigint not null default 0 check (covered >= 0),
    primary key (po_number, line),
    check (earliest <= latest),
    check (covered <= coalesce(units, 0))
) with (fillfactor = 80);
comment on table purchase_order_lines is 'lines of the newest version; without units while the product or its pack is unknown; covered by ASNs';
create index purchase_order_lines_by_sku on purchase_order_lines (po_number, sku);
create index uncounted_order_lines on purchase_order_lines (sku) where units is null;

-- What blind receipts bring belongs to a purchase order's line, or to nothing that was announced.
alter table receipts drop constraint if exists receipts_supply_id_fkey, alter column supply_id drop not null;

alter table supplies add rework bigint not null default 0 check (rework >= 0),
    add purchase_order boolean not null default false,
    drop column landed;
alter table supplies
    add received bigint not null generated always as (sellable + quarantine + damaged + rework) stored,
    add landed boolean not null generated always as (
        (closed or (purchase_order and sellable + quarantine + damaged + rework >= expected_units))
        and stocked >= sellable + quarantine + damaged + rework
    ) stored;
comment on column supplies.landed is 'nothing more comes, and all that came is posted; a purchase order''s line is done with its last unit';
create index supplies_to_come on supplies (sku, node) where not landed;
create index supplies_landed on supplies (sku, node, stocked_sequence) where landed;

-- migrate:down
