-- Honest sensors: how each is judged, what was done to it, and how its values are corrected when they are shown.

-- The trace of what people did to a sensor. What was wrong is withdrawn by a later row, never changed.
create table sensor_change (
    id bigint generated always as identity primary key,
    device_key integer not null references device (key),
    quantity text not null,
    kind text not null check (kind in ('calibration', 'replacement', 'repair', 'withdrawal')),
    happened_at timestamptz not null,
    serial text,
    note text,
    -- The reference values and what followed from them: gain, shift, from when until when.
    detail jsonb not null default '{}',
    -- The change that this one takes back.
    withdraws bigint unique references sensor_change (id),
    written_by text not null references person (id),
    written_at timestamptz not null,
    check ((kind = 'withdrawal') = (withdraws is not null))
);
create index on sensor_change (device_key, quantity, id);
create trigger append_only before update or delete or truncate on sensor_change execute function refuse_change();

-- What is shown = gain × measured + shift, for what was measured in [from_at, until_at). The stretches of one device and
-- quantity never overlap; outside them what was measured is shown. `reading` keeps what was measured.
create table correction (
    id bigint generated always as identity primary key,
    device_key integer not null references device (key),
    quantity text not null,
    from_at timestamptz not null,
    -- Null: until further notice.
    until_at timestamptz,
    gain double precision not null default 1 check (gain > 0 and gain < 1000),
    shift double precision not null default 0 check (shift > -1e6 and shift < 1e6),
    unique (device_key, quantity, from_at),
    check (until_at is null or until_at > from_at)
);

-- How each sensor is judged now.
create table sensor_state (
    device_key integer not null references device (key),
    quantity text not null,
    state text not null check (state in ('ok', 'silent', 'late', 'stuck', 'out_of_range', 'drifting')),
    -- What exactly, within the state: a key of hub/fields/quality/words.py.
    reason text,
    -- Since when it has been so, by the time of measuring where that is known.
    since_at timestamptz not null,
    -- When the hub first said so.
    noticed_at timestamptz not null,
    -- The figures that the words need.
    detail jsonb not null default '{}',
    primary key (device_key, quantity)
);
create index on sensor_state (state) where state <> 'ok';

-- What the judging of a device remembers between two looks, and when it is due again.
create table sensor_watch (
    device_key integer primary key references device (key),
    due_at timestamptz not null,
    memory jsonb not null default '{}'
);
create index on sensor_watch (due_at);

-- Readings that ingest refused, since the judging must know why a sensor's values are missing. Kept for some days.
create table sensor_refusal (
    device_key integer not null references device (key),
    -- Empty: the whole row, for its time.
    quantity text not null,
    reason text not null check (reason in ('out_of_range', 'impossible_time')),
    measured_at timestamptz not null,
    value double precision,
    received_at timestamptz not null,
    primary key (device_key, quantity, measured_at)
);
create index on sensor_refusal (received_at);
