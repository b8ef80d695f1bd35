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
select o.order_id, o.order_number, o.market, o.who_mails, o.link_generation, c.email, c.name, c.locale, coalesce(c.zone, o.zone, m.zone) as zone,
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
    select s.carrier, s.tracking, s.tracking_url, s.arrival, (
        select min(coalesce(before.units, 0) / part.per_bundle)
        from served part cross join lateral (
            select sum(b.units)::bigint as units from shipments b
            where b.order_id = part.order_id and b.served_as = part.served_as and b.sku = part.sku
              and b.arrival < s.arrival
        ) before
        where part.order_id = n.order_id and part.line_id = n.line_id
    ) as units_before
    from served own join shipments s using (order_id, served_as, sku)
    where own.order_id = n.order_id and own.line_id = n.line_id
) s on s.units_before >= n.knows_shipped - n.units and s.units_before < n.knows_shipped
where n.notice_id = any ($1::text[]) and kind = 'shipped'
order by n.notice_id, n.line_id, s.arrival;

-- name: other_lines
-- The lines of orders of which these notices say nothing, as their customers know them.
select l.order_id, p.name as product, l.told_earliest, l.told_latest, l.told_by is not null as is_told,
       coalesce(w.wanted, w.units) as ordered, w.units as waiting,
       w.shipped,
       (select coalesce(sum(r.units), 0) from releases r
        where r.order_id = l.order_id and r.line_id = l.line_id)::bigint as released
from lines l join products p using (sku) join waiting w using (order_id, line_id)
where l.order_id = any ($2::text[])
  and not exists (select from notice_lines n
                  where n.notice_id = any ($1::text[]) and n.order_id = l.order_id and n.line_id = l.line_id)
order by l.order_id, l.line_id;

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
