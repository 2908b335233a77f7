-- Ledgers of points and of bounty, what a trap was at any time, and the rules of open data.

-- What people get points for, as dated data. A row is never changed: the newest one that is valid on a day holds.
create table points_programme (
    id bigint generated always as identity primary key,
    code text not null check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    -- {"ja": …, "en": …, "ja_Hira": …}
    words jsonb not null,
    points integer not null check (points between 1 and 1000000),
    -- A second member of staff approves each award and reversal.
    four_eyes boolean not null,
    -- The most points of a person in a calendar month, and in a year that begins with the month `year_starts`.
    most_per_month integer check (most_per_month > 0),
    most_per_year integer check (most_per_year > 0),
    year_starts integer not null default 4 check (year_starts between 1 and 12),
    valid_from date not null,
    valid_until date,
    source text not null default '',
    check (valid_until is null or valid_from <= valid_until)
);
create index on points_programme (code, valid_from);
create trigger append_only before update or delete or truncate on points_programme execute function refuse_change();

-- By which reference the city's own system knows a person.
create table points_account (
    person_id text primary key references person (id),
    ref text not null unique check (length(ref) between 1 and 40)
);

create table points_entry (
    id bigint generated always as identity primary key,
    -- Whoever enters the same thing twice (a form sent again, a claim approved again) meets the first entry.
    key text not null unique,
    entered_at timestamptz not null,
    activity_date date not null,
    programme text not null,
    person_id text not null references person (id),
    -- As it was then: an export never changes.
    recipient_ref text not null,
    points integer not null,
    reason text not null,
    evidence_id text not null,
    -- The first of two, where two decide.
    proposed_by text references person (id),
    approver text not null references person (id),
    reversal_of bigint unique references points_entry (id),
    check (case when reversal_of is null then points > 0 else points < 0 end),
    check (proposed_by <> approver)
);
create index on points_entry (person_id, id desc);

create table bounty_entry (
    id bigint generated always as identity primary key,
    key text not null unique,
    entered_at timestamptz not null,
    activity_date date not null,
    programme text not null,
    person_id text not null references person (id),
    recipient_ref text not null,
    yen integer not null,
    reason text not null,
    evidence_id text not null,
    claim_id text not null,
    proposed_by text references person (id),
    approver text not null references person (id),
    reversal_of bigint unique references bounty_entry (id),
    check (case when reversal_of is null then yen > 0 else yen < 0 end),
    check (proposed_by <> approver)
);
create index on bounty_entry (person_id, id desc);
create index on bounty_entry (claim_id);

-- A reversal takes back one whole award of the same person, and is final.
create function mirror_reversal() returns trigger language plpgsql as $$
declare
    mirror jsonb;
    amount text := tg_argv[0];
    own jsonb := to_jsonb(new);
begin
    if new.reversal_of is null then
        return new;
    end if;
    execute format('select to_jsonb(e) from %I e where id = $1', tg_table_name) into mirror using new.reversal_of;
    if mirror ->> 'reversal_of' is not null then
        raise exception 'a reversal is not reversed';
    end if;
    if (mirror ->> amount)::integer + (own ->> amount)::integer <> 0
        or mirror -> 'person_id' <> own -> 'person_id' or mirror -> 'recipient_ref' <> own -> 'recipient_ref'
        or mirror -> 'programme' <> own -> 'programme' or mirror -> 'activity_date' <> own -> 'activity_date' then
        raise exception 'a reversal mirrors its entry';
    end if;
    return new;
end $$;
create trigger append_only before update or delete or truncate on points_entry execute function refuse_change();
create trigger append_only before update or delete or truncate on bounty_entry execute function refuse_change();
create trigger mirror before insert on points_entry for each row execute function mirror_reversal('points');
create trigger mirror before insert on bounty_entry for each row execute function mirror_reversal('yen');

-- An award or a reversal that waits for a second member of staff.
create table points_proposal (
    id text primary key,
    key text not null unique,
    -- Null: an award.
    reversal_of bigint references points_entry (id),
    activity_date date not null,
    programme text not null,
    person_id text not null references person (id),
    points integer not null,
    reason text not null,
    evidence_id text not null,
    proposed_by text not null references person (id),
    proposed_at timestamptz not null,
    state text not null default 'waiting' check (state in ('waiting', 'approved', 'refused')),
    decided_by text references person (id),
    decided_at timestamptz,
    entry_id bigint references points_entry (id),
    check ((state = 'waiting') = (decided_at is null)),
    check ((state = 'approved') = (entry_id is not null)),
    check (state <> 'approved' or decided_by <> proposed_by)
);
create index on points_proposal (state, proposed_at);
create unique index points_proposal_one_reversal on points_proposal (reversal_of) where state = 'waiting';

-- A month's file for the city's system, as it was made: the same bytes whenever it is asked for.
create table points_batch (
    id text primary key,
    month date not null unique check (extract(day from month) = 1),
    closed_at timestamptz not null,
    closed_by text not null references person (id),
    entries integer not null,
    total bigint not null,
    content bytea not null
);
create table points_batch_entry (
    entry_id bigint primary key references points_entry (id),
    batch_id text not null references points_batch (id)
);
create table bounty_batch (
    id text primary key,
    month date not null unique check (extract(day from month) = 1),
    closed_at timestamptz not null,
    closed_by text not null references person (id),
    entries integer not null,
    total bigint not null,
    content bytea not null
);
create table bounty_batch_entry (
    entry_id bigint primary key references bounty_entry (id),
    batch_id text not null references bounty_batch (id)
);
create trigger append_only before update or delete or truncate on points_batch execute function refuse_change();
create trigger append_only before update or delete or truncate on points_batch_entry execute function refuse_change();
create trigger append_only before update or delete or truncate on bounty_batch execute function refuse_change();
create trigger append_only before update or delete or truncate on bounty_batch_entry execute function refuse_change();

-- What was known of a trap's state, and when: `recorded_at` the hub learned that it had been in `state` since `since_at`.
create table trap_history (
    id bigint generated always as identity primary key,
    device_key integer not null references device (key),
    recorded_at timestamptz not null,
    since_at timestamptz not null,
    state text not null check (state in ('armed', 'sprung', 'silent', 'sprung_silent', 'disarmed'))
);
create index on trap_history (device_key, id);
insert into trap_history (device_key, recorded_at, since_at, state)
select device_key, state_changed_at, coalesce(least(sprung_at, state_changed_at), state_changed_at), state from trap order by device_key;
create trigger append_only before update or delete or truncate on trap_history execute function refuse_change();

-- From and to which day a trap stood in the field, where that differs from its registration: effort counts between them.
create table trap_standing (
    device_key integer primary key references device (key),
    set_on date,
    removed_on date,
    check (set_on is null or removed_on is null or set_on <= removed_on)
);

-- How open data is made; the newest row that is valid holds.
create table opendata_rule (
    id bigint generated always as identity primary key,
    -- A count of 1 to under this is not told. Under 3 a hidden count would be known.
    least_count integer not null check (least_count >= 3),
    -- The newest months, whole ones, that are not told yet.
    delay_months integer not null check (delay_months >= 1),
    mesh text not null check (mesh in ('first', 'second', 'five_km')),
    valid_from date not null,
    source text not null default ''
);
insert into opendata_rule (least_count, delay_months, mesh, valid_from, source)
values (3, 2, 'five_km', '2000-01-01', 'preset; the town enters its own rules');
