-- name: known_files
-- Which of these files were heard of before.
select file_id from files where file_id = any ($1::text[]);

-- name: hold_files
-- Files are taken one after the other, since a notice's revision follows from those before it.
select pg_advisory_xact_lock(hashtextextended('receiving.files', 0));

-- name: taken_before
-- What files told of ASNs before, each once.
select distinct on (asn_id, stated, content) asn_id, revision, is_cancellation as cancels, supplier, node, stated, content
from file_asns where asn_id = any ($1::text[])
order by asn_id, stated, content, revision;

-- name: highest_revisions
-- The highest revision of ASNs, by whatever way it was told.
select asn_id, greatest(revision, cancelled_by) as revision from asns where asn_id = any ($1::text[]);

-- name: keep_files
-- What partners sent, and what came of it.
insert into files (file_id, sender, name, format, content, received_at, partner, receiver, state, faults, answer,
                   is_test, partner_qualifier, receiver_qualifier)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[], $7::text[],
                     $8::text[], $9::text[], $10::jsonb[], $11::text[], $12::boolean[], $13::text[],
                     $14::text[]);

-- name: keep_file_asns
-- The ASNs of accepted files.
insert into file_asns (file_id, place, asn_id, revision, is_cancellation, supplier, node, stated, content)
select * from unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::text[],
                     $8::bigint[], $9::bytea[]);

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
select f.file_id, f.sender, f.name, f.format, f.received_at, f.state, f.is_test, f.faults, f.answer,
       array(select o.asn_id from file_asns o where o.file_id = f.file_id order by o.place) as asns
from files f where f.file_id = $1;
