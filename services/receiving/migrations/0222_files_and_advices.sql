-- migrate:up
create table files (
    file_id text primary key,
    sender text not null,
    name text not null,
    format text not null check (format in ('x12', 'edifact', 'json')),
    content bytea not null,
    sha256 bytea not null generated always as (sha256(content)) stored,
    received_at timestamptz not null,
    partner text,
    receiver text,
    state text not null check (state in ('accepted', 'refused')),
    faults jsonb not null default '[]',
    answer text,
    check ((state = 'refused') = (jsonb_array_length(faults) > 0))
);
comment on table files is 'append-only: what partners sent, as it was, what its envelope calls them and us, and what was answered';
create index files_by_content on files (sha256) where state = 'accepted';

create table file_asns (
    file_id text not null references files,
    place int not null check (place > 0),
    asn_id text not null,
    revision bigint not null check (revision > 0),
    cancels boolean not null,
    supplier text not null,
    node text,
    primary key (file_id, place),
    check (cancels or node is not null)
);
comment on table file_asns is 'append-only: the ASNs of files that were accepted, with the codes that the partner uses';
create index file_asns_by_asn on file_asns (asn_id, revision);

create table control_numbers (
    partner text primary key,
    last bigint not null check (last > 0)
);
comment on table control_numbers is 'the last number of what was sent to a partner, so that he can miss none';

create table advices (
    asn_id text not null references asns,
    version bigint not null check (version > 0),
    figures jsonb not null,
    primary key (asn_id, version)
);
comment on table advices is 'append-only: what suppliers were told of their trucks';

-- migrate:down
