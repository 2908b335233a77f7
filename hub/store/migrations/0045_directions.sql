-- The mean of a direction is that of unit vectors: their sums, in whole billionths, stand in the place of the sum of degrees.
-- (No column is dropped: chunks that are made afterwards would differ from the older ones, which TimescaleDB's upserts with a
-- condition do not bear.)

alter table reading_hour rename column wind_direction_sum to wind_direction_north;
alter table reading_hour add column wind_direction_east double precision;
alter table reading_day rename column wind_direction_sum to wind_direction_north;
alter table reading_day add column wind_direction_east double precision;

-- Of an hour with one direction its vectors are known; of others whose readings were dropped they are not, and stay unknown.
update reading_hour set
    wind_direction_north = case when wind_direction_min = wind_direction_max
        then wind_direction_count * round(cosd(wind_direction_min::float8) * 1e9) end,
    wind_direction_east = case when wind_direction_min = wind_direction_max
        then wind_direction_count * round(sind(wind_direction_min::float8) * 1e9) end
where wind_direction_count > 0;
update reading_day set wind_direction_north = null where wind_direction_count > 0;

-- All is computed again, hours from their readings where there are any, and days from their hours.
insert into rollup_due (device_id, since_at, until_at)
select r.device_id, '0001-01-03 00:00:00+00', '9999-12-29 00:00:00+00' from rollup_reach r
where exists (select from reading_hour h where h.device_id = r.device_id and h.wind_direction_count > 0);
