-- What a drone's owner allows, as its agent told it last: a ring of [lon, lat], not closed, and metres above the take-off
-- place.
create table drone_bounds (
    device_key integer primary key references device (key),
    fence jsonb not null,
    highest_m real not null check (highest_m > 0),
    told_at timestamptz not null
);
