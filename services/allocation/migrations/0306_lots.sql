-- migrate:up
-- A column of its own, so that the index is written only when a lot comes or is used up, not at every unit.
alter table lots add column there boolean not null generated always as (on_hand > 0) stored;
create index lots_there on lots (sku, node) where there;

-- migrate:down
