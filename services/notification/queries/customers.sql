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
insert into products (sku, version, name)
select * from unnest($1::text[], $2::bigint[], $3::text[]) as told (sku) order by sku
on conflict (sku) do update
set version = excluded.version, name = excluded.name
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

-- name: erase_mails
-- Forgets what mails said; that they were sent stays.
update mails set content = null where order_id = any ($1::text[]);

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

-- name: revoke_links
-- Orders whose links of before lead nowhere any more.
update orders o set link_generation = greatest(o.link_generation, revoked.generation)
from unnest($1::text[], $2::bigint[]) as revoked (order_id, generation)
where o.order_id = revoked.order_id;

-- name: decline_reminders
-- Customers who want no notices but those that are necessary.
update orders set wants_reminders = false where order_id = any ($1::text[]);

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
