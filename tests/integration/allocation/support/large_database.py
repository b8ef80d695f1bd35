"""A database in which much waits: tables of 60,000 rows and more, and 4,000 bundles."""

SKUS, LINES_OF_EACH = 2000, 30
FILL = f"""
insert into nodes values ('ams', 1, 'UTC', '{{1,2,3,4,5}}', '{{}}', '16:00');
insert into merchants select 'm' || n, 1, 'ams' from generate_series(1, 2000) n;
insert into products (sku, version, merchant, backorderable, min_life_days, swap_group, attributes, price)
    select 's' || n, 1, 'm1', true, 0, 'g' || n / 4, '{{}}', 1 from generate_series(1, {SKUS}) n;
insert into positions (sku, node, on_hand, allocated, page, page_state_since)
    select sku, 'ams', 40, 30, '{{"state": "in_stock"}}', now() from products;
insert into rollups select sku, '', 1 from products;
insert into policies (merchant, sku, version, hold_days, padding_days, head_starts, preorders, longest_wait_days,
                      on_time_limit, ahead_minutes, back_days)
    select merchant, '', 1, 5, 2, '{{}}', true, 14, 80, 5, 7 from merchants;
insert into lots (sku, node, lot, on_hand, allocated)
    select sku, 'ams', 'l' || n, 4, 3 from products, generate_series(1, 10) n;
insert into lots (sku, node, lot, on_hand) select sku, 'ams', 'gone' || n, 0 from products, generate_series(1, 30) n;
insert into supplies select sku, 'ams', 'inbound', 'a' || n, n < 3, 9, 0, '2027-03-16', '2027-03-17', 'c', 'r'
    from products, generate_series(1, 30) n;
insert into supply_lots select sku, 'ams', 'a' || n, '2027-03-08'::date + day, 3, 0
    from products, generate_series(1, 10) n, generate_series(1, 3) day;
insert into orders (order_id, merchant, market, completed_at, priority, max_shipments, is_split_suggested)
    select 'o' || n, 'm1', 'NL', '2027-03-08Z'::timestamptz - n * interval '1 s', 'standard', 1, n % 100 = 6
    from generate_series(1, {SKUS * LINES_OF_EACH}) n;
insert into lines (order_id, line_id, ordered_line_id, sku, node, units, queue_at, completed_at, min_life_days,
                   is_declined)
    select order_id, '1', '1', 's' || 1 + substr(order_id, 2)::int % {SKUS}, 'ams', 3, completed_at, completed_at, 0,
           false
    from orders;
insert into queue (sku, node, queue_at, completed_at, order_id, line_id, units, min_life_days, gate_on, ships_together,
                   is_eligible, line_version, claimed, kept_for)
    select sku, 'ams', queue_at, completed_at, order_id, '1', 2, case nth when 2 then 9 else 0 end,
           case nth when 1 then '2027-03-08'::date when 3 then '2027-04-01' end, true, nth not in (1, 3), 1,
           (nth = 5)::int, case nth when 5 then 'load' end
    from lines, lateral (select substr(order_id, 2)::int / {SKUS} % 6 as nth) at;
insert into boundaries
    select sku, node, ranking, 'inbound', 'a' || nth, '2027-03-16', 9, queue_at, completed_at, order_id, line_id,
           2 * nth, nth
    from lines, lateral (select substr(order_id, 2)::int / {SKUS} as nth) at,
         unnest(array['latest', 'earliest']) ranking
    where nth in (5, 15, 25);
insert into stops select 'stop' || order_id, order_id, '1', 1, 'cancel', 1, '', '', now() from orders;
insert into exceptions (exception_id, exception_class, subject, facts, opened_at)
select order_id, 'request_refused', order_id, '{{}}', now() from orders;
insert into order_sources select order_id, 'shop', 1 from orders;
insert into timers select 'position', sku, 'ams', '2027-03-08 08:00Z'::timestamptz + n * interval '1 h'
    from products, generate_series(0, 29) n;
insert into timers select kind, order_id, case kind when 'deadline' then '1' else '' end, completed_at
    from orders, unnest(array['order', 'payment', 'deadline']) kind;
insert into releases
    select order_id, '1', 'l1', 1, 'given', sku, node, queue_at, completed_at, 0, 2, 1, 1, now()
    from lines;
insert into departures select order_id, '1', 'l1', 1, sku, node, 1, now(), 'shipped' from lines;
insert into promises select order_id, '1', n, sku, node, 1, 2, null, null, null, '', '', now()
    from lines, generate_series(1, 3) n;
insert into calendars select 'ams', n, 'UTC', '{{1}}', '{{}}', '16:00', 5 from generate_series(1, 2000) n;
insert into renewals
    select sku, node, true, '0001-01-02Z', '0001-01-02Z', '', '', null, null, null, null, '', '', null, 1
    from positions;
insert into day_loads select 'n' || n, '2027-03-08', 1 from generate_series(1, 2000) n;
insert into rule_states (order_id, line_id, shown_in_stock, applicable_by, open_units)
    select order_id, '1', false, '2027-03-22', 2 from orders;
insert into rule_facts select order_id, '1', 'told', 'n', '2027-03-08Z', '2027-03-25', null from orders;
insert into unknown_shipments select 'x' || n, '1', 's1', 'ams', '', 1 from generate_series(1, 60000) n;
insert into products (sku, version, merchant, backorderable, min_life_days, attributes, price, components)
    select 'kit' || n, 1, 'm1', true, 0, '{{}}', 1, jsonb_build_object('s' || n, 1)
    from generate_series(1, {SKUS}) n;
insert into orders (order_id, merchant, market, completed_at, priority)
    select 'k' || n, 'm1', 'NL', now(), 'standard' from generate_series(1, 4000) n;
insert into bundles (order_id, line_id, sku, node, units, unit_price, may_ship_in_parts)
    select 'k' || n, 'b', 'kit1', 'ams', 1, 9, false from generate_series(1, 4000) n;
insert into lines (order_id, line_id, sku, node, units, queue_at, completed_at, min_life_days, is_declined,
                   ordered_line_id, per_bundle)
    select 'k' || n, 'b/s' || part, 's' || part, 'ams', 1, now(), now(), 0, false, 'b', 1
    from generate_series(1, 4000) n, generate_series(1, 2) part;
insert into promises
    select 'k' || n, 'b', version, 'kit1', 'ams', 0, 1, null, null, null, '', '', now(), 'yes_by'
    from generate_series(1, 4000) n, generate_series(1, 3) version;
insert into rule_states (order_id, line_id, shown_in_stock, applicable_by, open_units)
    select order_id, line_id, false, '2027-03-22', 1 from bundles;
insert into rule_facts
    select order_id, line_id, 'shipped', 's', '2027-03-08Z', null, 1 from lines where ordered_line_id = 'b';
"""
BIG = (
    "rule_states",
    "rule_facts",
    "products",
    "merchants",
    "positions",
    "lots",
    "supplies",
    "orders",
    "lines",
    "queue",
    "boundaries",
    "policies",
    "timers",
    "renewals",
    "calendars",
    "day_loads",
    "exceptions",
    "releases",
    "departures",
    "promises",
    "unknown_shipments",
    "stops",
    "order_sources",
    "rollups",
    "bundles",
)
