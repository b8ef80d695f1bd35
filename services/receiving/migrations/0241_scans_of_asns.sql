-- migrate:up
-- The first and the last scan of a truck, also of scans that name no carton.
create index scans_of_asns on scans (asn_id, scanned_at) where revision is not null;

-- migrate:down
