-- Warnings of the field as their farmers set them, what each remembers, and frost tonight.

create table warning (
    id text primary key,
    plot_id text not null references plot (id) on delete cascade,
    device_key integer not null references device (key),
    -- A measure of hub/fields/thresholds/measures.py, and what is asked of it: its value, or over window_h hours a mean, a change, a sum.
    measure text not null,
    how text not null check (how in ('value', 'mean', 'change', 'sum')),
    window_h smallint not null check (window_h between 0 and 72),
    side text not null check (side in ('below', 'above')),
    limit_value double precision not null,
    hysteresis double precision not null check (hysteresis >= 0),
    -- Minutes: for how long it must have held, and without a reading after which nobody knows.
    hold_min integer not null check (hold_min between 0 and 2880),
    gap_min integer not null check (gap_min between 30 and 240),
    -- The days of each year on which it matters, as month * 100 + day.
    season_first smallint check (season_first between 101 and 1231),
    season_last smallint check (season_last between 101 and 1231),
    -- Minutes after midnight in town, from and until which nobody is told.
    quiet_from_min smallint check (quiet_from_min between 0 and 1439),
    quiet_until_min smallint check (quiet_until_min between 0 and 1439),
    -- Told again after so many hours; null: once.
    repeat_h smallint check (repeat_h between 1 and 168),
    -- Paused: what is so when the pause ends is told then.
    muted_until timestamptz,
    made_by text not null references person (id),
    made_at timestamptz not null,
    changed_at timestamptz not null,
    check ((season_first is null) = (season_last is null)),
    check ((quiet_from_min is null) = (quiet_until_min is null) and quiet_from_min is distinct from quiet_until_min or quiet_from_min is null)
);
create index on warning (plot_id);
create index on warning (device_key);

-- What a warning remembers between two looks (hub/fields/thresholds/deciding.py). It begins anew when the warning is changed.
create table warning_state (
    warning_id text primary key references warning (id) on delete cascade,
    seen_at timestamptz,
    since_at timestamptz,
    times integer not null default 0,
    told_at timestamptz,
    back integer not null default 0,
    -- What was the newest of its values at the last look: when that has not changed there is nothing to look at.
    latest_at timestamptz,
    latest_received_at timestamptz
);

-- When all warnings were last looked at: what is new to them and came before is late, whatever its row says.
create table warning_look (
    one boolean primary key default true check (one),
    looked_at timestamptz
);
insert into warning_look default values;

-- Proposals for a crop (null: for any), as data; staff keep them. The first rows are samples: their source says so.
create table warning_preset (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    crop_id text references crop (id) on delete cascade,
    title text not null check (length(title) between 1 and 100),
    title_en text check (length(title_en) between 1 and 100),
    measure text not null,
    how text not null check (how in ('value', 'mean', 'change', 'sum')),
    window_h smallint not null default 0,
    side text not null check (side in ('below', 'above')),
    limit_value double precision not null,
    hysteresis double precision not null,
    hold_min integer not null,
    season_first smallint,
    season_last smallint,
    quiet_from_min smallint,
    quiet_until_min smallint,
    source text not null check (length(source) between 1 and 500)
);
insert into warning_preset (id, crop_id, title, title_en, measure, how, window_h, side, limit_value, hysteresis, hold_min,
    season_first, season_last, quiet_from_min, quiet_until_min, source) values
    ('tomato-damp', 'tomato', 'ハウスがむれている（飽差が小さい）', 'House too damp (small deficit)', 'humidity_deficit', 'value', 0, 'below', 3, 0.5, 60,
     null, null, 1260, 360, '見本：飽差 3〜6 g/m³ が適当という一般の目安。品種と作型に合わせて直してください'),
    ('tomato-dry', 'tomato', 'ハウスが乾きすぎ（飽差が大きい）', 'House too dry (large deficit)', 'humidity_deficit', 'value', 0, 'above', 6, 0.5, 60,
     null, null, 1260, 360, '見本：飽差 3〜6 g/m³ が適当という一般の目安。品種と作型に合わせて直してください'),
    ('tomato-hot', 'tomato', 'ハウスが暑い', 'House too hot', 'air_temperature', 'value', 0, 'above', 32, 1, 30,
     null, null, null, null, '見本：一般に使われる目安。地域の普及指導センターの値に直してください'),
    ('strawberry-cold', 'strawberry', 'ハウスが冷えている', 'House too cold', 'air_temperature', 'value', 0, 'below', 5, 1, 30,
     1101, 331, null, null, '見本：一般に使われる目安。地域の普及指導センターの値に直してください'),
    ('rice-shallow', 'rice', '田の水が浅い', 'Paddy too shallow', 'water_depth', 'value', 0, 'below', 2, 1, 120,
     501, 831, 1260, 300, '見本：一般に使われる目安。水の管理に合わせて直してください'),
    ('rice-leak', 'rice', '田の水が一日で大きく減った（あぜの漏れ）', 'Paddy lost much water in a day', 'water_depth', 'change', 24, 'below', -4, 0.5, 60,
     501, 831, 1260, 300, '見本：減水深は1日に 2〜3 cm ほどという一般の目安'),
    ('rice-warm-water', 'rice', '田の水が熱い', 'Paddy water too warm', 'water_temperature', 'value', 0, 'above', 35, 1, 120,
     701, 831, 1260, 300, '見本：一般に使われる目安。地域の普及指導センターの値に直してください'),
    ('blueberry-dry', 'blueberry', '土が乾いている', 'Soil dry', 'soil_moisture', 'value', 0, 'below', 20, 2, 120,
     401, 930, 1260, 360, '見本：土とセンサーで変わります。畑で水が要ると感じた日の値に直してください'),
    ('any-dry', null, '土が乾いている', 'Soil dry', 'soil_moisture', 'value', 0, 'below', 20, 2, 120,
     null, null, 1260, 360, '見本：土とセンサーで変わります。畑で水が要ると感じた日の値に直してください'),
    ('any-rain', null, '一日の雨が多い', 'Much rain in a day', 'rainfall', 'sum', 24, 'above', 50, 10, 0,
     null, null, null, null, '見本：見回りのきっかけに使う目安。ほ場の排水に合わせて直してください'),
    ('any-wind', null, '風が強い', 'Strong wind', 'wind_speed', 'mean', 1, 'above', 8, 1, 0,
     null, null, null, null, '見本：ハウスやネットを見る目安。設備に合わせて直してください'),
    ('any-heat', null, '暑さ（人と作物）', 'Heat', 'air_temperature', 'value', 0, 'above', 35, 1, 30,
     601, 930, null, null, '見本：猛暑日の境の 35 ℃');

-- Whether a plot's farmers are told of frost in the evening, and how sure it must be.
create table frost_watch (
    plot_id text primary key references plot (id) on delete cascade,
    certainty text not null check (certainty in ('possible', 'likely', 'certain')),
    -- °C at the sensor; null: the crop's, or else the usual.
    limit_c double precision check (limit_c between -30 and 20),
    season_first smallint check (season_first between 101 and 1231),
    season_last smallint check (season_last between 101 and 1231),
    changed_at timestamptz not null,
    -- When it is worth looking again.
    due_at timestamptz not null,
    check ((season_first is null) = (season_last is null))
);
create index on frost_watch (due_at);

-- The evenings on which frost was told: once each. The night's own end closes it, with what really happened.
create table frost_evening (
    plot_id text not null references plot (id) on delete cascade,
    evening date not null,
    sunset_at timestamptz not null,
    sunrise_at timestamptz not null,
    told_at timestamptz not null,
    limit_c double precision not null,
    closed_at timestamptz,
    primary key (plot_id, evening)
);
create index on frost_evening (sunrise_at) where closed_at is null;
