-- Disaster surveys: who asked, every plan that was made, who approved it, what was checked, which drone flew what.

-- What a drone's partner says of it. A drone without a row is the town's own, and nothing is known of its battery.
create table drone (
    device_key integer primary key references device (key),
    -- Whose it is: a person with the role partner; null: the town's.
    partner_id text references person (id),
    is_ready boolean not null default true,
    battery_percent real check (battery_percent between 0 and 100),
    -- Seconds that a full battery flies, and what a change of batteries takes on the ground.
    endurance_s real check (endurance_s between 60 and 86400),
    change_s real check (change_s between 0 and 86400),
    speed_mps real check (speed_mps between 0.5 and 50),
    camera text check (length(camera) between 1 and 100),
    home_lat double precision check (home_lat between -90 and 90),
    home_lon double precision check (home_lon between -180 and 180),
    note text check (length(note) <= 2000),
    changed_at timestamptz not null,
    changed_by text not null references person (id),
    check ((home_lat is null) = (home_lon is null))
);
create index on drone (partner_id);

-- Where the law or an owner limits flying. Data with its source: no zone is in the code.
create table airspace_import (
    id text primary key,
    kind text not null check (kind in ('did', 'airport', 'emergency', 'no_go')),
    title text not null check (length(title) between 1 and 300),
    url text check (length(url) <= 1000),
    -- The day of which the source speaks.
    source_date date not null,
    -- Made up for a demonstration; pages and checks say so.
    is_sample boolean not null default false,
    zones integer not null check (zones >= 0),
    imported_at timestamptz not null,
    imported_by text not null references person (id),
    -- Replaced by a newer one of its kind, or taken back.
    ended_at timestamptz
);
create index on airspace_import (kind) where ended_at is null;

create table airspace_zone (
    id text primary key,
    import_id text not null references airspace_import (id),
    name text not null check (length(name) between 1 and 300),
    -- GeoJSON MultiPolygon, WGS 84, and its bounds for a quick look.
    shape jsonb not null,
    west double precision not null,
    south double precision not null,
    east double precision not null,
    north double precision not null,
    -- Metres from which and up to which it holds; null: from the ground, without end. `sea`: above mean sea level.
    floor_m real,
    ceiling_m real,
    height_reference text not null default 'ground' check (height_reference in ('ground', 'sea')),
    valid_from timestamptz,
    valid_until timestamptz
);
create index on airspace_zone (import_id);

create table survey (
    id text primary key,
    name text not null check (length(name) between 1 and 100),
    state text not null check (state in ('draft', 'planned', 'approved', 'launching', 'flying', 'held', 'stopping', 'stopped', 'done', 'cancelled')),
    drill boolean not null,
    -- The newest plan; 0: none yet.
    version integer not null default 0,
    asked_by text not null references person (id),
    asked_at timestamptz not null,
    launched_by text references person (id),
    launched_at timestamptz,
    changed_at timestamptz not null
);
create index on survey (asked_at desc);

-- A plan is frozen: another plan is another version.
create table survey_plan (
    survey_id text not null references survey (id),
    version integer not null check (version >= 1),
    -- As it was asked, and as it was planned (the contract's plan).
    request jsonb not null,
    document jsonb not null,
    -- Of gaps: what was left to see, as GeoJSON; null: the whole area.
    gaps jsonb,
    made_by text not null references person (id),
    made_at timestamptz not null,
    primary key (survey_id, version)
);
create trigger append_only before update or delete or truncate on survey_plan execute function refuse_change();

-- On which ground it may be flown: art. 132-92 (asked by the state or a town), or a permit for what it covers.
create table survey_ground (
    id bigint generated always as identity primary key,
    survey_id text not null references survey (id),
    kind text not null check (kind in ('art_132_92', 'permit')),
    requester text not null check (length(requester) between 1 and 300),
    reason text not null check (length(reason) between 1 and 2000),
    -- A permit's number, or the message that asked.
    reference text check (length(reference) <= 300),
    covers text[] not null default '{}',
    valid_from timestamptz,
    valid_until timestamptz,
    contact text check (length(contact) <= 300),
    recorded_at timestamptz not null,
    recorded_by text not null references person (id)
);
create index on survey_ground (survey_id);
create trigger append_only before update or delete or truncate on survey_ground execute function refuse_change();

-- What was checked, when and by whom. `vouched`: a person says to have looked where the service knows nothing.
create table survey_check (
    id bigint generated always as identity primary key,
    survey_id text not null,
    version integer not null,
    occasion text not null check (occasion in ('planned', 'asked', 'approved', 'launch')),
    results jsonb not null,
    vouched boolean not null,
    checked_at timestamptz not null,
    checked_by text not null references person (id),
    foreign key (survey_id, version) references survey_plan (survey_id, version)
);
create index on survey_check (survey_id, version, id);
create trigger append_only before update or delete or truncate on survey_check execute function refuse_change();

create table survey_approval (
    id bigint generated always as identity primary key,
    survey_id text not null,
    version integer not null,
    withdrawn boolean not null default false,
    note text check (length(note) <= 2000),
    at timestamptz not null,
    person_id text not null references person (id),
    foreign key (survey_id, version) references survey_plan (survey_id, version)
);
create index on survey_approval (survey_id, version, id);
create trigger append_only before update or delete or truncate on survey_approval execute function refuse_change();

-- One flight of one drone on one battery: offered to the drone's partner, then ordered.
create table sortie (
    id text primary key,
    survey_id text not null,
    version integer not null,
    -- Its place in the plan's list.
    place integer not null check (place >= 0),
    -- Null: the plan names no real drone.
    device_key integer references device (key),
    drone text not null,
    state text not null check (state in ('planned', 'offered', 'accepted', 'declined', 'preparing', 'ready', 'starting', 'flying', 'held', 'returning', 'landed', 'failed', 'cancelled')),
    answered_by text references person (id),
    answered_at timestamptz,
    reason text check (length(reason) <= 500),
    -- What the drone last said of it, and when; older words change nothing.
    phase text,
    phase_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    unique (survey_id, version, place),
    foreign key (survey_id, version) references survey_plan (survey_id, version)
);
create index on sortie (device_key);

-- All that was decided and all that happened; nobody rewrites it.
create table survey_entry (
    id bigint generated always as identity primary key,
    survey_id text not null references survey (id),
    at timestamptz not null,
    recorded_at timestamptz not null,
    -- A person's id, an agent's id, or 'system'.
    actor text not null,
    what text not null,
    sortie_id text references sortie (id),
    detail jsonb not null default '{}'
);
create index on survey_entry (survey_id, id);
create trigger append_only before update or delete or truncate on survey_entry execute function refuse_change();

-- Orders to drones: sent again each second until the reply or the end of their life.
create table command (
    id text primary key,
    agent_id text not null references agent (id),
    device_key integer not null references device (key),
    survey_id text not null references survey (id),
    sortie_id text not null references sortie (id),
    action text not null check (action in ('prepare', 'fly', 'hold', 'resume', 'return', 'land', 'release')),
    topic text not null,
    -- The very text that is signed, and its signature in base64.
    "order" text not null,
    signature text not null,
    person_id text not null references person (id),
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    -- When it is to be sent next: one sender takes it and moves this on. Null: closed.
    due_at timestamptz,
    sends integer not null default 0,
    replied_at timestamptz,
    outcome text,
    reply jsonb
);
create index on command (due_at) where due_at is not null;
create index on command (sortie_id);

-- Where each drone is, as it last said; replaced only by newer words.
create table flight_latest (
    device_key integer primary key references device (key),
    at timestamptz not null,
    received_at timestamptz not null,
    survey_id text references survey (id),
    sortie_id text references sortie (id),
    data jsonb not null
);

-- The way that was flown, thinned to one place in two seconds.
create table flight_point (
    device_key integer not null references device (key),
    -- Unix seconds divided by two.
    slot bigint not null,
    sortie_id text references sortie (id),
    at timestamptz not null,
    lat double precision not null,
    lon double precision not null,
    height_m real,
    speed_mps real,
    battery_percent real,
    primary key (device_key, slot)
);
create index on flight_point (sortie_id, at);
create index on flight_point (at);

-- Each release of a camera, as the autopilot told it.
create table survey_photo (
    sortie_id text not null references sortie (id),
    number integer not null check (number >= 1),
    survey_id text not null references survey (id),
    lat double precision not null,
    lon double precision not null,
    height_m real not null,
    altitude_m real,
    yaw_deg real not null,
    pitch_deg real not null,
    roll_deg real not null,
    taken_at timestamptz not null,
    received_at timestamptz not null,
    primary key (sortie_id, number)
);
create index on survey_photo (survey_id, taken_at);
