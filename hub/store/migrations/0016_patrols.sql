-- Since when each trap stands in service, visits to it, permits, and rules that go by town and date.

-- Written by a trigger, so that no way of arming or disarming a trap can forget it.
create table trap_service (
    id bigint generated always as identity primary key,
    device_key integer not null references device (key),
    at timestamptz not null,
    in_service boolean not null
);
create index on trap_service (device_key, at);
create trigger append_only before update or delete or truncate on trap_service execute function refuse_change();

create function note_trap_service() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or (old.state = 'disarmed') <> (new.state = 'disarmed') then
        insert into trap_service (device_key, at, in_service) values (new.device_key, new.state_changed_at, new.state <> 'disarmed');
    end if;
    return null;
end $$;
create trigger note_service after insert or update of state on trap for each row execute function note_trap_service();

-- Traps that were there before: from their registration on, as the audit log has it.
insert into trap_service (device_key, at, in_service)
select device_key, at, in_service from (
    select t.device_key, d.created_at as at, true as in_service from trap t join device d on d.key = t.device_key
    union all
    select t.device_key, a.at, a.act = 'arm' from trap t join device d on d.key = t.device_key
    join audit_entry a on a.object = 'device/' || d.id and a.act in ('arm', 'disarm')
) known order by at, device_key;

-- The patrol ledger: who was at which trap, when. A row is corrected by another that names it, and never changed.
create table visit (
    id text primary key,
    device_key integer not null references device (key),
    person_id text not null references person (id),
    visited_at timestamptz not null,
    received_at timestamptz not null,
    source text not null check (source in ('page', 'report', 'api')),
    note text,
    lat double precision check (lat between -90 and 90),
    lon double precision check (lon between -180 and 180),
    -- Of a form or a request: sent again, it is the same visit.
    key uuid,
    -- Of a settled incident, of which there is one visit at most.
    incident_id text unique references incident (id),
    -- The visit that this row puts right; `void` says that there was none.
    corrects text unique references visit (id),
    void boolean not null default false,
    -- Who wrote the row, where it was not the visitor.
    written_by text not null references person (id),
    unique (key, device_key),
    check ((lat is null) = (lon is null)),
    check (not void or corrects is not null)
);
create index on visit (device_key, visited_at);
create index on visit (visited_at desc, id desc);
create trigger append_only before update or delete or truncate on visit execute function refuse_change();

-- The evenings for which hunters were told what nobody has visited: one row a day of the town, so that it is said once.
create table patrol_evening (
    day date primary key,
    told_at timestamptz not null,
    unvisited integer not null
);

create table permit (
    id text primary key,
    -- 有害鳥獣捕獲, 狩猟, 指定管理鳥獣捕獲等事業
    kind text not null check (kind in ('pest_control', 'hunting', 'designated')),
    number text not null,
    authority text not null,
    -- Of whom, as the tag must say.
    holder text not null,
    holder_address text not null,
    species text not null,
    area text not null,
    valid_from date not null,
    valid_until date not null check (valid_until >= valid_from),
    most_traps integer not null check (most_traps between 1 and 30),
    -- Whether a day on which the trap's device spoke needs no visit; no rule was found that says so, hence no by default.
    sensor_replaces boolean not null default false,
    report_within_days integer not null check (report_within_days between 0 and 366),
    note text,
    created_at timestamptz not null,
    unique (authority, number)
);
create index on permit (valid_until);

create table permit_hunter (
    permit_id text not null references permit (id),
    person_id text not null references person (id),
    primary key (permit_id, person_id)
);
create index on permit_hunter (person_id);

create table permit_trap (
    permit_id text not null references permit (id),
    device_key integer not null references device (key),
    primary key (permit_id, device_key)
);
create index on permit_trap (device_key);

-- That the report of what was caught was handed in, and with which figures; a later row puts an earlier one right.
create table permit_report (
    id bigint generated always as identity primary key,
    permit_id text not null references permit (id),
    handed_in_on date not null,
    -- {species: heads}; empty is a catch of zero, said as such.
    heads jsonb not null,
    note text,
    written_by text not null references person (id),
    written_at timestamptz not null
);
create index on permit_report (permit_id, id);
create trigger append_only before update or delete or truncate on permit_report execute function refuse_change();

-- What differs from town to town and from year to year. The value of a day is that of the latest row before it.
create table dated_rule (
    name text not null,
    -- '' holds for every species that has no row of its own.
    species text not null default '',
    valid_from date not null,
    -- Null: there is no such rule from then on.
    value double precision,
    source text not null,
    primary key (name, species, valid_from)
);
insert into dated_rule (name, species, valid_from, value, source) values
    ('traps_per_hunter', '', '2000-01-01', 30, '鳥獣保護管理法施行規則'),
    ('permit_report_days', '', '2000-01-01', 30, '鳥獣保護管理法施行規則');

-- Days of the year (MM-DD) between which a kind of permit allows traps to stand; a season may run over New Year.
create table season (
    prefecture text not null,
    permit_kind text not null check (permit_kind in ('pest_control', 'hunting', 'designated')),
    valid_from date not null,
    first_day text not null check (first_day ~ '^\d\d-\d\d$'),
    last_day text not null check (last_day ~ '^\d\d-\d\d$'),
    source text not null,
    primary key (prefecture, permit_kind, valid_from)
);
insert into season values ('千葉県', 'hunting', '2000-01-01', '11-15', '02-15', '千葉県');
