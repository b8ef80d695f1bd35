-- migrate:up
drop index exceptions_open;
create index exceptions_by_state on exceptions (state, exception_id);
create index exceptions_by_class on exceptions (class, exception_id);
create index exceptions_by_class_and_state on exceptions (class, state, exception_id);
create statistics exceptions_class_and_state (mcv) on class, state from exceptions;

create index skus_by_merchant on skus (merchant, sku);

create index queues_of_node_by_value on queues (node, waiting_value desc, sku) where waiting_lines > 0;
create index queues_of_node_by_units on queues (node, waiting_units desc, sku) where waiting_lines > 0;

-- migrate:down
