-- Agents, devices, people, sign-in, audit.
create extension if not exists timescaledb;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: a record is corrected by another record', tg_table_name;
end $$;

create table agent (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text not null,
    created_at timestamptz not null,
    enrolled_at timestamptz,
    -- Mosquitto's form of the password ($7$iterations$salt$hash); null until enrolled.
    broker_hash text,
    -- The connection that is believed; a will of another session is old news.
    session text,
    online boolean not null default false,
    online_changed_at timestamptz,
    last_heard_at timestamptz,
    software text,
    health jsonb not null default '{}'
);

create table enrolment_code (
    code_hash bytea primary key,
    agent_id text not null references agent (id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index on enrolment_code (agent_id);

create table team (
    id text primary key,
    name text not null,
    created_at timestamptz not null
);

create table device (
    -- Readings and joins use the small key; the world knows the id.
    key integer generated always as identity primary key,
    id text not null unique check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    agent_id text not null references agent (id),
    kind text not null check (kind in ('trap', 'station', 'drone')),
    name text not null,
    lat double precision not null check (lat between -90 and 90),
    lon double precision not null check (lon between -180 and 180),
    -- A trap without a team is every hunter's.
    team_id text references team (id),
    created_at timestamptz not null,
    last_heard_at timestamptz
);
create index on device (agent_id);

create table person (
    id text primary key,
    name text not null,
    username text unique check (username = lower(username)),
    email text,
    language text not null check (language in ('ja', 'en', 'ja_Hira')),
    password_hash text,
    active boolean not null default true,
    created_at timestamptz not null
);

create table person_role (
    person_id text not null references person (id),
    role text not null check (role in ('hunter', 'farmer', 'responder', 'partner', 'staff')),
    primary key (person_id, role)
);

create table team_member (
    team_id text not null references team (id),
    person_id text not null references person (id),
    primary key (team_id, person_id)
);

create table api_token (
    id bigint generated always as identity primary key,
    token_hash bytea not null unique,
    person_id text not null references person (id),
    label text not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz
);
create index on api_token (person_id);

create table web_session (
    token_hash bytea primary key,
    person_id text not null references person (id),
    csrf text not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index on web_session (person_id);

create table audit_entry (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    -- A person's id, an agent's id, or 'system'.
    actor text not null,
    act text not null,
    object text not null,
    detail jsonb not null default '{}'
);
create index on audit_entry (object, at);
create trigger append_only before update or delete or truncate on audit_entry execute function refuse_change();
