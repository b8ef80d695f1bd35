-- migrate:up
alter table advices
    add format text check (format in ('x12', 'edifact', 'json')),
    add document text,
    add check (document is null or format is not null);
comment on column advices.document is 'what was written for the supplier, whole; an event may have no room for it';

-- migrate:down
