-- What people add to a survey: damage seen on the ground, photos from the drones' cards; and how long flown ways are kept.

create table survey_pin (
    id text primary key,
    survey_id text not null references survey (id),
    kind text not null check (kind in ('landslide', 'flood', 'building', 'road', 'person', 'other')),
    lat double precision not null check (lat between -90 and 90),
    lon double precision not null check (lon between -180 and 180),
    note text not null check (length(note) <= 2000),
    image_id text,
    pinned_by text not null references person (id),
    pinned_at timestamptz not null,
    -- Taken away again: it stays for the record, and is shown no more.
    removed_at timestamptz,
    removed_by text references person (id)
);
create index on survey_pin (survey_id, pinned_at);

-- A small copy of a photo, without its camera's words; the original stays on the drone's card, known by its digest.
create table survey_image (
    id text primary key,
    survey_id text not null references survey (id),
    file_name text not null check (length(file_name) between 1 and 300),
    sha256 bytea not null,
    size_bytes integer not null,
    width integer not null,
    height integer not null,
    taken_at timestamptz,
    lat double precision,
    lon double precision,
    -- The release of the camera that it belongs to; null: none was found.
    sortie_id text,
    number integer,
    small bytea not null,
    sent_by text not null references person (id),
    received_at timestamptz not null,
    unique (survey_id, sha256),
    foreign key (sortie_id, number) references survey_photo (sortie_id, number)
);
alter table survey_image alter column small set storage external;
create unique index on survey_image (sortie_id, number) where sortie_id is not null;
create index on survey_image (survey_id, received_at);
alter table survey_pin add foreign key (image_id) references survey_image (id);

alter table retention drop constraint retention_what_check;
alter table retention add constraint retention_what_check
    check (what in ('readings', 'heartbeats', 'quarantine', 'notices', 'flights'));
insert into retention (what, since, keep_days, source) values
    ('flights', '2026-04-01', 400, 'Default: what drones told of each moment for a year; photos, timelines and orders stay with their survey.');
create index on event (occurred_at) where kind = 'flight';
