-- migrate:up
create table shipments (
    order_id text not null,
    shipment_id text not null,
    place int not null,
    line_id text not null,
    units bigint not null check (units > 0),
    primary key (order_id, shipment_id, place),
    foreign key (order_id, line_id) references lines
);
comment on table shipments is 'append-only: units of lines that were handed to the carrier';
create index shipments_by_line on shipments (order_id, line_id);

do $$
declare
    of_superseded text;
begin
    select conname into strict of_superseded from pg_constraint
    where conrelid = 'notices'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%superseded_by%';
    execute format('alter table notices drop constraint %I', of_superseded);
end
$$;
alter table notices add constraint notices_superseded check (superseded_by is null or state = 'superseded');

-- migrate:down
