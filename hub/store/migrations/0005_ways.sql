-- The ways by which people can be told, beside the mail address that stands with the person.

create table way (
    id bigint generated always as identity primary key,
    person_id text not null references person (id),
    channel text not null check (channel ~ '^[a-z]+$' and channel <> 'mail'),
    -- A LINE user id, a push subscription's endpoint, an Apprise URL: whoever knows it can send. Never shown to others.
    address text not null,
    -- What the channel needs beside it (web push: the keys).
    detail jsonb not null default '{}',
    -- What its owner knows it by ("Chrome, Android").
    label text not null default '',
    created_at timestamptz not null,
    -- Unlinked by its owner, expired, or refused for good by the other side.
    ended_at timestamptz,
    ended_why text,
    check ((ended_at is null) = (ended_why is null))
);
-- The same phone or account is one way of one person: whoever links it last has it.
create unique index way_living on way (channel, address) where ended_at is null;
create index on way (person_id) where ended_at is null;

-- A person's own order of channels, the best first; null: the town's.
alter table person add column channels text[];
