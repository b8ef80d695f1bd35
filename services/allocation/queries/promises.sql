-- name: keep_told
-- The ranges that customers were told last of lines, or of bundles, with which each component is compared; an older notice
-- changes nothing.
update lines l
set told_earliest = p.earliest, told_latest = p.latest, told_version = p.line_version
from unnest($1::text[], $2::text[], $3::bigint[]) as told (order_id, line_id, line_version)
join promises p using (order_id, line_id, line_version)
where l.order_id = told.order_id and l.ordered_line_id = told.line_id and l.told_version < told.line_version;
