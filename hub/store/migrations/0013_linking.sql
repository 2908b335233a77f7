-- How an account elsewhere is linked to a person, and which of its events have been dealt with.

-- A code that a signed-in person writes to the town's LINE account, so that the hub knows whose LINE that is.
create table link_code (
    code_hash bytea primary key,
    person_id text not null references person (id),
    channel text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index on link_code (person_id, channel) where used_at is null;

-- LINE sends an event again when no answer came in time: each is dealt with once.
create table line_event (
    id text primary key,
    received_at timestamptz not null
);
create index on line_event (received_at);
