-- name: add_marks
-- Stretches of devices that are to be rolled up again (arrays of the same length); whole hours.
insert into rollup_due (device_id, since_at, until_at)
select key, since_at, until_at
from unnest(%(device_keys)s::integer[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[]) as given (key, since_at, until_at);

-- name: fetch_due
-- What of a device's window is due, by its own marks and by those for every device (0).
select since_at as since, until_at as until from rollup_due
where device_id in (%(device_key)s, 0) and since_at < %(until)s and until_at > %(since)s;

-- name: fetch_standing
-- How far a device is rolled up, from when on raw readings are there, and whose days the daily rollups are.
select
    (select until_at from rollup_reach where device_id = %(device_key)s) as reach,
    (select max(until_at) from raw_drop) as raw_since,
    zone
from rollup_state;

-- name: take_due
-- Take marks away that can be rolled up now, some devices at a time. Only who holds the lock does this.
delete from rollup_due where ctid = any(array(
    select ctid from rollup_due where since_at < %(ready)s order by device_id limit %(most)s
)) returning device_id as device_key, since_at as since, until_at as until;

-- name: fetch_measured
-- Which devices have readings in [since, until).
select d.key as device_key, %(since)s::timestamptz as since, %(until)s::timestamptz as until from device d
where exists (select from reading r where r.device_id = d.key and r.measured_at >= %(since)s and r.measured_at < %(until)s);

-- name: fetch_reaches
-- From where on devices are to be rolled up, and the first hour of which there is anything at all.
select given.key as device_key,
    (select until_at from rollup_reach where device_id = given.key) as reach,
    least(
        (select date_trunc('hour', min(measured_at), 'UTC') from reading where device_id = given.key),
        (select min(hour_at) from reading_hour where device_id = given.key)
    ) as first
from unnest(%(device_keys)s::integer[]) as given (key);

-- name: save_reaches
-- Devices are rolled up so far (arrays of the same length).
insert into rollup_reach (device_id, until_at)
select key, until_at from unnest(%(device_keys)s::integer[], %(untils)s::timestamptz[]) as given (key, until_at)
on conflict (device_id) do update set until_at = excluded.until_at where rollup_reach.until_at < excluded.until_at;

-- name: mark_unreached
-- Readings that came without a mark (by hand, or before there were rollups), behind what their device has reached.
insert into rollup_due (device_id, since_at, until_at)
select d.key, newest.hour_at, newest.hour_at + interval '1 hour'
from device d
cross join lateral (
    select date_trunc('hour', measured_at, 'UTC') as hour_at from reading
    where device_id = d.key and measured_at < %(ready)s order by measured_at desc limit 1
) as newest
left join rollup_reach r on r.device_id = d.key
where newest.hour_at >= coalesce(r.until_at, '-infinity')
    and not exists (select from rollup_due where device_id in (d.key, 0) and until_at > newest.hour_at);

-- name: count_drops
-- How often raw readings have been dropped.
select coalesce(max(number), 0) from raw_drop;

-- name: forget_days
-- Days of some devices, which are computed anew at once.
delete from reading_day d
using unnest(%(device_keys)s::integer[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[]) as piece (key, since_at, until_at)
where d.device_id = piece.key and d.day_at >= piece.since_at and d.day_at < piece.until_at;

-- name: lock_state
-- Whose days the daily rollups are.
select zone from rollup_state for update;

-- name: save_zone
-- From now on the days are those of this zone.
update rollup_state set zone = %(zone)s;

-- name: mark_everything
-- All that any device ever measured is to be rolled up again.
insert into rollup_due (device_id, since_at, until_at) select device_id, %(since)s, %(until)s from rollup_reach;

-- name: fetch_corrections
-- How some devices' values are shown where they are not shown as measured.
select device_key, quantity, from_at, until_at, gain, shift from correction
where device_key = any(%(device_keys)s) order by device_key, quantity, from_at;

-- name: fetch_points
-- The values of one quantity in [since, until), those behind `after`, oldest first.
select measured_at as time, {shown} as value from reading r
where device_id = %(device_key)s and {quantity} is not null
  and measured_at >= coalesce(%(since)s::timestamptz, '-infinity') and measured_at < coalesce(%(until)s::timestamptz, 'infinity')
  and measured_at > coalesce(%(after)s::timestamptz, '-infinity')
order by measured_at limit %(limit)s;

-- name: fetch_rows
-- Whole rows of a device in [since, until), those behind `after`, oldest first.
select measured_at, received_at, {shown} from reading r
where device_id = %(device_key)s and measured_at >= %(since)s and measured_at < %(until)s
  and measured_at > coalesce(%(after)s::timestamptz, '-infinity')
order by measured_at limit %(limit)s;

-- name: fetch_state
-- How far the rollups are.
select
    (select count(*) from rollup_reach) as devices,
    (select count(*) from reading_hour) as hours,
    (select count(*) from reading_day) as days,
    (select count(*) from rollup_due) as due,
    (select count(distinct device_id) from rollup_due) as due_devices,
    (select min(since_at) from rollup_due) as oldest,
    zone,
    (select max(until_at) from raw_drop) as raw_since
from rollup_state;
