-- name: lock_trips
-- Everybody on the way to an incident, locked before the incident itself is.
select id, incident_id, person_id, partner_id, back_at, due_set_at from trip
where incident_id = %(incident_id)s and ended_at is null order by id for no key update;

-- name: lock_trips_of_overdue
-- The trip of the person whom an incident is about, locked before the incident itself is.
select id, incident_id, person_id, partner_id, back_at, due_set_at from trip
where overdue_id = %(overdue_id)s and ended_at is null order by id for no key update;

-- name: start_trip
-- Somebody is on the way; who says so again is expected back at another time.
insert into trip (incident_id, person_id, partner_id, went_at, back_at, due_set_at)
values (%(incident_id)s, %(person_id)s, %(partner_id)s, %(now)s, %(back_at)s, %(now)s)
on conflict (incident_id, person_id) where ended_at is null do update set partner_id = coalesce(excluded.partner_id, trip.partner_id),
    back_at = excluded.back_at, due_set_at = excluded.due_set_at;

-- name: pair_trips
-- Those who go to the same place without a named partner are each other's.
update trip set partner_id = (
    select other.person_id from trip other
    where other.incident_id = trip.incident_id and other.person_id <> trip.person_id and other.ended_at is null order by other.id limit 1)
where incident_id = %(incident_id)s and ended_at is null and partner_id is null;

-- name: end_trips
-- These are not out any more.
update trip set ended_at = %(now)s, ended_how = %(how)s where id = any(%(ids)s) and ended_at is null
returning overdue_id as id;

-- name: claim_overdue
-- Trips whose person should be back, or whose instant was settled by a clock that has gone back; another worker's are left to it.
select id, incident_id, person_id, partner_id, back_at, due_set_at from trip
where ended_at is null and overdue_id is null and (back_at <= %(now)s or due_set_at > %(ahead)s)
order by back_at limit %(limit)s for no key update skip locked;

-- name: save_trip
-- When the person is expected now.
update trip set back_at = %(back_at)s, due_set_at = %(due_set_at)s where id = %(id)s;

-- name: save_overdue
-- The incident that looks for the person.
update trip set overdue_id = %(overdue_id)s where id = %(id)s;

-- name: fetch_out
-- Who is out for an incident, and when they are expected.
select t.person_id, p.name, t.partner_id, q.name as partner_name, t.back_at, t.overdue_id
from trip t join person p on p.id = t.person_id left join person q on q.id = t.partner_id
where t.incident_id = %(incident_id)s and t.ended_at is null order by t.id;

-- name: fetch_device_of_incident
-- Where an incident is.
select device_key from incident where id = %(incident_id)s;

-- name: fetch_party
-- The partner of somebody who is out at a place.
select t.partner_id from trip t join incident i on i.id = t.incident_id
where t.person_id = %(person_id)s and t.ended_at is null and t.partner_id is not null
    and coalesce(i.device_key, 0) = coalesce(%(device_key)s, 0)
order by t.went_at desc limit 1;
