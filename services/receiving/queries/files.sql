-- name: known_files
-- Which of these files were heard of before.
select file_id from files where file_id = any ($1::text[]);

-- name: accepted_before
-- The first files with this content that were accepted, by the file asked.
select distinct on (asked.file_id) asked.file_id, f.file_id as first
from unnest($1::text[], $2::bytea[]) as asked (file_id, sha256)
join files f on f.sha256 = asked.sha256 and f.state = 'accepted'
order by asked.file_id, f.received_at, f.file_id;

-- name: keep_files
-- What partners sent, and what came of it.
insert into files (file_id, sender, name, format, content, received_at, partner, receiver, state, faults, answer)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[], $7::text[],
                     $8::text[], $9::text[], $10::jsonb[], $11::text[]);

-- name: keep_file_asns
-- The ASNs of accepted files.
insert into file_asns (file_id, place, asn_id, revision, is_cancellation, supplier, node)
select * from unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::text[]);

-- name: partner_suppliers
-- Which suppliers partners' files call by these codes.
select distinct on (asked.code) asked.code, s.supplier_id
from unnest($1::text[]) as asked (code)
join suppliers s on s.supplier_id = asked.code or s.also_known_as @> array[asked.code]
order by asked.code, s.supplier_id <> asked.code, s.supplier_id;

-- name: partner_nodes
-- Which nodes partners' files call by these codes.
select distinct on (asked.code) asked.code, n.node
from unnest($1::text[]) as asked (code)
join nodes n on n.node = asked.code or n.also_known_as @> array[asked.code]
order by asked.code, n.node <> asked.code, n.node;

-- name: file_result
-- What came of a file.
select f.file_id, f.sender, f.name, f.format, f.received_at, f.state, f.faults, f.answer,
       array(select o.asn_id from file_asns o where o.file_id = f.file_id order by o.place) as asns
from files f where f.file_id = $1;
