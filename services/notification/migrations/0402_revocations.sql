-- migrate:up
create table revocations (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table revocations is 'append-only: units of lines that are not there after all, and wait again';
alter table notice_lines add column returned boolean not null default false;

-- migrate:down
