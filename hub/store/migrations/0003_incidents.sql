-- Traps' states, incidents with their frozen plans, timelines that nobody can rewrite, deliveries recorded before they are tried.

create table trap (
    device_key integer primary key references device (key),
    state text not null default 'armed' check (state in ('armed', 'sprung', 'silent', 'sprung_silent', 'disarmed')),
    state_changed_at timestamptz not null,
    -- When it fired; null unless it is sprung.
    sprung_at timestamptz,
    -- A person's latest record: firings before it are history.
    found_at timestamptz,
    -- What its wire said last; null until it says something after a person's record.
    line text check (line in ('closed', 'open', 'tampered', 'fault')),
    last_heard_at timestamptz,
    -- When it counts as silent unless it is heard before; null while disarmed, or silent already.
    silent_due_at timestamptz
);
create index on trap (silent_due_at) where silent_due_at is not null;

-- Since when the hub has been looking for silence without a pause: what was not heard while the hub was down is nobody's silence.
create table watch (
    one boolean primary key default true check (one),
    looked_at timestamptz,
    resumes_at timestamptz
);
insert into watch default values;

create table incident (
    id text primary key,
    kind text not null,
    -- About a device, or about an agent itself, never both: the key of "one unresolved incident".
    device_key integer references device (key),
    agent_id text references agent (id),
    state text not null default 'open' check (state in ('open', 'going', 'resolved')),
    occurred_at timestamptz not null,
    -- The time is the hub's time of receipt, since the agent's own could not be.
    uncertain boolean not null default false,
    -- The message came long after occurred_at.
    late boolean not null default false,
    detail jsonb not null default '{}',
    opened_at timestamptz not null,
    -- How many events fell into this one incident, and when the timeline last said so.
    events integer not null default 1,
    again_at timestamptz,
    -- Frozen when it opens: changing a team's plan never changes a running escalation.
    plan jsonb not null,
    -- The escalation: number of the next step, when it is due, and when that was settled (a clock that went back shows by it).
    next_step integer not null default 0,
    next_due_at timestamptz,
    due_set_at timestamptz not null,
    -- Until then rounds follow the plan; afterwards the matter is old and only staff are reminded, once a day.
    acute_until timestamptz not null,
    -- Null when the system ended it (the device spoke again).
    resolved_by text references person (id),
    resolved_at timestamptz,
    outcome text check (outcome in ('captured', 'empty', 'wrong_species', 'visited')),
    note text,
    check (num_nonnulls(device_key, agent_id) <= 1),
    check ((state = 'resolved') = (resolved_at is not null)),
    check (state <> 'open' or next_due_at is not null),
    check (state <> 'going' or next_due_at is not null),
    check (state <> 'resolved' or next_due_at is null)
);
create unique index incident_one_unresolved on incident (coalesce(device_key, 0), coalesce(agent_id, ''), kind) where state <> 'resolved';
create index on incident (next_due_at) where next_due_at is not null;
create index on incident (state, opened_at desc);
create index on incident (opened_at desc, id desc);
create index on incident (device_key, kind, resolved_at);

-- Who is on the way now; the timeline keeps who ever said so.
create table incident_answer (
    incident_id text not null references incident (id),
    person_id text not null references person (id),
    given_at timestamptz not null,
    eta_at timestamptz not null,
    primary key (incident_id, person_id)
);

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
    -- While it is tried; a worker that lives prolongs it, a dead one's runs out.
    leased_until timestamptz,
    -- Also the mark by which a worker whose lease was taken over is told from the one that took it.
    attempts integer not null default 0,
    created_at timestamptz not null,
    sent_at timestamptz,
    error text,
    check ((state = 'leased') = (leased_until is not null)),
    check (state <> 'sent' or sent_at is not null),
    -- At most one notice a person, channel and step, however many workers run.
    unique (incident_id, step, person_id, channel)
);
create index on delivery (due_at) where state in ('due', 'leased');
