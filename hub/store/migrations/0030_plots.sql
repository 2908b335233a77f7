-- Plots as their farmers know them: shape, crop and the way it ripens; groups of farmers; whom a farmer lets see.

-- Crops as data; staff keep them. The first rows are samples: their source says so.
create table crop (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    -- In Japanese; in English where somebody has written it.
    name text not null unique check (length(name) between 1 and 100),
    name_en text check (length(name_en) between 1 and 100),
    -- °C; degree days (°C·d) above it until the harvest, from the day that the source says.
    base_temperature_c double precision not null check (base_temperature_c between -20 and 40),
    degree_day_target double precision check (degree_day_target between 0 and 10000),
    -- °C of the air below which frost hurts the crop; null where it does not matter.
    frost_limit_c double precision check (frost_limit_c between -30 and 20),
    is_paddy boolean not null default false,
    source text not null check (length(source) between 1 and 500)
);

alter table plot
    add column crop_id text references crop (id),
    -- GeoJSON, Polygon or MultiPolygon, WGS 84; lat and lon are a point within it.
    add column shape jsonb,
    add column area_m2 double precision check (area_m2 > 0),
    -- Null is the crop's own.
    add column base_temperature_c double precision check (base_temperature_c between -20 and 40),
    add column target_degree_days double precision check (target_degree_days between 0 and 10000),
    add column is_paddy boolean not null default false;

-- What is added to the station's air temperature for this plot, K.
alter table plot_station add column temperature_offset_c double precision not null default 0
    check (temperature_offset_c between -10 and 10);
alter table plot_share add column shared_at timestamptz;

alter table plot_station drop constraint plot_station_plot_id_fkey,
    add constraint plot_station_plot_id_fkey foreign key (plot_id) references plot (id) on delete cascade;
alter table plot_share drop constraint plot_share_plot_id_fkey,
    add constraint plot_share_plot_id_fkey foreign key (plot_id) references plot (id) on delete cascade;

-- A co-op or another group of farmers, such as a 部会 of JA.
create table farmer_group (
    id text primary key,
    name text not null unique check (length(name) between 1 and 100),
    created_at timestamptz not null
);

create table farmer_group_member (
    group_id text not null references farmer_group (id) on delete cascade,
    person_id text not null references person (id),
    joined_at timestamptz not null,
    primary key (group_id, person_id)
);
create index on farmer_group_member (person_id);

-- Whom the owner lets see a plot besides the people of plot_share: city staff, or a group.
-- A consent that was withdrawn stays as a line, so that the owner sees what held when.
create table plot_consent (
    id bigint generated always as identity primary key,
    plot_id text not null references plot (id) on delete cascade,
    audience text not null check (audience in ('staff', 'group')),
    group_id text references farmer_group (id) on delete cascade,
    -- `paper`: staff wrote down what the owner signed.
    basis text not null check (basis in ('page', 'paper')),
    given_at timestamptz not null,
    given_by text not null,
    withdrawn_at timestamptz,
    withdrawn_by text,
    check ((audience = 'group') = (group_id is not null)),
    check ((withdrawn_at is null) = (withdrawn_by is null))
);
create unique index plot_consent_in_force on plot_consent (plot_id, audience, coalesce(group_id, '')) where withdrawn_at is null;

-- Who sees what is in a plot and what its stations measure; city staff are not among them, see `open_plot`.
create view plot_reader as
    select id as plot_id, owner_id as person_id from plot
    union
    select plot_id, person_id from plot_share
    union
    select c.plot_id, m.person_id
    from plot_consent c join farmer_group_member m on m.group_id = c.group_id
    where c.withdrawn_at is null;

-- The plots that city staff may look into; of the others they know that there are, whose, and with which stations.
create view open_plot as
    select distinct plot_id from plot_consent where audience = 'staff' and withdrawn_at is null;

-- The stations of which staff may not see what they measure: on plots, none of which is open to staff.
create view closed_station as
    select device_key from plot_station
    group by device_key having not bool_or(plot_id in (select plot_id from open_plot));

-- A station that has left its farmer's plots: what it measured before is the farmer's and is shown to nobody,
-- until it stands on a plot of that farmer again.
alter table device
    add column shown_from_at timestamptz,
    add column past_owner_id text references person (id);

insert into crop (id, name, name_en, base_temperature_c, degree_day_target, frost_limit_c, is_paddy, source) values
    ('rice', '水稲（出穂から刈取り）', 'Paddy rice (heading to harvest)', 0, 1000, null, true,
     '見本：出穂後の日平均気温の積算、一般に使われる目安。地域の普及指導センターの値に直してください'),
    ('tomato', 'トマト（開花から収穫）', 'Tomato (flower to harvest)', 0, 1050, 2, false,
     '見本：開花後の日平均気温の積算、一般に使われる目安。品種の値に直してください'),
    ('strawberry', 'いちご（開花から収穫）', 'Strawberry (flower to harvest)', 0, 600, 0, false,
     '見本：開花後の日平均気温の積算、一般に使われる目安。品種の値に直してください'),
    ('sweet-corn', 'スイートコーン', 'Sweet corn', 10, 850, 2, false,
     '見本：10℃を基準とする有効積算温度、一般に使われる目安。品種の値に直してください'),
    ('blueberry', 'ブルーベリー', 'Blueberry', 7, null, -2, false,
     '見本：花の時期の霜の目安。地域の普及指導センターの値に直してください'),
    ('pear', '日本なし', 'Japanese pear', 5, null, -1.7, false,
     '見本：花の時期の霜の目安。地域の普及指導センターの値に直してください'),
    ('lettuce', 'レタス', 'Lettuce', 4, null, 0, false,
     '見本：一般に使われる目安。地域の普及指導センターの値に直してください'),
    ('peanut', '落花生', 'Peanut', 10, null, 2, false,
     '見本：一般に使われる目安。地域の普及指導センターの値に直してください');
