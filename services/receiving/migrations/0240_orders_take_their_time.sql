-- migrate:up
alter table purchase_orders add ordered_at timestamptz;
comment on column purchase_orders.ordered_at is 'when it was sent to the supplier; unknown of those told before this column came';

alter table purchase_order_lines add overdue_at timestamptz;
update purchase_order_lines set overdue_at = latest::timestamp at time zone 'UTC';
alter table purchase_order_lines alter overdue_at set not null;
comment on column purchase_order_lines.overdue_at is 'when its window begins to lie, if it still owes something then';

-- A copy of the line's, so that only what is still to come is looked at.
alter table supplies add overdue_at timestamptz;
update supplies s set overdue_at = l.overdue_at
from purchase_order_lines l where l.supply_id = s.supply_id and s.purchase_order;
create index supplies_overdue on supplies (overdue_at) where purchase_order and not landed and not closed;

-- migrate:down
