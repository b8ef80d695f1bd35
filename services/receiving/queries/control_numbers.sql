-- name: take_control_numbers
-- The next numbers for what is sent to partners, so many for each; the last of them.
insert into control_numbers as known (partner, last)
select partner, units from unnest($1::text[], $2::bigint[]) as asked (partner, units) order by partner
on conflict (partner) do update set last = known.last + excluded.last
returning partner, last;
