-- What comes in beside the agents: files of other loggers, and LoRaWAN probes through ChirpStack.

-- How the files of common loggers look. Recognised by `marks`, words that all stand before the first row of values.
create table logger_preset (
    id text primary key,
    name text not null,
    marks text[] not null,
    -- Order of day, month and year where the numbers alone do not say it.
    day_order text not null default 'ymd' check (day_order in ('ymd', 'mdy', 'dmy')),
    -- Headings (in small letters) that mean a quantity in a unit: {"no.1": ["air_temperature", "°C"]}; a null is left out.
    headings jsonb not null default '{}',
    source text not null,
    checked_on date not null
);
insert into logger_preset (id, name, marks, day_order, headings, source, checked_on) values
    ('tandd', 'おんどとり (T&D TR-7, RTR)', array['date/time', 'no.1'], 'ymd',
     '{"no.1": ["air_temperature", "°C"], "no.2": ["relative_humidity", "%"]}',
     'CSV of T&D Graph and T&D Recorder: the day and time, the same as Excel''s serial number, a column for each channel, units in the second line', '2026-11-26'),
    ('hobo', 'HOBO (Onset HOBOware)', array['date time, gmt'], 'mdy',
     '{"#": null, "abs pres": ["air_pressure", "kPa"], "batt": ["battery_voltage", "V"], "host connected": null, "eof": null, "end of file": null, "coupler attached": null, "coupler detached": null, "stopped": null}',
     'HOBOware, Export Table Data: Plot Title, then # and Date Time, GMT±hh:mm, one column a series with its unit', '2026-11-26'),
    ('wanamori', 'Wanamori', array['utc offset'], 'ymd', '{}', 'CSV of this service, in English', '2026-11-26'),
    ('wanamori-ja', 'Wanamori', array['協定世界時との差'], 'ymd', '{}', 'CSV of this service, in Japanese', '2026-11-26');

-- An uploaded file while a person looks at what it would become. One for a person and station; gone after a day.
create table import_draft (
    id text primary key,
    device_key integer not null references device (key),
    person_id text not null references person (id),
    file_name text not null,
    content bytea not null,
    layout jsonb not null,
    preset text,
    created_at timestamptz not null,
    unique (person_id, device_key)
);

-- A file whose rows were stored.
create table import (
    id text primary key,
    device_key integer not null references device (key),
    person_id text not null references person (id),
    file_name text not null,
    file_sha256 bytea not null,
    size_bytes integer not null,
    layout jsonb not null,
    imported_at timestamptz not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    new_rows integer not null,
    filled_rows integer not null,
    known_rows integer not null,
    differing_rows integer not null,
    refused_lines integer not null,
    -- The lines that could not be stored, as a file to put right and send again; null when there were none.
    refused text,
    undone_at timestamptz,
    undone_by text references person (id)
);
create index on import (device_key, imported_at desc);

-- Exactly what an import has added: these values of this moment, and whether the row is the import's own.
create table import_row (
    import_id text not null references import (id),
    measured_at timestamptz not null,
    quantities text[] not null,
    readings real[] not null,
    is_own boolean not null,
    primary key (import_id, measured_at)
);

-- LoRaWAN: a probe's DevEUI, the station that it measures for, and how its payload is read.
create table lorawan_device (
    dev_eui text primary key check (dev_eui ~ '^[0-9a-f]{16}$'),
    device_key integer not null references device (key),
    codec text not null,
    registered_at timestamptz not null,
    registered_by text not null references person (id),
    last_heard_at timestamptz,
    last_f_cnt bigint,
    last_rssi_dbm real,
    last_snr_db real,
    gateways integer,
    battery_percent real
);
create index on lorawan_device (device_key);

-- Probes that ChirpStack hears and nobody has registered here.
create table lorawan_stranger (
    dev_eui text primary key check (dev_eui ~ '^[0-9a-f]{16}$'),
    application text not null,
    name text not null,
    profile text not null,
    f_port integer,
    payload bytea not null,
    rssi_dbm real,
    first_heard_at timestamptz not null,
    last_heard_at timestamptz not null,
    times integer not null default 1
);
create index on lorawan_stranger (last_heard_at);

-- Frames that are stored, by the network server's own number; kept for a while, so that none counts twice.
create table lorawan_frame (
    dev_eui text not null,
    deduplication_id text not null,
    measured_at timestamptz not null,
    received_at timestamptz not null,
    primary key (dev_eui, deduplication_id)
);
create index on lorawan_frame (received_at);
