-- name: fetch_evening
-- The air at some stations in [since, until), as it is shown, by stretches of ten minutes.
select r.device_id as device_key, time_bucket(interval '10 minutes', r.measured_at) as at,
    avg(r.air_temperature * coalesce(t.gain, 1) + coalesce(t.shift, 0)) as air_c,
    avg(r.relative_humidity * coalesce(h.gain, 1) + coalesce(h.shift, 0)) as humidity,
    avg(r.wind_speed * coalesce(w.gain, 1) + coalesce(w.shift, 0)) as wind_m_s
from reading r
    join device d on d.key = r.device_id and r.measured_at >= coalesce(d.shown_from_at, '-infinity')
    left join correction t on t.device_key = r.device_id and t.quantity = 'air_temperature'
        and r.measured_at >= t.from_at and r.measured_at < coalesce(t.until_at, 'infinity')
    left join correction h on h.device_key = r.device_id and h.quantity = 'relative_humidity'
        and r.measured_at >= h.from_at and r.measured_at < coalesce(h.until_at, 'infinity')
    left join correction w on w.device_key = r.device_id and w.quantity = 'wind_speed'
        and r.measured_at >= w.from_at and r.measured_at < coalesce(w.until_at, 'infinity')
where r.device_id = any(%(device_keys)s) and r.measured_at >= %(since)s and r.measured_at < %(until)s
    and r.air_temperature is not null
group by 1, 2 order by 1, 2;

-- name: fetch_rain
-- How much rain the gauges of some stations caught in [since, until), as it is shown, by the hour.
select r.device_id as device_key, time_bucket(interval '1 hour', r.measured_at) as at,
    sum(r.rainfall * coalesce(c.gain, 1) + coalesce(c.shift, 0)) as value
from reading r
    join device d on d.key = r.device_id and r.measured_at >= coalesce(d.shown_from_at, '-infinity')
    left join correction c on c.device_key = r.device_id and c.quantity = 'rainfall'
        and r.measured_at >= c.from_at and r.measured_at < coalesce(c.until_at, 'infinity')
where r.device_id = any(%(device_keys)s) and r.measured_at >= %(since)s and r.measured_at < %(until)s and r.rainfall is not null
group by 1, 2 order by 1, 2;

-- name: fetch_depths
-- The depth of the water at some stations in [since, until), as it is shown, by the hour.
select r.device_id as device_key, time_bucket(interval '1 hour', r.measured_at) as at,
    avg(r.water_depth * coalesce(c.gain, 1) + coalesce(c.shift, 0)) as value
from reading r
    join device d on d.key = r.device_id and r.measured_at >= coalesce(d.shown_from_at, '-infinity')
    left join correction c on c.device_key = r.device_id and c.quantity = 'water_depth'
        and r.measured_at >= c.from_at and r.measured_at < coalesce(c.until_at, 'infinity')
where r.device_id = any(%(device_keys)s) and r.measured_at >= %(since)s and r.measured_at < %(until)s
    and r.water_depth is not null
group by 1, 2 order by 1, 2;

-- name: fetch_courses
-- The means by the hour in [since, until), as they are shown, of one quantity of each of some stations (arrays of the same length).
select given.key as device_key, given.quantity, time_bucket(interval '1 hour', r.measured_at) as at,
    avg(m.value * coalesce(c.gain, 1) + coalesce(c.shift, 0)) as value
from unnest(%(device_keys)s::integer[], %(quantities)s::text[]) as given (key, quantity)
    join device d on d.key = given.key
    join reading r on r.device_id = given.key and r.measured_at >= coalesce(d.shown_from_at, '-infinity')
    cross join lateral (
        select case given.quantity
            when 'air_temperature' then r.air_temperature when 'relative_humidity' then r.relative_humidity
            when 'soil_moisture' then r.soil_moisture when 'soil_temperature' then r.soil_temperature
            when 'water_depth' then r.water_depth
        end as value
    ) as m
    left join correction c on c.device_key = given.key and c.quantity = given.quantity
        and r.measured_at >= c.from_at and r.measured_at < coalesce(c.until_at, 'infinity')
where r.measured_at >= %(since)s and r.measured_at < %(until)s and m.value is not null
group by 1, 2, 3 order by 1, 2, 3;

-- name: fetch_days
-- What some stations measured by the town's day, on the days that begin in [since, today), out of the rollups, corrected as shown.
select device_id as device_key, day_at, coalesce(air_temperature_count, 0) as air_count,
    air_temperature_sum / nullif(air_temperature_count, 0) as air_mean_c,
    air_temperature_min::float8 as air_low_c, air_temperature_max::float8 as air_high_c,
    relative_humidity_sum / nullif(relative_humidity_count, 0) as humidity_mean,
    relative_humidity_min::float8 as humidity_low, relative_humidity_max::float8 as humidity_high,
    solar_radiation_sum / nullif(solar_radiation_count, 0) as radiation_w_m2,
    wind_speed_sum / nullif(wind_speed_count, 0) as wind_m_s, air_pressure_sum / nullif(air_pressure_count, 0) as pressure_hpa,
    rainfall_sum as rain_mm
from reading_day r join device d on d.key = r.device_id and r.day_at >= coalesce(d.shown_from_at, '-infinity')
where device_id = any(%(device_keys)s) and day_at >= %(since)s and day_at < %(until)s
order by 1, 2;

-- name: fetch_today
-- The air's extremes at some stations in [since, until), as they are shown.
select r.device_id as device_key,
    min(r.air_temperature * coalesce(c.gain, 1) + coalesce(c.shift, 0))::float8 as low_c,
    max(r.air_temperature * coalesce(c.gain, 1) + coalesce(c.shift, 0))::float8 as high_c
from reading r
    join device d on d.key = r.device_id and r.measured_at >= coalesce(d.shown_from_at, '-infinity')
    left join correction c on c.device_key = r.device_id and c.quantity = 'air_temperature'
        and r.measured_at >= c.from_at and r.measured_at < coalesce(c.until_at, 'infinity')
where r.device_id = any(%(device_keys)s) and r.measured_at >= %(since)s and r.measured_at < %(until)s
    and r.air_temperature is not null
group by 1;

-- name: fetch_hours
-- The air's mean by the hour in [since, until), out of the rollups.
select hour_at as at, air_temperature_sum / air_temperature_count as value from reading_hour r
    join device d on d.key = r.device_id and r.hour_at >= coalesce(d.shown_from_at, '-infinity')
where device_id = %(device_key)s and hour_at >= %(since)s and hour_at < %(until)s and air_temperature_count > 0
order by 1;
