-- name: keep_merchants
-- Remembers merchants; an older version changes nothing.
insert into merchants
    (merchant, version, name, sender, colour, button_text, logo_url, footer, reply_to, languages, currency, zone,
     who_mails)
select merchant, version, name, sender, colour, button_text, logo_url, footer, reply_to,
       array(select jsonb_array_elements_text(languages::jsonb)), currency, zone, who_mails::jsonb
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
     as told (merchant, version, name, sender, colour, button_text, logo_url, footer, reply_to, languages, currency, zone,
              who_mails)
order by merchant
on conflict (merchant) do update
set version = excluded.version, name = excluded.name, sender = excluded.sender, colour = excluded.colour,
    button_text = excluded.button_text, logo_url = excluded.logo_url, footer = excluded.footer,
    reply_to = excluded.reply_to, languages = excluded.languages, currency = excluded.currency, zone = excluded.zone,
    who_mails = excluded.who_mails
where merchants.version < excluded.version;

-- name: keep_products
-- Remembers what SKUs are called; an older version changes nothing.
insert into products (sku, version, name, is_bundle)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[]) as told (sku) order by sku
on conflict (sku) do update
set version = excluded.version, name = excluded.name, is_bundle = excluded.is_bundle
where products.version < excluded.version;

-- name: keep_contacts
-- Remembers how to reach customers; an older version changes nothing, and what is erased stays erased.
with before as (
    select order_id, email from contacts where order_id = any ($1::text[])
), kept as (
    insert into contacts (order_id, version, email, name, merchant, locale, zone)
    select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         as told (order_id)
    order by order_id
    on conflict (order_id) do update
    set version = excluded.version, email = excluded.email, name = excluded.name, merchant = excluded.merchant,
        locale = excluded.locale, zone = excluded.zone
    where contacts.version < excluded.version
    returning order_id, email
)
select kept.order_id, before.email is not null and before.email <> kept.email as is_another
from kept left join before using (order_id);

-- name: erase_contacts
-- Forgets customers; the version stays, so that an old copy cannot bring them back.
insert into contacts (order_id, version)
select order_id, 0 from unnest($1::text[]) as erased (order_id) order by order_id
on conflict (order_id) do update set email = null, name = null, merchant = null, locale = null, zone = null;

-- name: merchants_of
-- Whose these orders are, if they are known.
select order_id, merchant from orders where order_id = any ($1::text[]);

-- name: drop_foreign_contacts
-- Forgets what others than their merchant gave of locked orders; their own may give it yet.
update contacts c set email = null, name = null, merchant = null, locale = null, zone = null, version = 0
from orders o
where o.order_id = any ($1::text[]) and c.order_id = o.order_id and c.merchant <> o.merchant
returning c.order_id, o.merchant;

-- name: make_reachable
-- Unsent notices that only waited for an address.
update notices set reachable = true where order_id = any ($1::text[]) and state in ('planned', 'sending');

-- name: make_unreachable
-- Unsent notices that have no address any more; a shop that mails for itself knows its own.
update notices n set reachable = false
from orders o
where n.order_id = any ($1::text[]) and n.state in ('planned', 'sending') and o.order_id = n.order_id
  and o.who_mails <> 'shop';

-- name: known_merchants
-- Which of these merchants are known.
select merchant from merchants where merchant = any ($1::text[]);

-- name: known_skus
-- Which of these SKUs are known.
select sku from products where sku = any ($1::text[]);

-- name: expect_contacts
-- Every order has a row in contacts, so that an address and a notice that come at once must wait for each other.
insert into contacts (order_id, version)
select order_id, 0 from unnest($1::text[]) as expected (order_id) order by order_id
on conflict do nothing;

-- name: lock_contacts
-- Locks the contacts of orders, known or not, in one sorted order.
select order_id from contacts where order_id = any ($1::text[]) order by order_id for no key update;

-- name: keep_orders
-- Remembers orders, each once for ever.
insert into orders (order_id, merchant, order_number, market, who_mails, zone)
select placed.order_id, merchant, order_number, market, coalesce(m.who_mails ->> channel, 'ours'), placed.zone
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
     as placed (order_id, merchant, order_number, market, channel, zone)
join merchants m using (merchant)
order by order_id
on conflict do nothing;

-- name: keep_lines
-- Remembers the lines of orders.
insert into lines (order_id, line_id, sku, ordered)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
on conflict do nothing;

-- name: unknown_lines
-- Those of these lines of known orders that the order has not got yet.
select order_id, line_id, sku
from unnest($1::text[], $2::text[], $3::text[]) as named (order_id, line_id, sku)
where not exists (select from lines l where l.order_id = named.order_id and l.line_id = named.line_id);

-- name: lock_orders
-- Locks known orders in one sorted order, and says which of their customers can be reached.
select c.order_id, c.email is not null or o.who_mails = 'shop' as reachable
from contacts c join orders o using (order_id)
where c.order_id = any ($1::text[])
order by c.order_id
for no key update of c;

-- name: set_promises
-- What lines are promised; an older version changes nothing.
update lines l
set promise_version = told.line_version, units = told.units, earliest = told.earliest, latest = told.latest,
    preorder = told.preorder, unpadded = told.unpadded, sure = told.sure, cause = told.cause
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::date[], $6::date[], $7::boolean[], $8::date[],
            $9::boolean[], $10::text[])
     as told (order_id, line_id, line_version, units, earliest, latest, preorder, unpadded, sure, cause)
where l.order_id = told.order_id and l.line_id = told.line_id and l.promise_version < told.line_version;

-- name: add_releases
-- Units of lines that went to the floor, each once for ever.
insert into releases (order_id, line_id, line_version, units)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
on conflict do nothing
returning order_id, line_id, line_version;

-- name: add_revocations
-- Units of lines that wait again, each once for ever.
insert into revocations (order_id, line_id, line_version, units)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
on conflict do nothing;

-- name: add_endings
-- Units of lines that are not coming, each once for ever.
insert into line_endings (order_id, line_id, line_version, ending, units, wanted, reason, alternatives, new_line_id)
select order_id, line_id, line_version, ending, units, wanted, reason,
       array(select jsonb_array_elements_text(alternatives::jsonb)), new_line_id
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
            $9::text[])
     as told (order_id, line_id, line_version, ending, units, wanted, reason, alternatives, new_line_id)
on conflict do nothing;

-- name: add_refunds
-- Refunds that are due, each once for ever; lines that the order has not are nobody's.
insert into refunds (order_id, line_id, cause, units, amount, due_by)
select told.order_id, told.line_id, told.cause, told.units, told.amount, told.due_by
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::date[])
     with ordinality as told (order_id, line_id, cause, units, amount, due_by, place)
join lines using (order_id, line_id)
order by told.place
on conflict do nothing;

-- name: add_refusals
-- What customers asked for and we could not do, each once for ever; lines that the order has not are nobody's.
insert into refusals (order_id, line_id, served_as, cause, change_no, what, units, reason)
select told.order_id, told.line_id, told.served_as, told.cause, told.change_no, told.what, told.units, told.reason
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::text[])
     with ordinality as told (order_id, line_id, served_as, cause, change_no, what, units, reason, place)
join lines using (order_id, line_id)
order by told.place
on conflict do nothing;

-- name: add_shipments
-- Units of lines that were handed to the carrier, each once for ever; lines that the order has not are nobody's, and
-- neither is another SKU than a line's.
insert into shipments (order_id, shipment_id, place, line_id, units, carrier, tracking, tracking_url)
select told.order_id, told.shipment_id, told.place, told.line_id, told.units, carrier, tracking, tracking_url
from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[])
     as told (order_id, shipment_id, place, line_id, units, sku, carrier, tracking, tracking_url)
join lines using (order_id, line_id, sku)
order by told.order_id, told.shipment_id, told.place
on conflict do nothing;

-- name: floor
-- What went to the floor and came back of locked orders' lines, and what of it their customers were told.
select order_id, line_id, line_version, units, 'released' as ending from releases where order_id = any ($1::text[])
union all
select order_id, line_id, line_version, units, 'revoked' from revocations where order_id = any ($1::text[])
union all
select l.order_id, l.line_id, l.line_version, l.units, 'told'
from notices n join notice_lines l using (notice_id)
where n.order_id = any ($1::text[]) and n.kind = 'released' and n.state = 'sent'
order by line_version;

-- name: lines
-- Lines of locked orders that were promised something, or end: the units that wait, and that are wanted where some were
-- cancelled.
select l.order_id, l.line_id, l.promise_version as version, l.earliest, l.latest,
       l.told_earliest, l.told_latest, l.told_by, coalesce(l.told_version, 0) as told_version, t.settled_at as told_at,
       l.cause, l.unpadded, l.sure, o.send_before, w.units, l.ordered, case when ends.any then w.wanted end as wanted,
       (select coalesce(sum(s.units), 0) from shipments s
        where s.order_id = l.order_id and s.line_id = l.line_id)::bigint as shipped,
       known.shipped as knows_shipped, known.late as knows_late, p.is_bundle
from lines l
join products p using (sku)
join waiting w using (order_id, line_id)
left join notices t on t.notice_id = l.told_by
cross join lateral (
    select coalesce(max(c.knows_shipped), 0) as shipped,
           coalesce(max(c.line_version) filter (where n.kind = 'late'), 0) as late
    from notice_lines c join notices n using (notice_id)
    where c.order_id = l.order_id and c.line_id = l.line_id and n.state = 'sent'
) known
left join options o on (o.order_id, o.line_id, o.line_version) = (l.order_id, l.line_id, l.promise_version)
cross join lateral (
    select exists (select from line_endings e where e.order_id = l.order_id and e.line_id = l.line_id) as any,
           exists (select from refunds r where r.order_id = l.order_id and r.line_id = l.line_id) as refunded,
           exists (select from refusals r where r.order_id = l.order_id and r.line_id = l.line_id) as refused
) ends
where l.order_id = any ($1::text[]) and (l.promise_version > 0 or ends.any or ends.refunded or ends.refused)
order by l.order_id, l.line_id;

-- name: untold_endings
-- What is not coming of locked orders, and stands in no notice that was sent.
select e.order_id, e.line_id, e.line_version, e.ending, e.units
from line_endings e
where e.order_id = any ($1::text[])
  and not exists (
      select from notice_lines l join notices n using (notice_id)
      where l.order_id = e.order_id and l.line_id = e.line_id and l.line_version >= e.line_version
        and n.kind = any (case e.ending when 'swapped' then array['swapped'] else array['cancelled', 'declined'] end)
        and n.state = 'sent'
  )
order by e.order_id, e.line_id, e.line_version;

-- name: untold_refunds
-- The refunds of locked orders that stand in no notice that was sent, each with its number among those of its line.
select r.order_id, r.line_id, r.number, r.units, r.amount, r.due_by
from (
    select *, row_number() over (partition by order_id, line_id order by place) as number
    from refunds where order_id = any ($1::text[])
) r
where not exists (
    select from notice_lines l join notices n using (notice_id)
    where l.order_id = r.order_id and l.line_id = r.line_id and l.refunds >= r.number and n.state = 'sent'
)
order by r.order_id, r.line_id, r.number;

-- name: refused
-- How many units of lines of locked orders were refused in all, and of how many their customers know.
select r.order_id, r.line_id, sum(r.units)::bigint as units, (
    select coalesce(max(l.knows_refused), 0) from notice_lines l join notices n using (notice_id)
    where l.order_id = r.order_id and l.line_id = r.line_id and n.state = 'sent'
) as known
from (
    select order_id, line_id, what, max(units) as units from (
        select order_id, line_id, what, served_as, sum(units) as units
        from refusals where order_id = any ($1::text[]) group by 1, 2, 3, 4
    ) parts
    group by 1, 2, 3
) r
group by 1, 2;

-- name: customers
-- Where the customers of locked orders live, whether they are told anything, and what they were told last.
select o.order_id, coalesce(c.zone, o.zone, m.zone) as zone, m.zone as merchant_zone,
       o.who_mails <> 'none' as is_told,
       sent.moved_told_at, sent.told_at, sent.reminded_at, sent.reminders, o.wants_reminders
from orders o join merchants m using (merchant) join contacts c using (order_id)
cross join lateral (
    select max(n.settled_at) filter (where n.kind = 'moved') as moved_told_at, max(n.settled_at) as told_at,
           max(n.settled_at) filter (where n.kind = 'on_track') as reminded_at,
           count(*) filter (where n.kind = 'on_track') as reminders
    from notices n where n.order_id = o.order_id and n.state = 'sent'
) sent
where o.order_id = any ($1::text[]);

-- name: dropped
-- How many notices of locked orders were superseded, beside those that only time brings, and how many of those.
select order_id, count(*) filter (where kind not in ('on_track', 'late')) as notices,
       count(*) filter (where kind in ('on_track', 'late')) as brought_by_time
from notices
where order_id = any ($1::text[]) and state = 'superseded'
group by order_id;

-- name: unsent
-- Unsent and failed notices of locked orders, and what each says of its lines.
select n.notice_id, n.order_id, n.kind, n.cause, n.state, n.send_at is null as held, n.caused_at, n.traceparent,
       l.line_id, l.line_version, l.units, l.earliest, l.latest, l.returned, l.refund_by, l.refunds, l.refused, l.knows_refused,
       l.knows_shipped, l.refund_amount
from notices n join notice_lines l using (notice_id)
where n.order_id = any ($1::text[]) and n.state in ('planned', 'sending', 'handed', 'failed')
order by n.place, l.line_id;

-- name: add_notices
-- Plans notices, each once for ever.
insert into notices (notice_id, order_id, kind, cause, caused_at, traceparent, reachable, send_at, urgent_at, alarm_at)
select notice_id, order_id, kind, cause, caused_at, traceparent, reachable, send_at, urgent_at, alarm_at
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::boolean[],
            $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])
     with ordinality
     as planned (notice_id, order_id, kind, cause, caused_at, traceparent, reachable, send_at, urgent_at, alarm_at, place)
order by place
on conflict do nothing
returning notice_id;

-- name: add_notice_lines
-- What planned notices say.
insert into notice_lines (notice_id, order_id, line_id, line_version, units, earliest, latest, returned, refund_by, refunds,
                          refused, knows_refused, knows_shipped, refund_amount)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::date[], $7::date[],
                     $8::boolean[], $9::date[], $10::int[], $11::bigint[], $12::bigint[], $13::bigint[],
                     $14::bigint[]);

-- name: supersede
-- Notices that need not be sent any more.
update notices n set state = 'superseded', superseded_by = other.superseded_by, settled_at = $3,
    alarm_at = case when n.alarm is not null then n.alarm_at end
from unnest($1::text[], $2::text[]) as other (notice_id, superseded_by)
where n.notice_id = other.notice_id and n.state = 'planned';

-- name: reschedule
-- Unsent notices whose time is another now, but never later than a legal date allows.
update notices n set send_at = least(planned.send_at, n.urgent_at)
from unnest($1::text[], $2::timestamptz[]) as planned (notice_id, send_at)
where n.notice_id = planned.notice_id and n.state = 'planned' and n.send_at <> least(planned.send_at, n.urgent_at);

-- name: is_anything_due
-- Whether a notice is to be sent by now.
select exists (select from notices where state in ('planned', 'sending') and reachable and due_at <= clock());

-- name: due
-- The orders whose customers are to be told something by now, unless a mail is in doubt that is tried again later.
select n.order_id
from notices n
where n.state in ('planned', 'sending') and n.reachable and n.due_at <= $1
  and not exists (
      select from notices sending
      where sending.order_id = n.order_id and sending.state = 'sending' and sending.due_at > $1
  )
order by n.due_at, n.place
limit $2;

-- name: claim
-- Notices that are being sent from now on, one mail for each locked order: the mail in doubt, else all that is due and
-- all that waits for no time of its own.
with candidates as (
    select notice_id, order_id, place, state, mail_id, bool_or(state = 'sending') over (partition by order_id) as in_doubt
    from notices
    where order_id = any ($1::text[]) and state in ('planned', 'sending') and reachable
      and (due_at <= $2 or state = 'planned' and kind not in ('moved', 'on_track', 'late'))
), mails as (
    select notice_id, coalesce(mail_id, first_value(notice_id) over (partition by order_id order by place)) as mail_id
    from candidates where state = 'sending' or not in_doubt
), claimed as (
    update notices n set state = 'sending', mail_id = mails.mail_id
    from mails where n.notice_id = mails.notice_id
    returning n.notice_id, n.order_id, n.mail_id, n.kind, n.cause, n.caused_at, n.traceparent, n.place
)
select c.notice_id, c.order_id, c.mail_id, c.kind, c.cause, c.caused_at, c.traceparent,
       greatest(c.caused_at, case when h.state = 'confirmed' then h.decided_at end) as told_since
from claimed c left join held_causes h using (cause)
order by c.place;

-- name: letter_heads
-- Whom mails about locked orders go to, and in whose name.
select o.order_id, o.order_number, o.market, o.who_mails, c.email, c.name, c.locale, coalesce(c.zone, o.zone, m.zone) as zone,
       m.name as merchant, m.sender, m.colour, m.button_text, m.logo_url, m.footer, m.reply_to, m.languages, m.currency
from orders o join merchants m using (merchant) join contacts c using (order_id)
where o.order_id = any ($1::text[]);

-- name: letter_lines
-- What notices say of their lines, in the customer's words; and what was told of those before.
select n.notice_id, n.line_id, n.line_version, p.name as product, n.units, coalesce(l.ordered, n.units) as ordered,
       n.earliest, n.latest, l.preorder, l.told_earliest, l.told_latest, n.returned, n.refund_by, n.refund_amount,
       coalesce(e.reason, '') as reason, n.refused,
       coalesce((select case r.what when 'consent' then 'consent' else r.reason end from refusals r
                 where r.order_id = n.order_id and r.line_id = n.line_id
                 order by r.place desc limit 1), '') as refused_because,
       coalesce((select other.name from lines l join products other using (sku)
                 where l.order_id = n.order_id and l.line_id = e.new_line_id), '') as swapped_for,
       array(select coalesce(other.name, instead.sku)
             from unnest(e.alternatives) with ordinality as instead (sku, place) left join products other using (sku)
             order by instead.place) as alternatives
from notice_lines n join lines l using (order_id, line_id) join products p using (sku)
left join line_endings e using (order_id, line_id, line_version)
where n.notice_id = any ($1::text[])
order by n.notice_id, n.line_id;

-- name: parcels
-- The parcels that shipped since their customers were told the last time, oldest first, by notice and line.
select n.notice_id, n.line_id, s.carrier, s.tracking, s.tracking_url
from notice_lines n join notices using (notice_id, order_id)
join lateral (
    select carrier, tracking, tracking_url, arrival, sum(units) over (order by arrival) as units_so_far
    from shipments where order_id = n.order_id and line_id = n.line_id
) s on s.units_so_far > n.knows_shipped - n.units and s.units_so_far <= n.knows_shipped
where n.notice_id = any ($1::text[]) and kind = 'shipped'
order by n.notice_id, n.line_id, s.arrival;

-- name: other_lines
-- The lines of orders of which these notices say nothing, as their customers know them.
select l.order_id, p.name as product, l.told_earliest, l.told_latest, l.told_by is not null as is_told,
       coalesce(w.wanted, w.units) as ordered, w.units as waiting,
       (select coalesce(sum(s.units), 0) from shipments s
        where s.order_id = l.order_id and s.line_id = l.line_id)::bigint as shipped,
       (select coalesce(sum(r.units), 0) from releases r
        where r.order_id = l.order_id and r.line_id = l.line_id)::bigint as released
from lines l join products p using (sku) join waiting w using (order_id, line_id)
where l.order_id = any ($2::text[])
  and not exists (select from notice_lines n
                  where n.notice_id = any ($1::text[]) and n.order_id = l.order_id and n.line_id = l.line_id)
order by l.order_id, l.line_id;

-- name: settle
-- Notices that the mail server took or refused.
with settled as (
    update notices n
    set state = answer.state, settled_at = $3, zone = case when answer.state = 'sent' then answer.zone end,
        same_day = case when answer.state = 'sent' then answer.same_day end,
        alarm_at = case when n.kind = 'late' or n.alarm is not null then n.alarm_at end
    from unnest($1::text[], $2::text[], $4::text[], $5::boolean[]) as answer (notice_id, state, zone, same_day)
    where n.notice_id = answer.notice_id and n.state in ('sending', 'handed')
    returning n.notice_id, n.order_id, n.kind, n.cause, n.mail_id, n.state, n.caused_at, n.traceparent, n.zone, n.same_day,
              n.place
)
select s.notice_id, s.order_id, s.kind, s.cause, o.merchant, s.mail_id, s.state, s.caused_at, s.traceparent, s.zone, s.same_day,
       l.line_id, l.line_version, l.units, l.earliest, l.latest, l.returned, l.refund_by, l.refunds, l.refused, l.knows_refused,
       l.knows_shipped, l.refund_amount
from settled s join notice_lines l using (notice_id) join orders o on o.order_id = s.order_id
order by s.place, l.line_id;

-- name: keep_mails
-- Mails as they were sent, each once for ever; not what they said to whoever was erased meanwhile.
insert into mails (mail_id, order_id, sent_at, content)
select mail_id, order_id, $4, case when c.email is not null then content end
from unnest($1::text[], $2::text[], $3::jsonb[]) as sent (mail_id, order_id, content) join contacts c using (order_id)
on conflict do nothing;

-- name: erase_mails
-- Forgets what mails said; that they were sent stays.
update mails set content = null where order_id = any ($1::text[]);

-- name: orders_of_mails
-- Which orders mails are about that were sent, or that the server may have taken without our knowing it yet.
select distinct mail_id, order_id, state from notices where mail_id = any ($1::text[]) and state in ('sending', 'sent');

-- name: bounce
-- Notices of locked orders that did not arrive after all.
with bounced as (
    update notices n set state = 'failed', settled_at = $3, zone = null, same_day = null
    where n.mail_id = any ($1::text[]) and n.order_id = any ($2::text[]) and n.state = 'sent'
    returning n.notice_id, n.order_id, n.kind, n.cause, n.mail_id, n.state, n.caused_at, n.traceparent, n.zone, n.same_day,
              n.place
)
select b.notice_id, b.order_id, b.kind, b.cause, o.merchant, b.mail_id, b.state, b.caused_at, b.traceparent, b.zone, b.same_day,
       l.line_id, l.line_version, l.units, l.earliest, l.latest, l.returned, l.refund_by, l.refunds, l.refused, l.knows_refused,
       l.knows_shipped, l.refund_amount
from bounced b join notice_lines l using (notice_id) join orders o on o.order_id = b.order_id
order by b.place, l.line_id;

-- name: untell_lines
-- What customers know again of lines that a bounced notice had told them of: the newest that did arrive.
update lines l
set told_version = before.line_version, told_earliest = before.earliest, told_latest = before.latest,
    told_by = before.notice_id
from lines bounced
left join lateral (
    select c.notice_id, c.line_version, c.earliest, c.latest
    from notice_lines c join notices n using (notice_id)
    where c.order_id = bounced.order_id and c.line_id = bounced.line_id and n.state = 'sent' and n.tells_dates
    order by c.line_version desc limit 1
) before on true
where bounced.order_id = any ($2::text[]) and bounced.told_by = any ($1::text[])
  and l.order_id = bounced.order_id and l.line_id = bounced.line_id;

-- name: give_up_failed
-- Failed notices of which nobody was told otherwise are told anew, to another address; what is packed is told when it
-- has left.
update notices n set state = 'superseded', mail_id = null, settled_at = $2,
    alarm_at = case when n.alarm is not null then n.alarm_at end
where order_id = any ($1::text[]) and state = 'failed' and told_otherwise_by is null and kind <> 'released'
returning new.notice_id, new.order_id, old.settled_at as failed_at, new.cause, new.caused_at, new.traceparent,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant;

-- name: tell_otherwise
-- Customers were told otherwise of notices that failed.
update notices n set told_otherwise_by = told.by, told_otherwise_how = told.how
from unnest($1::text[], $2::text[], $3::text[]) as told (notice_id, by, how)
where n.notice_id = told.notice_id and n.state = 'failed' and n.told_otherwise_by is null
returning n.notice_id, n.order_id, n.settled_at as failed_at, n.cause, n.caused_at, n.traceparent,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant;

-- name: tell_lines
-- What customers know from now on.
update lines l
set told_version = n.line_version, told_earliest = n.earliest, told_latest = n.latest, told_by = n.notice_id
from notice_lines n join notices using (notice_id)
where n.notice_id = any ($1::text[]) and tells_dates and l.order_id = n.order_id and l.line_id = n.line_id
  and coalesce(l.told_version, 0) < n.line_version;

-- name: retry_unsent
-- Notices that the mail server has not seen; those put off wait longer each time, up to ten minutes, and those whose
-- cause was held meanwhile for a person.
update notices n
set state = 'planned', mail_id = null, attempts = n.attempts + put_off::int,
    send_at = case when is_held then urgent_at else send_at end,
    retry_at = case when is_held then null
                    when put_off
                    then $3::timestamptz + least(interval '1 second' * 2 ^ least(n.attempts, 20), interval '10 minutes')
                    else retry_at end
from (
    select answer.*, exists (
        select from notices own join held_causes h using (cause)
        where own.notice_id = answer.notice_id and own.kind = 'moved' and h.state in ('held', 'rejected')
    ) as is_held
    from unnest($1::text[], $2::boolean[]) as answer (notice_id, put_off)
) answer
where n.notice_id = answer.notice_id and n.state = 'sending'
returning n.order_id, n.caused_at, n.traceparent, n.cause;

-- name: keep_sending
-- Notices that the mail server may have taken: the same again, after a while.
update notices
set attempts = attempts + 1,
    retry_at = $2::timestamptz + least(interval '1 second' * 2 ^ least(attempts, 20), interval '10 minutes')
where notice_id = any ($1::text[]) and state = 'sending';

-- name: lock_causes
-- Makes transactions that tell of the same causes wait for each other, so that each counts what the others plan.
select pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || cause, 0))
from (select unnest($1::text[]) as cause order by 1) sorted;

-- name: causes
-- What people said of causes that are held or were.
select cause, state, zone from held_causes where cause = any ($1::text[]);

-- name: count_moves
-- How many lines are to be told of each cause; more than enough are not counted.
select asked.cause, counted.lines
from unnest($1::text[]) as asked (cause)
cross join lateral (
    select count(*) as lines from (
        select from notices n join notice_lines using (notice_id)
        where n.cause = asked.cause and n.state = 'planned' and n.kind = 'moved' limit $2
    ) enough
) counted;

-- name: hold_causes
-- Causes of which nobody is told until a person confirms them.
insert into held_causes as known (cause, version, state, lines, farthest, zone, held_at, alarm_at)
select cause, 0, 'held', lines, farthest, zone, $5, $6
from unnest($1::text[], $2::bigint[], $3::int[], $4::text[]) as held (cause, lines, farthest, zone)
order by cause
on conflict (cause) do update
set state = 'held', lines = excluded.lines, farthest = excluded.farthest,
    held_at = excluded.held_at, alarm_at = excluded.alarm_at, decided_at = null, decided_by = null, why = null
where known.state = 'over';

-- name: hold_notices
-- Unsent notices of held causes wait for a person, but not longer than a legal date allows.
update notices set send_at = urgent_at, retry_at = null
where cause = any ($1::text[]) and state = 'planned' and kind = 'moved' and send_at is distinct from urgent_at;

-- name: causes_to_look_at
-- Held causes that alarm, or of which nobody has to be told any more.
select h.cause from held_causes h
where h.alarm_at <= $1
   or h.alarm_at is not null
      and not exists (select from notices n where n.cause = h.cause and n.state = 'planned' and n.kind = 'moved')
order by h.cause limit 100;

-- name: moved_by
-- Whom locked causes move: lines, orders, the first order, some SKUs, and the merchant if it is one alone.
select n.cause, count(*) as lines, count(distinct n.order_id) as orders, min(n.order_id) as first_order,
       (array_agg(distinct l.sku order by l.sku))[1:6] as skus,
       case when min(o.merchant) = max(o.merchant) then min(o.merchant) end as merchant
from notices n join notice_lines c using (notice_id, order_id) join lines l using (order_id, line_id)
join orders o using (order_id)
where n.cause = any ($1::text[]) and n.state = 'planned' and n.kind = 'moved'
group by n.cause;

-- name: alarm
-- Held causes alarm, and will again; without lines that are to be told a cause is over.
update held_causes h
set version = h.version + 1, state = case when found.lines > 0 then h.state else 'over' end,
    lines = case when found.lines > 0 then found.lines else h.lines end,
    merchant = case when found.lines > 0 then found.merchant else h.merchant end,
    alarm_at = case when found.lines > 0 then found.again_at end
from unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[]) as found (cause, lines, merchant, again_at)
where h.cause = found.cause and h.state in ('held', 'rejected')
returning h.*;

-- name: hand_over
-- Notices that a shop tells its customers by itself; a person hears of it if it has not by the end of the day.
update notices n set state = 'handed', alarm_at = case when n.alarm is null then handed.due_by else n.alarm_at end
from unnest($1::text[], $2::timestamptz[]) as handed (notice_id, due_by)
where n.notice_id = handed.notice_id and n.state = 'sending';

-- name: handed
-- Those of these notices that a shop was to tell, and the customers' zones.
select n.notice_id, n.order_id, coalesce(c.zone, o.zone, m.zone) as zone,
       greatest(n.caused_at, case when h.state = 'confirmed' then h.decided_at end) as told_since
from notices n left join held_causes h using (cause) join orders o using (order_id)
join merchants m on m.merchant = o.merchant join contacts c using (order_id)
where n.notice_id = any ($1::text[]) and n.state = 'handed';

-- name: alarm_notices
-- Orders that should have left by now, and customers whom their shop should have told: a person hears of them.
update notices n set alarm = 'open'
where n.alarm_at <= $1 and n.alarm is null and (n.state = 'handed' or n.kind = 'late' and n.state <> 'superseded')
returning n.notice_id, n.order_id, n.kind, n.state, n.traceparent, n.mail_id, n.alarm_at as opened_at,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant,
          (select max(l.latest) from notice_lines l where l.notice_id = n.notice_id) as latest,
          (select string_agg(l.line_id, ', ' order by l.line_id) from notice_lines l
           where l.notice_id = n.notice_id) as lines;

-- name: settle_alarms
-- What a person heard of and is over: the order left or waits again, the shop told its customer.
update notices n set alarm = 'settled'
where n.alarm = 'open' and case when n.kind = 'late' then not exists (
    select from notice_lines c join lines l using (order_id, line_id) join waiting w using (order_id, line_id)
    where c.notice_id = n.notice_id
      and coalesce(w.wanted, l.ordered, c.units) - w.units
          > (select coalesce(sum(s.units), 0) from shipments s where s.order_id = l.order_id and s.line_id = l.line_id)
      and (select coalesce(sum(r.units), 0) from releases r where r.order_id = l.order_id and r.line_id = l.line_id)
          > (select coalesce(sum(r.units), 0) from revocations r where r.order_id = l.order_id and r.line_id = l.line_id)
) else n.state <> 'handed' end
returning n.notice_id, n.order_id, n.kind, n.traceparent, n.alarm_at as opened_at,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant;

-- name: settle_alarms_by_hand
-- What a person heard of and says that it is dealt with; what a shop did not tell was told otherwise then.
update notices n
set alarm = 'settled', state = case n.state when 'handed' then 'failed' else n.state end,
    settled_at = case n.state when 'handed' then $4 else n.settled_at end,
    told_otherwise_by = case n.state when 'handed' then told.by else n.told_otherwise_by end,
    told_otherwise_how = case n.state when 'handed' then told.how else n.told_otherwise_how end
from unnest($1::text[], $2::text[], $3::text[]) as told (notice_id, by, how)
where n.notice_id = told.notice_id and n.alarm = 'open'
returning n.notice_id, n.order_id, n.kind, n.traceparent, n.alarm_at as opened_at,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant;

-- name: decline_reminders
-- Customers who want no notices but those that are necessary.
update orders set wants_reminders = false where order_id = any ($1::text[]);

-- name: decide_causes
-- What people say of held causes; who says the same again changes nothing.
update held_causes h
set state = told.state, version = h.version + 1, decided_at = $5, decided_by = told.by, why = told.why,
    alarm_at = case when told.state = 'rejected' then told.alarm_at end
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $6::timestamptz[]) as told (cause, state, by, why, alarm_at)
where h.cause = told.cause and h.state in ('held', 'rejected') and h.state <> told.state
returning h.*;

-- name: free_notices
-- Unsent notices of confirmed causes are sent now.
update notices set send_at = least(urgent_at, $2)
where cause = any ($1::text[]) and state = 'planned' and kind = 'moved' and (send_at is null or send_at > $2);

-- name: add_options
-- What promises ask of customers by law, each once for ever; lines that the order has not are nobody's.
insert into options (order_id, line_id, line_version, consent, applicable_by, revised_by, answer_by, send_before)
select asked.*
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::date[], $6::date[], $7::date[], $8::timestamptz[])
     as asked (order_id, line_id, line_version, consent, applicable_by, revised_by, answer_by, send_before)
join lines using (order_id, line_id)
on conflict do nothing;

-- name: letter_options
-- What the lines of dated notices ask by law; once it is too late to send that, nothing.
select n.notice_id, n.line_id, o.consent, o.applicable_by, o.revised_by, o.answer_by
from notice_lines n
join notices using (notice_id, order_id)
join options o using (order_id, line_id, line_version)
where n.notice_id = any ($1::text[]) and kind in ('confirmed', 'moved') and o.send_before > $2::timestamptz;
