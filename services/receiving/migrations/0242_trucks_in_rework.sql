-- migrate:up
-- Whoever waits for rework is looked at again when some of it is done, not each second.
alter table asns add in_rework boolean not null default false;
comment on column asns.in_rework is 'some of it was in rework when it was looked at, and no rework of its positions has ended since';
drop index asns_to_observe;
create index asns_to_observe on asns (closed_at) where closed_at is not null and observed_at is null and not in_rework;
create index supplies_of_asns_to_come on supplies (supply_id) where not landed;

-- migrate:down
