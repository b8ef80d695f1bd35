-- migrate:up
-- Orders and lines are compared by code point, as the domain does, whatever the locale: they break ties in the queue.

create table nodes (
    node text primary key,
    version bigint not null,
    zone text not null,
    working_days int[] not null check (cardinality(working_days) > 0),
    holidays date[] not null,
    cut_off time not null,
    rework_days int not null default 5 check (rework_days > 0),
    orders_per_day bigint check (orders_per_day > 0)
);
comment on table nodes is 'fulfilment centres and their calendars';

create table calendars (
    node text not null,
    version bigint not null,
    zone text not null,
    working_days int[] not null,
    holidays date[] not null,
    cut_off time not null,
    rework_days int not null,
    orders_per_day bigint,
    primary key (node, version)
);
comment on table calendars is 'append-only: every calendar that a node had';

create table merchants (
    merchant text primary key,
    version bigint not null,
    hub text not null,
    routing text not null default 'first' check (routing in ('first', 'hub', 'cheapest')),
    nodes jsonb not null default '[]'
);
comment on table merchants is 'whose orders ship from where, if they name no node';
comment on column merchants.nodes is 'that ship for the merchant, cheapest first; none: all that have the SKU';

create table suppliers (
    supplier_id text primary key,
    on_time_share int check (on_time_share >= 0),
    told_at timestamptz not null
);
comment on table suppliers is 'how often suppliers are on time, in percent, as inbound told last; none: not known';
comment on column suppliers.on_time_share is 'percent of the last trucks that were ready in time; none: not known';

create table products (
    sku text primary key,
    version bigint not null,
    merchant text not null,
    backorderable boolean not null,
    min_life_days int not null check (min_life_days >= 0),
    launch_on date,
    swap_group text,
    attributes jsonb not null,
    price bigint not null check (price >= 0),
    supplier_id text,
    lead_time_days int check (lead_time_days >= 0),
    components jsonb not null default '{}'
);
comment on table products is 'what can be sold, and on what terms';
comment on column products.components is 'of a bundle: units of each SKU that go into one';
comment on column products.swap_group is 'SKUs of one merchant and group may be swapped for each other';
comment on column products.price is 'in minor units of the merchant''s currency';
comment on column products.lead_time_days is
    'working days in which more of it comes once it is ordered; none: not known';
create index products_of_group on products (merchant, swap_group) where swap_group is not null;
create index products_components on products using gin (components);

create table policies (
    merchant text not null,
    sku text not null,
    version bigint not null,
    hold_days int not null check (hold_days >= 0),
    padding_days int not null check (padding_days >= 0),
    head_starts jsonb not null,
    backorderable boolean,
    preorders boolean not null,
    cap_units bigint check (cap_units >= 0),
    longest_wait_days int not null check (longest_wait_days >= 0),
    on_time_limit int not null check (on_time_limit >= 0),
    ahead_minutes int not null check (ahead_minutes >= 0),
    back_days int not null check (back_days >= 0),
    buffer_units bigint not null default 0 check (buffer_units >= 0),
    gather_minutes int not null default 10 check (gather_minutes >= 0),
    primary key (merchant, sku)
);
comment on table policies is
    'what a merchant wants of their queues and accepts; no sku: of all that have no policy of their own';
comment on column policies.hold_days is 'calendar days for which units are kept for an order whose rest is promised';
comment on column policies.padding_days is
    'working days added once to a promise that becomes later than the told range';
comment on column policies.head_starts is 'hours by priority, as an object';
comment on column policies.cap_units is 'units that may wait together at one position; none: no cap';
comment on column policies.gather_minutes is 'how long a line''s units are kept that land while its truck is unloaded';
comment on column policies.buffer_units is 'free units that no page offers, and that those who wait are served from';
comment on column policies.longest_wait_days is 'calendar days that a new customer may be asked to wait';
comment on column policies.back_days is 'so long after it happened an order may be told for its time to give it a place';
comment on column policies.on_time_limit is 'percent below which a supplier''s units are not sold ahead';

create table positions (
    sku text not null references products,
    node text not null references nodes,
    version bigint not null default 0,
    stock_sequence bigint not null default 0,
    inbound_version bigint not null default 0,
    on_hand bigint not null default 0,
    allocated bigint not null default 0,
    claimed bigint not null default 0 check (claimed >= 0),
    waiting_lines bigint not null default 0 check (waiting_lines >= 0),
    waiting_units bigint not null default 0,
    availability_version bigint not null default 0,
    page text,
    waiting_value bigint not null default 0 check (waiting_value >= 0),
    queue_version bigint not null default 0,
    page_state_since timestamptz,
    renews boolean not null default false,
    primary key (sku, node),
    check (waiting_units >= waiting_lines),
    check (allocated >= 0 and allocated <= on_hand),
    check ((page is null) = (page_state_since is null))
) with (fillfactor = 50);
comment on table positions is
    'one SKU at one node; its row is the lock that every change of its queue and stock takes';
comment on column positions.waiting_lines is 'lines that units in stock do not cover; waiting_units and waiting_value are theirs';
comment on column positions.version is 'of the allocations that were announced last';
comment on column positions.stock_sequence is 'up to which the ledger''s news is applied';
comment on column positions.inbound_version is 'of the inbound that was heard of last';
comment on column positions.allocated is 'units on hand that lines own: they are on the floor';
comment on column positions.claimed is 'units on hand that are kept for waiting lines until these can be released';
comment on column positions.waiting_value is 'of the waiting units, in minor units';
comment on column positions.page is 'what the product page shows, as text; none: never announced';
comment on column positions.page_state_since is
    'when the page got its state: a state younger than a day changes on facts only';
comment on column positions.queue_version is 'of the waiting lines, units and value that were announced last';
comment on column positions.renews is 'a supply of it changed, and not all of its lines are promised anew yet';

create table lots (
    sku text not null,
    node text not null,
    lot text not null,
    expires_on date,
    on_hand bigint not null,
    allocated bigint not null default 0,
    is_in_stock boolean not null generated always as (on_hand > 0) stored,
    primary key (sku, node, lot),
    foreign key (sku, node) references positions,
    check (allocated >= 0 and allocated <= on_hand)
) with (fillfactor = 50);
comment on table lots is 'sellable units by lot, and how many of them lines own; an empty lot stands for none';
comment on column lots.allocated is 'units of the lot that lines own';
create index lots_in_stock on lots (sku, node) where is_in_stock;

create table supplies (
    sku text not null,
    node text not null,
    kind text not null check (kind in ('inbound', 'rework', 'stock', 'reorder')),
    supply_id text not null,
    is_listed boolean not null,
    expected bigint not null check (expected >= 0),
    stocked bigint not null,
    earliest date,
    latest date,
    cause text not null,
    reason text not null,
    on_time_share int check (on_time_share >= 0),
    reliable_on date,
    short_lived bigint not null default 0 check (short_lived >= 0),
    is_estimated boolean not null default false,
    primary key (sku, node, kind, supply_id),
    foreign key (sku, node) references positions,
    check (not is_listed or earliest is not null and latest >= earliest),
    check (kind = 'inbound' or is_listed and stocked = 0 and expected > 0)
) with (fillfactor = 70);
comment on table supplies is
    'what will serve those who wait: on its way, in rework by the day it was posted, in stock for those who may not have it yet, or not ordered yet';
comment on column supplies.kind is 'all but inbound are derived, and their windows stay as they were first said until they pass';
comment on column supplies.is_listed is
    'the newest inbound names the supply; others are kept, since more of them may land';
comment on column supplies.expected is 'units that the supply brings in all';
comment on column supplies.stocked is 'units of it that are in stock already, in any status';
comment on column supplies.reliable_on is 'from when a new order may count on it; none: from latest';
comment on column supplies.is_estimated is 'nobody said when it arrives';
comment on column supplies.short_lived is 'units still to come that nobody is promised, since they expire too soon';
comment on column supplies.on_time_share is 'of its supplier, in percent; none: not known';
create index supplies_listed on supplies (sku, node) where is_listed;
create index supplies_by_name on supplies (supply_id);

create table supply_lots (
    sku text not null,
    node text not null,
    supply_id text not null,
    expires_on date not null,
    expected bigint not null check (expected >= 0),
    stocked bigint not null,
    primary key (sku, node, supply_id, expires_on),
    foreign key (sku, node) references positions
) with (fillfactor = 70);
create index supply_lots_expected on supply_lots (sku, node) where expected > 0;
comment on table supply_lots is 'units on their way whose expiry is known, as the newest inbound says';
comment on column supply_lots.stocked is 'units with that expiry of the supply that are in stock already, in any status';

create table orders (
    order_id text collate "C" primary key,
    merchant text not null,
    market text not null,
    completed_at timestamptz not null,
    priority text not null,
    ship_not_before date,
    authorized_until timestamptz,
    holds text[] not null default '{}',
    max_shipments int check (max_shipments > 0),
    shipments int not null default 0 check (shipments >= 0),
    passed_over int not null default 0 check (passed_over >= 0),
    is_split_suggested boolean not null default false
);
comment on table orders is 'orders that were placed';
comment on column orders.is_split_suggested is
    'passed over twice since the rest was not ready: support is asked to offer a split';
comment on column orders.completed_at is 'when the order was paid or authorised and complete: its place in the queue';
comment on column orders.holds is 'the kinds of hold that keep the order from owning units';
comment on column orders.max_shipments is 'parcels that the order allows; none: as many as it takes';
comment on column orders.shipments is 'parcels that went to the floor, counted only while max_shipments limits them';
comment on column orders.passed_over is 'how often others were served while the rest of the order was not ready';
create index orders_split_suggested on orders (order_id) where is_split_suggested;

create table bundles (
    order_id text collate "C" not null references orders,
    line_id text collate "C" not null,
    sku text not null references products,
    node text not null references nodes,
    units bigint not null check (units > 0),
    unit_price bigint not null check (unit_price >= 0),
    may_ship_in_parts boolean not null,
    line_version bigint not null default 0,
    whole bigint not null default 0 check (whole >= 0),
    cancelled bigint not null default 0 check (cancelled >= 0),
    waiting bigint not null default 0 check (waiting >= 0),
    primary key (order_id, line_id),
    check ((whole + cancelled) <= units and waiting <= units)
) with (fillfactor = 70);
comment on table bundles is
    'ordered lines of bundles: what their components came to, as told last; their row is locked after those of orders';
comment on column bundles.whole is 'bundles of which every component is on the floor or shipped';

create table lines (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    sku text not null,
    node text not null,
    units bigint not null check (units > 0),
    shipped bigint not null default 0 check (shipped >= 0),
    cancelled bigint not null default 0 check (cancelled >= 0),
    line_version bigint not null default 0,
    queue_at timestamptz not null,
    completed_at timestamptz not null,
    min_life_days int not null,
    unit_price bigint not null default 0 check (unit_price >= 0),
    told_earliest date,
    told_latest date,
    told_version bigint not null default 0,
    is_declined boolean not null,
    shown_ship_by date,
    ordered_line_id text collate "C" not null,
    per_bundle bigint not null default 1 check (per_bundle > 0),
    primary key (order_id, line_id),
    check ((shipped + cancelled) <= units),
    check ((told_earliest is null) = (told_latest is null) and told_earliest <= told_latest),
    check (not is_declined or cancelled = units),
    check ((units % per_bundle) = 0),
    check (ordered_line_id <> line_id or per_bundle = 1)
) with (fillfactor = 70);
comment on table lines is
    'order lines: what they ordered, own on the floor, and got; and their place in the queue';
comment on column lines.shown_ship_by is
    'T of 16 CFR 435: the day by which the line was shown to ship, else 30 days on; empty where that rule is not on';
comment on column lines.ordered_line_id is
    'the line as its customer ordered it: of a component its bundle''s, of all others their own';
comment on column lines.line_version is
    'of what was told of it last; of a line that waits its queue''s, of one that was released since its release''s, is higher';
comment on column lines.queue_at is
    'its place in the order of service: completed_at less the head start, until a person moves it';
comment on column lines.told_version is 'the line version of the range that the customer was told last';
comment on column lines.per_bundle is 'units of the component that go into one bundle';

create table queue (
    sku text not null,
    node text not null,
    queue_at timestamptz not null,
    completed_at timestamptz not null,
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    units bigint not null check (units > 0),
    claimed bigint not null default 0,
    kept_for text check (kept_for in ('rest', 'load', 'truck')),
    kept_until timestamptz,
    min_life_days int not null,
    earliest date,
    latest date,
    own_earliest date,
    own_latest date,
    unit_price bigint not null default 0 check (unit_price >= 0),
    gate_on date,
    ships_together boolean not null,
    is_eligible boolean not null,
    line_version bigint not null,
    primary key (sku, node, queue_at, completed_at, order_id, line_id),
    check (claimed >= 0 and claimed <= units and (claimed = 0 or is_eligible)),
    check ((claimed = 0) = (kept_for is null)),
    check ((kept_for = 'truck' is true) = (kept_until is not null))
) with (fillfactor = 50);
comment on table queue is
    'waiting lines; the primary key is the order of service, eligible ones may get units, together: all of the order at once';
comment on column queue.units is 'units that are not released yet';
comment on column queue.line_version is 'of what was told of the line last';
comment on column queue.own_latest is
    'the range of its own supplies, while it ships with others: all of these are promised the latest of theirs';
comment on column queue.claimed is 'of these: covered by units in stock, which nobody behind gets; their lots are chosen at release';
comment on column queue.kept_for is
    'why what is covered is not released: the rest of its order, the load of a later day, or more of it on its truck';
comment on column queue.kept_until is 'when what is kept for more of its truck goes to the floor in any case';
comment on column queue.gate_on is
    'the order''s ship_not_before: no units before that day; none: any day, launches apart';
comment on column queue.is_eligible is
    'the order is not held and gate_on is past; a launch may still keep units from it';
create index queue_eligible on queue (sku, node, queue_at, completed_at, order_id, line_id)
    where is_eligible and units > claimed;
create index queue_covered on queue (sku, node, queue_at, completed_at, order_id, line_id) where claimed > 0;
create index queue_by_life on queue (sku, node, min_life_days) where min_life_days > 0;
create index queue_of_loads on queue (node, queue_at, completed_at, order_id) where kept_for = 'load';
create index queue_gated on queue (sku, node, gate_on) where not is_eligible;

create table releases (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    lot text not null,
    version bigint not null,
    way text not null check (way in ('given', 'moved', 'shipped')),
    sku text not null,
    node text not null,
    queue_at timestamptz not null,
    completed_at timestamptz not null,
    min_life_days int not null,
    units bigint not null check (units > 0),
    on_floor bigint not null,
    line_version bigint not null,
    released_at timestamptz not null,
    primary key (order_id, line_id, lot, version, way),
    check (on_floor >= 0 and on_floor <= units)
) with (fillfactor = 90);
comment on table releases is
    'units of lots that lines got, at a version of the position, and how many of them are on the floor: the line owns those';
comment on column releases.way is
    'given from stock, moved here from another lot of the line, or shipped to it without having been its own';
comment on column releases.line_version is 'of the line once it was told; none (0) where the floor hears of it otherwise';
comment on column releases.version is 'of the position at which the release was announced';
create index releases_on_floor on releases (sku, node, queue_at desc, completed_at desc, order_id desc, line_id desc)
    where on_floor > 0;

create table departures (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    lot text not null,
    version bigint not null,
    sku text not null,
    node text not null,
    units bigint not null check (units > 0),
    left_at timestamptz not null,
    way text not null check (way in ('shipped', 'revoked', 'moved')),
    primary key (order_id, line_id, lot, version, way)
);
comment on table departures is
    'append-only: units of lots that lines had and have no longer, at a version of the position; moved is to another lot';
comment on column departures.version is 'of the position at which the change was announced';

create table promises (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    line_version bigint not null,
    sku text not null,
    node text not null,
    version bigint not null,
    units bigint not null check (units > 0),
    earliest date,
    latest date,
    supply_id text,
    reason text not null,
    cause text not null,
    promised_at timestamptz not null,
    consent text not null default 'not_needed' check (consent in ('not_needed', 'silent_until', 'yes_by')),
    primary key (order_id, line_id, line_version),
    check ((earliest is null) = (latest is null) and earliest <= latest)
);
comment on table promises is 'append-only: every range that a line was promised, and why; of a bundle its components'' too';
comment on column promises.consent is 'what it asks of the customer: a notice of one that asks is an option notice';

create table boundaries (
    sku text not null,
    node text not null,
    ranking text not null check (ranking in ('latest', 'earliest')),
    kind text not null,
    supply_id text not null,
    ready_on date not null,
    units bigint not null check (units > 0),
    queue_at timestamptz,
    completed_at timestamptz,
    order_id text collate "C",
    line_id text collate "C",
    units_before bigint check (units_before >= 0),
    lines_before bigint check (lines_before >= 0),
    padding int not null default 0 check (padding >= 0 and (padding = 0 or ranking = 'latest')),
    primary key (sku, node, ranking, kind, supply_id),
    foreign key (sku, node) references positions,
    check (num_nonnulls(queue_at, completed_at, order_id, line_id, units_before, lines_before) in (0, 6))
) with (fillfactor = 70);
comment on table boundaries is
    'the first waiting line that a supply, and all ranked before it, do not complete; and what waits before that line';
comment on column boundaries.ranking is 'by latest or by earliest day of the supplies';
comment on column boundaries.units is 'the supply''s open units';
comment on column boundaries.padding is
    'working days by which lines of it were promised later than it is ready, since that day was said';
comment on column boundaries.units_before is
    'units that wait before the place at which the supply ends; the place is none at the end of the queue';

create table order_sources (
    order_id text collate "C" not null,
    source text not null,
    change_no bigint not null check (change_no > 0),
    primary key (order_id, source)
);
comment on table order_sources is 'the last change of an order that was heard of each source';
comment on column order_sources.change_no is 'the last change of the order that was heard of from the source';

create table moves (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    change_no bigint not null,
    source text not null,
    queue_at_before timestamptz not null,
    queue_at timestamptz not null,
    moved_by text not null,
    reason text not null,
    moved_at timestamptz not null,
    primary key (order_id, line_id, source, change_no),
    foreign key (order_id, line_id) references lines
);
comment on table moves is 'append-only: lines that a person moved in their queue, who did it and why';

create table stops (
    stop_id text primary key,
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    change_no bigint not null,
    purpose text not null check (purpose in ('cancel', 'hold')),
    units bigint not null check (units >= 0),
    reason text not null,
    cause text not null,
    asked_at timestamptz not null,
    foreign key (order_id, line_id) references lines
);
comment on table stops is
    'released units that the floor was asked to stop, and how many of them are still unanswered';
comment on column stops.purpose is
    'cancelled units are not wanted; held ones go back to their place in the queue, and may be both';
create index stops_open on stops (order_id, line_id) where units > 0;

create table stop_answers (
    stop_id text not null references stops,
    answered_at timestamptz not null,
    primary key (stop_id, answered_at)
);
comment on table stop_answers is 'when the floor put units back: the same answer counts once';

create table unknown_shipments (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    sku text not null,
    node text not null,
    lot text not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, sku, node, lot)
);
comment on table unknown_shipments is 'units that were shipped to lines nobody has told of yet';

create table rollups (
    sku text primary key references products,
    page text,
    version bigint not null default 0
) with (fillfactor = 70);
comment on table rollups is 'what the page of a SKU shows over its nodes; locked after the positions';

create table timers (
    kind text not null check (kind in ('position', 'order', 'payment', 'deadline')),
    subject text not null,
    detail text not null default '',
    due_at timestamptz not null,
    by_fact boolean not null default false,
    reason text,
    cause text,
    traceparent text,
    primary key (kind, subject, detail, due_at),
    check (kind in ('position', 'order') or not by_fact),
    check ((reason is null) = (cause is null) and (by_fact or cause is null))
);
comment on table timers is
    'what is to be decided again and when: positions, orders that ship together, payments that end, deadlines of the rule on delays';
comment on column timers.subject is 'a SKU or an order';
comment on column timers.detail is 'the node of a SKU, the line of an order; none: the whole order';
comment on column timers.by_fact is 'a fact came, or was decided in part, so the page may change its state at once';
comment on column timers.cause is 'the event of which a part was decided, with its reason and trace';
create index timers_due on timers (kind, due_at);

create table renewals (
    sku text not null,
    node text not null,
    by_terms boolean not null,
    queue_at timestamptz not null,
    completed_at timestamptz not null,
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    end_queue_at timestamptz,
    end_completed_at timestamptz,
    end_order_id text collate "C",
    end_line_id text collate "C",
    reason text not null,
    cause text not null,
    traceparent text,
    calendar_version bigint,
    launch_on date,
    primary key (sku, node, by_terms, queue_at, completed_at, order_id, line_id),
    foreign key (sku, node) references positions,
    foreign key (node, calendar_version) references calendars,
    check (by_terms = (calendar_version is not null) and (by_terms or launch_on is null)),
    check (num_nulls(end_queue_at, end_completed_at, end_order_id, end_line_id) in (0, 4))
);
comment on table renewals is
    'stretches of queues, from a place up to another (none: the end), whose lines are still to be promised anew, and why';
comment on column renewals.by_terms is
    'not since a supply changed: only those that ship on other days than by that calendar and launch';

create table day_loads (
    node text not null references nodes,
    ships_on date not null,
    orders bigint not null default 0 check (orders >= 0),
    primary key (node, ships_on)
) with (fillfactor = 70);
comment on table day_loads is
    'orders that were released to ship on a day, where the floor has a limit; locked after positions and orders';
comment on column day_loads.orders is 'orders that the node''s floor got for the day';

create table rule_facts (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    kind text not null check (kind in ('told', 'bounced', 'agreed', 'refused', 'shipped')),
    name text not null,
    happened_at timestamptz not null,
    revised_by date,
    units bigint check (units > 0),
    primary key (order_id, line_id, kind, name),
    check (revised_by is null or (kind in ('told', 'agreed'))),
    check ((kind = 'shipped') = (units is not null))
);
comment on table rule_facts is
    'append-only: what happened to lines that the rule looks at, and when, by the name of the notice, answer or shipment';
comment on column rule_facts.name is 'makes a fact count once, such as the id of its notice';

create table rule_states (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    shown_in_stock boolean not null,
    applicable_by date,
    open_units bigint not null check (open_units >= 0),
    revised boolean not null default false,
    asked boolean not null default false,
    offered boolean not null default false,
    ended_at timestamptz,
    vests_on date,
    end_cause text check (end_cause in ('refused', 'no_consent', 'no_further_consent', 'no_notice', 'cancelled')),
    ended_units bigint check (ended_units > 0),
    primary key (order_id, line_id),
    check (num_nonnulls(ended_at, vests_on, end_cause, ended_units) in (0, 4))
) with (fillfactor = 70);
comment on table rule_states is
    'how each ordered line under the rule stands, a bundle''s too; an end is for good';
comment on column rule_states.shown_in_stock is 'the customer was shown the line in stock';
comment on column rule_states.open_units is 'units that are neither shipped nor cancelled';
comment on column rule_states.revised is 'the applicable day is one that was validly revised';
comment on column rule_states.asked is 'a yes is awaited';
comment on column rule_states.offered is 'the customer has been given the option to cancel';
comment on column rule_states.vests_on is 'the day on which the right to the money vested';

create table exceptions (
    exception_id text primary key,
    exception_class text not null,
    subject text not null,
    facts jsonb not null,
    version bigint not null default 1 check (version > 0),
    state text not null default 'open' check (state in ('open', 'settled')),
    opened_at timestamptz not null,
    node text,
    merchant text,
    check ((state = 'settled') = (facts ? 'settled_by'))
);
comment on table exceptions is 'what a person must look at, or had to, and who settled it';

-- migrate:down
