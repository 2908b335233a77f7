-- Plans of teams, duty, mutes; who goes with whom and comes back when; the escalation's own clocks.

-- A team's plan as its staff wrote it; the row without a team is the town's. Incidents keep what was made of it.
create table team_plan (
    team_id text references team (id),
    spec jsonb not null,
    changed_at timestamptz not null,
    changed_by text not null references person (id)
);
create unique index team_plan_one on team_plan (coalesce(team_id, ''));

-- Who is on duty each week; Monday is 0. The day is the town's.
create table duty_week (
    team_id text not null references team (id),
    weekday smallint not null check (weekday between 0 and 6),
    person_id text not null references person (id),
    primary key (team_id, weekday, person_id)
);

-- What is different on one day: a swap is two rows.
create table duty_day (
    team_id text not null references team (id),
    day date not null,
    person_id text not null references person (id),
    on_duty boolean not null,
    primary key (team_id, day, person_id)
);

-- A person's own choice for the night (null: the team's), and the last day of an absence.
alter table person
    add column night text check (night in ('wake', 'first_light')),
    add column away_until date;

create table mute (
    id bigint generated always as identity primary key,
    -- What is muted: a trap or another device, an agent with all that it carries, or notices to one person (of one team's traps or of all).
    device_key integer references device (key),
    agent_id text references agent (id),
    person_id text references person (id),
    team_id text references team (id),
    reason text not null,
    set_by text not null references person (id),
    set_at timestamptz not null,
    until_at timestamptz not null,
    -- Ended by a person before its time; otherwise it just ends.
    ended_at timestamptz,
    ended_by text references person (id),
    check (num_nonnulls(device_key, agent_id, person_id) = 1),
    check (team_id is null or person_id is not null),
    check (until_at > set_at),
    check ((ended_at is null) = (ended_by is null))
);
create index on mute (until_at) where ended_at is null;

-- About a person who has not come back; `device_key` is then where the person went.
alter table incident
    add column person_id text references person (id),
    -- Somebody goes and a second person is wanted; `state` is `going` then.
    add column seeking boolean not null default false,
    -- The next step of the plan, while `next_step` numbers the rounds.
    add column plan_step integer not null default 0,
    -- What `next_due_at` is the earliest of: the next round, the end of the answers, the end of somebody's night or mute.
    add column round_due_at timestamptz,
    add column answered_until timestamptz,
    add column release_at timestamptz,
    -- Why the whole round waits; null when it does not.
    add column waits_for text check (waits_for in ('first_light', 'muted')),
    add check (not seeking or state = 'going');
update incident set plan_step = next_step,
    round_due_at = case when state = 'open' then next_due_at end,
    answered_until = case when state = 'going' then next_due_at end;
drop index incident_one_unresolved;
create unique index incident_one_unresolved
    on incident (coalesce(device_key, 0), coalesce(agent_id, ''), coalesce(person_id, ''), kind) where state <> 'resolved';
create index on incident (person_id) where person_id is not null;

-- Whoever was due in a round and sleeps, or has muted: told as soon as that is over.
create table held (
    incident_id text not null references incident (id),
    person_id text not null references person (id),
    step integer not null,
    why text not null check (why in ('first_light', 'muted')),
    since_at timestamptz not null,
    primary key (incident_id, person_id)
);

-- Alone, with somebody, or wanting a second person.
alter table incident_answer
    add column party text not null default 'alone' check (party in ('alone', 'with', 'wants_second')),
    add column partner_id text references person (id);

-- Who went to an incident and is to come back; the partner is told first when that does not happen.
create table trip (
    id bigint generated always as identity primary key,
    incident_id text not null references incident (id),
    person_id text not null references person (id),
    partner_id text references person (id),
    went_at timestamptz not null,
    back_at timestamptz not null,
    -- When `back_at` was settled: a clock that went back shows by it.
    due_set_at timestamptz not null,
    -- The incident that was opened when nobody came back.
    overdue_id text references incident (id),
    ended_at timestamptz,
    ended_how text check (ended_how in ('back', 'reported', 'did_not_go', 'settled')),
    check ((ended_at is null) = (ended_how is null))
);
create unique index trip_living on trip (incident_id, person_id) where ended_at is null;
create index on trip (back_at) where ended_at is null and overdue_id is null;
create index on trip (person_id) where ended_at is null;
