-- migrate:up
alter table contacts add column merchant text;
comment on column contacts.merchant is 'who gave the address; only the merchant of the order may';
update contacts c set merchant = o.merchant from orders o where o.order_id = c.order_id and c.email is not null;

-- migrate:down
