-- migrate:up
-- Whether the supplier kept his word: the most belated of what a truck brought for purchase orders, of all his nodes.
alter table truck_times add due_to_ready int;
update truck_times t set due_to_ready = l.due_to_ready
from (select asn_id, max(due_to_ready) as due_to_ready from lead_times group by asn_id) l
where l.asn_id = t.asn_id and l.due_to_ready is not null;
create index truck_times_of_supplier on truck_times (supplier_id, ready_at);

-- migrate:down
