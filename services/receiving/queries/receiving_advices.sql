-- name: closed_lines
-- What ASNs were to bring and what came, SKU by SKU, and what their purchase orders still owe of it.
with came as (
    select s.supply_id as asn_id, s.sku, sum(s.expected_units)::bigint as expected, sum(s.received)::bigint as received,
           sum(s.damaged)::bigint as damaged
    from supplies s where s.supply_id = any ($1::text[]) and not s.purchase_order
    group by s.supply_id, s.sku
)
select c.asn_id, c.sku, c.expected, c.received, c.damaged, said.gtin, said.listed, coalesce(owed.units, 0) as owed_on_po
from came c
join asns a using (asn_id)
cross join lateral (
    select min(l.gtin) as gtin, count(*) > 0 as listed from asn_lines l
    where l.asn_id = a.asn_id and l.revision = a.revision and l.sku = c.sku
) as said
cross join lateral (
    select sum(greatest(0, s.expected_units - s.received))::bigint as units
    from purchase_order_lines o
    join supplies s on s.supply_id = o.supply_id and s.sku = o.sku and s.purchase_order and not s.is_closed
    where o.sku = c.sku
          and o.po_number in (select a.po_number
                              union
                              select l.po_number from asn_lines l
                              where l.asn_id = a.asn_id and l.revision = a.revision and l.sku = c.sku)
) as owed
where c.expected + c.received > 0
order by c.asn_id, c.sku;

-- name: advised
-- What suppliers were told last of these trucks.
select distinct on (asn_id) asn_id, version, figures from receiving_advices
where asn_id = any ($1::text[])
order by asn_id, version desc;

-- name: keep_advices
-- What suppliers are told.
insert into receiving_advices (asn_id, version, figures, format, document)
select * from unnest($1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::text[]);

-- name: last_advice
-- The last advice of a truck, as it was written for the supplier.
select asn_id, version, format, document from receiving_advices where asn_id = $1
order by version desc limit 1;

-- name: origins
-- In which format ASNs came by file, what their partners call themselves, the supplier and the node, and which purchase
-- orders the newest notice named.
select asked.asn_id, f.format, f.partner, f.receiver, f.partner_qualifier, f.receiver_qualifier, o.supplier, o.node,
       array(select a.po_number from asns a where a.asn_id = asked.asn_id and a.po_number is not null
             union
             select l.po_number from asn_lines l join asns a using (asn_id, revision)
             where l.asn_id = asked.asn_id and l.po_number is not null
             order by po_number) as orders
from unnest($1::text[]) as asked (asn_id)
cross join lateral (
    select file_id, supplier, node from file_asns
    where asn_id = asked.asn_id and not is_cancellation
    order by revision desc, file_id limit 1
) as o
join files f using (file_id);
