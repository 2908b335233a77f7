-- What agents say: events, readings, what could not be read, and the clocks of agents that had none.

create table boot_clock (
    agent_id text not null references agent (id),
    boot text not null,
    -- Hub time minus edge time; the first writer wins, so that a time once placed never moves.
    offset_us bigint not null,
    fixed_at timestamptz not null,
    primary key (agent_id, boot)
);

create table event (
    id bigint generated always as identity primary key,
    source text not null,
    event_id text not null,
    agent_id text not null references agent (id),
    -- Null: the agent itself.
    device_key integer references device (key),
    kind text not null,
    outbox text,
    sequence bigint,
    occurred_at timestamptz not null,
    -- edge: the agent's own set clock; corrected: placed by the hub; uncertain: the time of receipt, since no time was to be had.
    time_quality text not null check (time_quality in ('edge', 'corrected', 'uncertain')),
    received_at timestamptz not null,
    late boolean not null,
    data jsonb not null,
    unique (source, event_id)
);
create index on event (device_key, occurred_at desc);
create index on event (agent_id, occurred_at desc);

create table quarantine (
    id bigint generated always as identity primary key,
    -- The same bad message sent again is one row.
    digest bytea not null unique,
    topic text not null,
    payload bytea not null,
    size_bytes integer not null,
    reason text not null,
    detail text not null,
    agent_id text,
    received_at timestamptz not null,
    last_received_at timestamptz not null,
    times integer not null default 1,
    state text not null default 'waiting' check (state in ('waiting', 'replayed', 'discarded')),
    settled_at timestamptz,
    settled_by text
);
create index on quarantine (state, id desc);

create table reading (
    device_id integer not null,
    measured_at timestamptz not null,
    received_at timestamptz not null,
    air_temperature real,
    relative_humidity real,
    soil_moisture real,
    soil_temperature real,
    soil_conductivity real,
    soil_ph real,
    solar_radiation real,
    photosynthetic_flux real,
    rainfall real,
    wind_speed real,
    wind_gust real,
    wind_direction real,
    air_pressure real,
    co2 real,
    water_depth real,
    water_temperature real,
    leaf_wetness real,
    battery_voltage real,
    signal_strength real
);
select create_hypertable('reading', by_range('measured_at', interval '7 days'), create_default_indexes => false);
create unique index reading_key on reading (device_id, measured_at);

create table latest (
    device_id integer not null,
    quantity text not null,
    measured_at timestamptz not null,
    received_at timestamptz not null,
    value real not null,
    primary key (device_id, quantity)
);
