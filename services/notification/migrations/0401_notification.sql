-- migrate:up

create table merchants (
    merchant text primary key,
    version bigint not null,
    name text not null,
    sender text not null,
    colour text not null,
    button_text text not null,
    logo_url text not null,
    footer text not null,
    reply_to text not null,
    languages text[] not null check (languages <> '{}'),
    currency text,
    zone text not null,
    who_mails jsonb not null
);
comment on table merchants is 'whose name and address stand on a notice';
comment on column merchants.sender is 'address from which the merchant''s mails are sent';
comment on column merchants.colour is 'of the merchant''s mails, as #rrggbb';
comment on column merchants.button_text is 'the colour of what stands on buttons of the merchant''s colour';
comment on column merchants.languages is 'that customers are written to in, the merchant''s own first';
comment on column merchants.currency is 'of all amounts, ISO 4217; empty: amounts are not written';
comment on column merchants.zone is 'of customers of whom no zone is known';
comment on column merchants.who_mails is 'who tells the customers of an order, by its channel; ours if it is not named';

create table products (
    sku text primary key,
    version bigint not null,
    name text not null
);
comment on table products is 'what customers call a SKU';

create table contacts (
    order_id text primary key,
    version bigint not null,
    email text,
    name text,
    merchant text,
    locale text,
    zone text,
    check ((email is null) = (name is null) and (email is null) = (locale is null)),
    check (zone is null or email is not null)
);
comment on table contacts is
    'the only personal data; without an address: not given yet, or erased. Its row is the lock of its order';
comment on column contacts.merchant is 'who gave the address; only the merchant of the order may';

create table orders (
    order_id text primary key references contacts,
    merchant text not null references merchants,
    order_number text not null,
    market text not null,
    who_mails text not null check (who_mails in ('ours', 'shop', 'none')),
    zone text,
    wants_reminders boolean not null default true,
    link_generation bigint not null default 1 check (link_generation > 0)
);
comment on table orders is 'orders whose customers may have to be told something';
comment on column orders.who_mails is 'as the merchant wanted it for the channel when it was placed';
comment on column orders.link_generation is 'of the links to the order''s status page that are in force';
comment on column orders.wants_reminders is 'the customer wants to hear now and then that all is on track';
comment on column orders.zone is 'where they are sent to, if one zone is sure there';

create table held_causes (
    cause text primary key,
    version bigint not null check (version >= 0),
    state text not null check (state in ('held', 'confirmed', 'rejected', 'over')),
    lines bigint not null check (lines > 0),
    farthest int,
    merchant text,
    zone text not null,
    held_at timestamptz not null,
    alarm_at timestamptz,
    decided_at timestamptz,
    decided_by text,
    why text,
    check ((state in ('held', 'rejected')) = (alarm_at is not null)),
    check ((decided_at is null) = (decided_by is null) and (decided_by is null) = (why is null)),
    check (state not in ('confirmed', 'rejected') or decided_at is not null)
);
comment on table held_causes is
    'causes that move many customers'' dates, or one far: nobody is told of them until a person confirms';
comment on column held_causes.version is 'how often it was announced as an exception';
comment on column held_causes.lines is 'how many lines were to be told of it when it was counted last';
comment on column held_causes.farthest is 'by how many days it moves a line at most; empty: it takes dates away';
comment on column held_causes.merchant is 'whose customers it moves; empty: of several, or not counted yet';
comment on column held_causes.zone is 'of the merchant: it alarms again at 16:00 there';
create index held_causes_alarm on held_causes (alarm_at) where alarm_at is not null;

create table notices (
    notice_id text primary key,
    place bigint not null generated always as identity unique,
    order_id text not null references orders,
    kind text not null check (kind in ('confirmed', 'moved', 'released', 'shipped', 'swapped', 'cancelled', 'declined',
        'refused', 'refund', 'on_track', 'late')),
    cause text not null,
    mail_id text,
    state text not null default 'planned' check (state in ('planned', 'sending', 'handed', 'sent', 'failed', 'superseded')),
    caused_at timestamptz not null,
    traceparent text,
    reachable boolean not null,
    send_at timestamptz,
    urgent_at timestamptz,
    retry_at timestamptz,
    due_at timestamptz generated always as (greatest(send_at, retry_at)) stored,
    attempts int not null default 0,
    settled_at timestamptz,
    zone text,
    same_day boolean,
    superseded_by text references notices check (superseded_by <> notice_id),
    alarm_at timestamptz,
    alarm text check (alarm in ('open', 'settled')),
    told_otherwise_by text,
    told_otherwise_how text,
    tells_dates boolean not null generated always as
        (kind in ('confirmed', 'moved')) stored,
    check ((state in ('sent', 'failed', 'superseded')) = (settled_at is not null)),
    check (superseded_by is null or state = 'superseded'),
    check ((same_day is null) = (state <> 'sent') and (zone is null) = (state <> 'sent')),
    check (send_at is not null or retry_at is null and kind = 'moved' and state in ('planned', 'superseded')),
    check (urgent_at is null or send_at <= urgent_at),
    check ((told_otherwise_by is null) = (told_otherwise_how is null)),
    check (told_otherwise_by is null or state = 'failed'),
    check (alarm is null or alarm_at is not null),
    check (mail_id is null or state not in ('planned', 'superseded')),
    check (mail_id is not null or state not in ('sending', 'handed', 'sent', 'failed'))
) with (fillfactor = 60);
comment on table notices is 'messages to customers';
comment on column notices.cause is 'source and id of the event behind it; of a promise, that promise''s cause';
comment on column notices.mail_id is 'the mail that carries it, named by the first of its notices';
comment on column notices.reachable is 'there is an address to send it to';
comment on column notices.send_at is 'when it is to be sent; empty: a person must confirm its cause first';
comment on column notices.urgent_at is 'when it is sent even if its cause is held: a legal date is near then';
comment on column notices.retry_at is 'when it is tried again after the mail server put it off';
comment on column notices.zone is 'the customer''s when they were told';
comment on column notices.same_day is
    'they were told on their day on which it was caused, or confirmed; after 23:45, on the next';
comment on column notices.place is 'the order in which notices were planned';
comment on column notices.state is 'handed: the shop mails for itself, and has not said yet that it did';
comment on column notices.alarm_at is 'when a person hears that an order ships late, or that the shop did not tell its customer';
comment on column notices.alarm is 'a person heard of that, and whether it is over';
comment on column notices.caused_at is 'when the fact happened that the notice tells of';
comment on column notices.superseded_by is
    'the notice that replaces it: a newer one, or the last told one, true again; none: nothing is left to tell';
comment on column notices.told_otherwise_by is 'who told the customer of a failed notice, or found that nobody need';
comment on column notices.tells_dates is 'the customer knows the ranges of its lines from it';
create index notices_due on notices (due_at, place) where state in ('planned', 'sending') and reachable;
create index notices_by_order on notices (order_id, place);
create index notices_by_mail on notices (mail_id) where mail_id is not null;
create index notices_alarm on notices (alarm_at) where alarm_at is not null and alarm is null;
create index notices_alarmed on notices (notice_id) where alarm = 'open';
create index notices_by_cause on notices (cause) where state = 'planned' and kind = 'moved';

create table mails (
    mail_id text primary key,
    order_id text not null references orders,
    sent_at timestamptz not null,
    content jsonb
);
comment on table mails is 'mails as they were sent';
comment on column mails.content is 'their words and look, without links; personal data, empty once it is erased';
create index mails_by_order on mails (order_id, sent_at);

create table lines (
    order_id text not null references orders,
    line_id text not null,
    sku text not null references products,
    ordered bigint check (ordered > 0),
    promise_version bigint not null default 0,
    units bigint not null default 0 check (units >= 0),
    earliest date,
    latest date,
    unpadded date,
    sure boolean not null default false,
    cause text not null default '',
    preorder boolean not null default false,
    told_version bigint,
    told_earliest date,
    told_latest date,
    told_by text references notices,
    primary key (order_id, line_id),
    check (earliest <= latest),
    check (told_earliest <= told_latest),
    check ((earliest is null) = (latest is null)),
    check ((told_earliest is null) = (told_latest is null)),
    check ((told_version is null) = (told_by is null))
) with (fillfactor = 60);
comment on table lines is
    'what each line is promised (the units that waited then), and what its customer was last told';
comment on column lines.ordered is 'empty for a line that a change of the order made: it has what it is said to have';
comment on column lines.unpadded is 'the latest date that the supplies say, before padding';
comment on column lines.sure is 'its supply is booked or has arrived: an earlier date may be told';
comment on column lines.cause is 'source and id of the event behind its promise';
comment on column lines.preorder is 'its SKU was not launched yet when it was promised';
comment on column lines.told_by is 'the notice from which the customer knows the told range';

create table releases (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table releases is 'append-only: units of waiting lines that went to the floor';

create table revocations (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table revocations is 'append-only: units of lines that are not there after all, and wait again';

create table components (
    order_id text not null,
    served_as text not null,
    sku text not null,
    line_id text not null,
    per_bundle bigint not null check (per_bundle > 0),
    components int not null check (components > 0),
    primary key (order_id, served_as),
    foreign key (order_id, line_id) references lines
);
comment on table components is 'append-only: what lines of bundles are served as; the customer ordered the bundle';
comment on column components.served_as is 'what the floor calls the component''s line';
comment on column components.components is 'how many the bundle has; some may not have been released yet';

create table shipments (
    order_id text not null references orders,
    shipment_id text not null,
    place int not null,
    served_as text not null,
    sku text not null,
    units bigint not null check (units > 0),
    carrier text not null,
    tracking text not null,
    tracking_url text not null,
    arrival bigint not null generated always as identity unique,
    primary key (order_id, shipment_id, place)
);
comment on table shipments is
    'append-only: units that were handed to the carrier, of lines and components that may not be known yet';
comment on column shipments.arrival is 'the order in which we heard of them';
create index shipments_by_line on shipments (order_id, served_as, sku);

create view served as
select l.order_id, l.line_id, coalesce(c.served_as, l.line_id) as served_as, coalesce(c.sku, l.sku) as sku,
       coalesce(c.per_bundle, 1) as per_bundle, coalesce(c.components, 1) as parts
from lines l left join components c using (order_id, line_id);
comment on view served is 'what lines are served as: themselves, or the components of a bundle that were released so far';

create view shipped as
select l.order_id, l.line_id, left_us.units
from lines l
cross join lateral (
    select case when count(*) < max(part.parts) then 0 else min(coalesce((
               select sum(s.units)::bigint from shipments s
               where s.order_id = part.order_id and s.served_as = part.served_as and s.sku = part.sku
           ), 0) / part.per_bundle) end as units
    from served part where part.order_id = l.order_id and part.line_id = l.line_id
) left_us;
comment on view shipped is
    'how many units of a line left us: of a bundle as many as of the worst of its components, once all are known';

create table line_endings (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    ending text not null check (ending in ('asked', 'ours', 'declined', 'swapped')),
    units bigint not null check (units > 0),
    wanted bigint not null check (wanted >= 0),
    reason text not null,
    alternatives text[] not null,
    new_line_id text,
    check ((ending = 'swapped') = (new_line_id is not null)),
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table line_endings is
    'append-only: units that are not coming: cancelled as asked or by us, declined, or wanted on another line';
comment on column line_endings.ending is 'cancelled as asked, cancelled by us, declined, or swapped for another line';
comment on column line_endings.new_line_id is 'of swapped units: the line that wants them instead';
comment on column line_endings.wanted is 'units that the line still wants';

create table refunds (
    order_id text not null,
    line_id text not null,
    cause text not null,
    place bigint not null generated always as identity unique,
    units bigint not null check (units > 0),
    amount bigint not null check (amount >= 0),
    due_by date not null,
    primary key (order_id, line_id, cause),
    foreign key (order_id, line_id) references lines
);
comment on table refunds is 'append-only: units whose money must be sent back, and by which day';

create table refusals (
    order_id text not null,
    line_id text not null,
    served_as text not null,
    cause text not null,
    change_no bigint not null,
    place bigint not null generated always as identity unique,
    what text not null check (what in ('cancel', 'consent')),
    units bigint not null check (units > 0),
    reason text not null,
    primary key (order_id, line_id, served_as, cause, change_no),
    foreign key (order_id, line_id) references lines
);
comment on table refusals is
    'append-only: units of which a customer asked for what we could not do: they had left, or were cancelled before a yes';
comment on column refusals.served_as is 'the line, or a component of it: of a bundle as many as of the worst of these';
comment on column refusals.cause is 'the event that refused it: a shipment, or the request';
comment on column refusals.change_no is 'of the request: one shipment may refuse several';

create table options (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    consent text not null check (consent in ('silent_until', 'yes_by')),
    applicable_by date not null,
    revised_by date,
    answer_by date not null,
    send_before timestamptz not null,
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table options is
    'append-only: what the law lets customers choose of a delay, by the version of the line whose promise asks';
comment on column options.consent is 'what silence means: a yes, or a no';
comment on column options.send_before is 'the instant until which the notice is valid if sent';

create table notice_lines (
    notice_id text not null references notices,
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units > 0),
    earliest date,
    latest date,
    returned boolean not null default false,
    refund_by date,
    refunds int not null default 0,
    refund_amount bigint not null default 0,
    refused bigint not null default 0,
    knows_refused bigint not null default 0,
    knows_shipped bigint not null default 0,
    primary key (notice_id, line_id),
    foreign key (order_id, line_id) references lines,
    check (earliest <= latest),
    check ((earliest is null) = (latest is null))
);
create index notice_lines_by_line on notice_lines (order_id, line_id);
comment on table notice_lines is 'append-only: what a notice says of each line it covers';
comment on column notice_lines.returned is 'some of the waiting units were told as packed before';
comment on column notice_lines.knows_refused is 'how many refused units of the line the customer knows of then';
comment on column notice_lines.refund_amount is 'what is sent back, in minor units of the merchant''s currency';
comment on column notice_lines.knows_shipped is 'how many shipped units of the line the customer knows of then';
comment on column notice_lines.refunds is 'how many refunds of the line the customer knows of then';

create view waiting as
select l.order_id, l.line_id, coalesce(ends.wanted, l.ordered) as wanted,
       case when l.promise_version > 0 then
           greatest(0, least(l.units - moved.units,
                             coalesce(ends.wanted, l.ordered) - left_us.units))
       else 0 end::bigint as units,
       left_us.units as shipped
from lines l
cross join lateral (
    select (select e.wanted from line_endings e where e.order_id = l.order_id and e.line_id = l.line_id
            order by e.line_version desc limit 1) as wanted
) ends
cross join lateral (
    select coalesce(sum(one.units), 0) as units from (
        select r.units from releases r
        where r.order_id = l.order_id and r.line_id = l.line_id and r.line_version > l.promise_version
        union all
        select -v.units from revocations v
        where v.order_id = l.order_id and v.line_id = l.line_id and v.line_version > l.promise_version
        union all
        select e.units from line_endings e
        where e.order_id = l.order_id and e.line_id = l.line_id and e.line_version > l.promise_version
    ) one
) moved
join shipped left_us using (order_id, line_id);
comment on view waiting is
    'how many units of a line still wait: those of its last promise, less what it got or does not want since; '
    'and how many left us';

-- migrate:down
