-- name: add_endings
-- Units of lines that are not coming, each once for ever.
insert into line_endings (order_id, line_id, line_version, ending, units, wanted, reason, alternatives, new_line_id)
select order_id, line_id, line_version, ending, units, wanted, reason,
       array(select jsonb_array_elements_text(alternatives::jsonb)), new_line_id
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
            $9::text[])
     as told (order_id, line_id, line_version, ending, units, wanted, reason, alternatives, new_line_id)
on conflict do nothing;

-- name: add_refunds
-- Refunds that are due, each once for ever; lines that the order has not are nobody's.
insert into refunds (order_id, line_id, cause, units, amount, due_by)
select told.order_id, told.line_id, told.cause, told.units, told.amount, told.due_by
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::date[])
     with ordinality as told (order_id, line_id, cause, units, amount, due_by, place)
join lines using (order_id, line_id)
order by told.place
on conflict do nothing;

-- name: add_refusals
-- What customers asked for and we could not do, each once for ever; lines that the order has not are nobody's.
insert into refusals (order_id, line_id, served_as, cause, change_no, what, units, reason)
select told.order_id, told.line_id, told.served_as, told.cause, told.change_no, told.what, told.units, told.reason
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::text[])
     with ordinality as told (order_id, line_id, served_as, cause, change_no, what, units, reason, place)
join lines using (order_id, line_id)
order by told.place
on conflict do nothing;

-- name: untold_endings
-- What is not coming of locked orders, and stands in no notice that was sent.
select e.order_id, e.line_id, e.line_version, e.ending, e.units
from line_endings e
where e.order_id = any ($1::text[])
  and not exists (
      select from notice_lines l join notices n using (notice_id)
      where l.order_id = e.order_id and l.line_id = e.line_id and l.line_version >= e.line_version
        and n.kind = any (case e.ending when 'swapped' then array['swapped'] else array['cancelled', 'declined'] end)
        and n.state = 'sent'
  )
order by e.order_id, e.line_id, e.line_version;

-- name: untold_refunds
-- The refunds of locked orders that stand in no notice that was sent, each with its number among those of its line.
select r.order_id, r.line_id, r.number, r.units, r.amount, r.due_by
from (
    select *, row_number() over (partition by order_id, line_id order by place) as number
    from refunds where order_id = any ($1::text[])
) r
where not exists (
    select from notice_lines l join notices n using (notice_id)
    where l.order_id = r.order_id and l.line_id = r.line_id and l.refunds >= r.number and n.state = 'sent'
)
order by r.order_id, r.line_id, r.number;

-- name: refused
-- How many units of lines of locked orders were refused in all, and of how many their customers know.
select r.order_id, r.line_id, sum(r.units)::bigint as units, (
    select coalesce(max(l.knows_refused), 0) from notice_lines l join notices n using (notice_id)
    where l.order_id = r.order_id and l.line_id = r.line_id and n.state = 'sent'
) as known
from (
    select order_id, line_id, what, max(units) as units from (
        select order_id, line_id, what, served_as, sum(units) as units
        from refusals where order_id = any ($1::text[]) group by 1, 2, 3, 4
    ) parts
    group by 1, 2, 3
) r
group by 1, 2;
