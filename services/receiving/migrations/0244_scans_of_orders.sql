-- migrate:up
-- What came for a purchase order before that was known.
create index scans_of_orders on scans (po_number) where po_number is not null;

-- migrate:down
