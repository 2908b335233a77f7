-- Farmers' plots and who may see them.

create table plot (
    id text primary key,
    owner_id text not null references person (id),
    name text not null,
    crop text,
    planted_on date,
    lat double precision,
    lon double precision,
    created_at timestamptz not null
);
create index on plot (owner_id);

create table plot_station (
    plot_id text not null references plot (id),
    device_key integer not null references device (key),
    primary key (plot_id, device_key)
);
create index on plot_station (device_key);

create table plot_share (
    plot_id text not null references plot (id),
    person_id text not null references person (id),
    primary key (plot_id, person_id)
);
