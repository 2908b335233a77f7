-- Messages: what a person is told at once on one channel. Deliveries are gathered into them, drills and digests are some
-- of their own. And how fast a person may be told.

create table message (
    id bigint generated always as identity primary key,
    -- The same however often it is tried: what the other side, and a signed link, know it by.
    key uuid not null unique default gen_random_uuid(),
    person_id text not null references person (id),
    channel text not null,
    -- alarm: act now. reminder: an old matter, once a day. drill: can this person be reached? digest: the morning's summary.
    purpose text not null check (purpose in ('alarm', 'reminder', 'drill', 'digest')),
    -- Of a drill the week (2026-W48), of a digest the day (2026-11-23): one of each a person and channel, ever.
    occasion text,
    state text not null check (state in ('due', 'leased', 'sent', 'given_up', 'cancelled')),
    -- A notice that has failed by a defect of ours is sent by itself, so that it holds up no other.
    alone boolean not null default false,
    due_at timestamptz not null,
    -- While it is tried; a worker that lives prolongs it, a dead one's runs out.
    leased_until timestamptz,
    -- Also the mark by which a worker whose lease was taken over is told from the one that took it.
    attempts integer not null default 0,
    created_at timestamptz not null,
    sent_at timestamptz,
    error text,
    -- A digest's sections, as they were when the day's summary was made.
    content jsonb,
    -- A drill: when the person said that it had arrived.
    confirmed_at timestamptz,
    -- An alarm: when the last of its incidents was settled; from then on it counts no more for the pace.
    settled_at timestamptz,
    check ((state = 'leased') = (leased_until is not null)),
    check (state <> 'sent' or sent_at is not null),
    check ((purpose in ('drill', 'digest')) = (occasion is not null)),
    unique (person_id, purpose, occasion, channel)
);
create index on message (channel, due_at) where state in ('due', 'leased');
create index on message (person_id, created_at);

-- How fast one person is told on one channel: a bucket that is full again at `full_at`. Reminders have their own.
create table pace (
    person_id text not null references person (id),
    channel text not null,
    budget text not null check (budget in ('alarm', 'reminder')),
    full_at timestamptz not null,
    -- When the last message was begun; null before the first.
    last_at timestamptz,
    -- Messages whose matters have all been settled since: each gives its place in the bucket back.
    returned integer not null default 0,
    -- From when on the next may go, for finding out quickly whose turn it is.
    free_at timestamptz not null,
    primary key (person_id, channel, budget)
);

-- The lease is the message's from now on.
update delivery set state = 'due', leased_until = null where state = 'leased';
alter table delivery drop column leased_until;
alter table delivery add column message_id bigint references message (id);
-- The attempt of the message in which it was last tried.
alter table delivery add column message_try integer;
alter table delivery add column is_reminder boolean not null default false;
alter table delivery add column alone boolean not null default false;
create index on delivery (message_id) where message_id is not null;

-- Whether a person wants the morning's summary; null: as the role has it.
alter table person add column digest boolean;
