-- Traps' states, incidents with their frozen plans, timelines that nobody can rewrite, deliveries recorded before they are tried.

create table trap (
    device_key integer primary key references device (key),
    state text not null default 'armed' check (state in ('armed', 'sprung', 'silent', 'sprung_silent', 'disarmed')),
    state_changed_at timestamptz not null,
    sprung_at timestamptz,
    line text check (line in ('closed', 'open', 'tampered', 'fault')),
    last_heard_at timestamptz,
    -- When it counts as silent unless it is heard before; null while disarmed, never heard, or silent already.
    silent_due_at timestamptz
);
create index on trap (silent_due_at) where silent_due_at is not null;

create table incident (
    id text primary key,
    kind text not null,
    device_key integer references device (key),
    agent_id text references agent (id),
    state text not null default 'open' check (state in ('open', 'going', 'resolved')),
    occurred_at timestamptz not null,
    -- The time is the hub's time of receipt, since the agent's own could not be.
    uncertain boolean not null default false,
    opened_at timestamptz not null,
    -- How many events fell into this one incident.
    events integer not null default 1,
    -- Frozen when it opens: changing a team's plan never changes a running escalation.
    plan jsonb not null,
    -- The escalation: number of the next step, and when it is due; null when nothing is due any more.
    next_step integer not null default 0,
    next_due_at timestamptz,
    going_by text references person (id),
    going_at timestamptz,
    eta_at timestamptz,
    resolved_by text references person (id),
    resolved_at timestamptz,
    outcome text,
    note text,
    check ((state = 'resolved') = (resolved_at is not null)),
    check (state <> 'open' or next_due_at is not null)
);
create unique index incident_one_unresolved on incident (coalesce(device_key, 0), coalesce(agent_id, ''), kind) where state <> 'resolved';
create index on incident (next_due_at) where next_due_at is not null;
create index on incident (state, opened_at desc);
create index on incident (device_key, opened_at desc);

create table incident_entry (
    id bigint generated always as identity primary key,
    incident_id text not null references incident (id),
    at timestamptz not null,
    kind text not null,
    -- A person's id, or 'system'.
    actor text not null,
    detail jsonb not null default '{}'
);
create index on incident_entry (incident_id, id);
create trigger append_only before update or delete or truncate on incident_entry execute function refuse_change();

create table delivery (
    id bigint generated always as identity primary key,
    incident_id text not null references incident (id),
    step integer not null,
    person_id text not null references person (id),
    channel text not null,
    state text not null default 'due' check (state in ('due', 'leased', 'sent', 'given_up', 'cancelled')),
    due_at timestamptz not null,
    leased_until timestamptz,
    attempts integer not null default 0,
    created_at timestamptz not null,
    sent_at timestamptz,
    error text,
    -- At most one notice a person, channel and step, however many workers run.
    unique (incident_id, step, person_id, channel)
);
create index on delivery (due_at) where state in ('due', 'leased');
