-- migrate:up
-- A preview of a whole truck asks for every position that it is for.
create index supplies_by_name on supplies (supply_id);

-- migrate:down
