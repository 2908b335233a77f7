-- name: save_latest
-- Where a drone is; older words change nothing.
insert into flight_latest (device_key, at, received_at, survey_id, sortie_id, data)
values (%(device_key)s, %(at)s, %(received_at)s, %(survey_id)s, %(sortie_id)s, %(data)s)
on conflict (device_key) do update set at = excluded.at, received_at = excluded.received_at,
    survey_id = excluded.survey_id, sortie_id = excluded.sortie_id, data = excluded.data
where flight_latest.at < excluded.at;

-- name: save_bounds
-- What a drone's owner allows; what is known already, or older, changes nothing.
insert into drone_bounds (device_key, fence, highest_m, told_at)
values (%(device_key)s, %(fence)s, %(highest_m)s, %(at)s)
on conflict (device_key) do update set fence = excluded.fence, highest_m = excluded.highest_m, told_at = excluded.told_at
where drone_bounds.told_at < excluded.told_at
    and (drone_bounds.fence, drone_bounds.highest_m) is distinct from (excluded.fence, excluded.highest_m);

-- name: fetch_bounds
-- What the owners of these drones allow, as far as their agents have told it.
select device_key, fence, highest_m from drone_bounds where device_key = any(%(keys)s);

-- name: add_point
-- A place on the way, the first of its two seconds.
insert into flight_point (device_key, slot, sortie_id, at, lat, lon, height_m, speed_mps, battery_percent)
values (%(device_key)s, %(slot)s, %(sortie_id)s, %(at)s, %(lat)s, %(lon)s, %(height_m)s, %(speed_mps)s,
    %(battery_percent)s)
on conflict (device_key, slot) do nothing;

-- name: add_photo
-- A release of the camera; told again it is the same one.
insert into survey_photo (sortie_id, number, survey_id, lat, lon, height_m, altitude_m, yaw_deg, pitch_deg, roll_deg,
    taken_at, received_at)
values (%(sortie_id)s, %(number)s, %(survey_id)s, %(lat)s, %(lon)s, %(height_m)s, %(altitude_m)s, %(yaw_deg)s,
    %(pitch_deg)s, %(roll_deg)s, %(taken_at)s, %(received_at)s)
on conflict (sortie_id, number) do nothing;

-- name: fetch_latest
-- Where drones are, by device.
select l.device_key, d.id as drone, l.at, l.received_at, l.survey_id, l.sortie_id, l.data
from flight_latest l join device d on d.key = l.device_key
where l.device_key = any(%(keys)s)
order by d.id;

-- name: fetch_points
-- The ways of a survey's sorties in the order of time, behind a moment.
select p.sortie_id, p.at, p.lat, p.lon, p.height_m, p.speed_mps, p.battery_percent
from flight_point p join sortie s on s.id = p.sortie_id
where s.survey_id = %(survey_id)s and p.at > %(after)s
order by p.sortie_id, p.at
limit %(limit)s;

-- name: fetch_photos
-- The photos of a survey, by sortie and number, behind one.
select p.sortie_id, s.drone, p.number, p.lat, p.lon, p.height_m, p.altitude_m, p.yaw_deg, p.pitch_deg, p.roll_deg,
    p.taken_at, p.received_at
from survey_photo p join sortie s on s.id = p.sortie_id
where p.survey_id = %(survey_id)s and (p.sortie_id, p.number) > (%(after_sortie)s, %(after_number)s)
    and p.received_at > %(heard_after)s
order by p.sortie_id, p.number
limit %(limit)s;

-- name: count_photos
-- How many photos of a survey are known.
select count(*) from survey_photo where survey_id = %(survey_id)s;
