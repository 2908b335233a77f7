-- name: add_visit
-- A row of the ledger; nothing when the same form was sent before, or the incident has its visit already.
insert into visit (id, device_key, person_id, visited_at, received_at, source, note, lat, lon, key, incident_id, corrects, void, written_by)
values (%(id)s, %(device_key)s, %(person_id)s, %(visited_at)s, %(received_at)s, %(source)s, %(note)s, %(lat)s, %(lon)s, %(key)s,
    %(incident_id)s, %(corrects)s, %(void)s, %(written_by)s)
on conflict do nothing
returning id;

-- name: fetch_visits
-- Rows of the ledger, newest first; null narrows by nothing. `counting` leaves out what was put right and what is void.
select v.id, v.device_key, d.id as device_id, d.name as device_name, v.person_id, p.name as person_name, v.visited_at, v.received_at,
    v.source, v.note, v.lat, v.lon, v.incident_id, v.corrects, c.id as corrected_by, v.void, v.written_by
from visit v
join device d on d.key = v.device_key
join person p on p.id = v.person_id
left join visit c on c.corrects = v.id
where (%(id)s::text is null or v.id = %(id)s)
  and (%(key)s::uuid is null or v.key = %(key)s)
  and (%(incident_id)s::text is null or v.incident_id = %(incident_id)s)
  and (%(device_keys)s::integer[] is null or v.device_key = any(%(device_keys)s))
  and (%(person_id)s::text is null or v.person_id = %(person_id)s)
  and (%(since)s::timestamptz is null or v.visited_at >= %(since)s)
  and (%(until)s::timestamptz is null or v.visited_at < %(until)s)
  and (%(before_at)s::timestamptz is null or (v.visited_at, v.id) < (%(before_at)s, %(before_id)s))
  and (not %(counting)s or (not v.void and c.id is null))
order by v.visited_at desc, v.id desc limit %(limit)s;

-- name: lock_visit
-- Locks a row that is about to be put right, so that two who try at once come one after the other.
select id from visit where id = %(id)s for update;

-- name: fetch_switches
-- When these traps went into service and out of it, before an instant; of what was before `since` only the last.
select device_key, at, in_service from (
    select device_key, at, in_service, lead(at) over (partition by device_key order by at, id) as next_at
    from trap_service where device_key = any(%(device_keys)s) and at < %(until)s
) known where next_at is null or next_at > %(since)s order by device_key, at;

-- name: fetch_last_heard
-- When each of these devices last said anything at all.
select d.key as device_key, greatest(d.last_heard_at, t.last_heard_at) as last_at
from device d left join trap t on t.device_key = d.key
where d.key = any(%(device_keys)s) and greatest(d.last_heard_at, t.last_heard_at) is not null;

-- name: fetch_spoken
-- On which of the town's days these devices said something, and when first and last; events that nobody can date are left out.
select device_key, (occurred_at at time zone %(zone)s)::date as day, min(occurred_at) as first_at, max(occurred_at) as last_at
from event
where device_key = any(%(device_keys)s) and occurred_at >= %(since)s and occurred_at < %(until)s and time_quality <> 'uncertain'
group by device_key, day order by device_key, day;

-- name: fetch_sensor_rules
-- Permits of these traps by which their sensors replace visits.
select pt.device_key, p.valid_from, p.valid_until
from permit p join permit_trap pt on pt.permit_id = p.id
where p.sensor_replaces and pt.device_key = any(%(device_keys)s);

-- name: fetch_service_keys
-- Every trap that is in service now.
select device_key as key from trap where state <> 'disarmed' order by device_key;

-- name: evening_told
-- Whether hunters were told already what nobody has visited on this day.
select exists (select from patrol_evening where day = %(day)s);

-- name: add_evening
-- Of any number of workers one tells; the others get nothing.
insert into patrol_evening (day, told_at, unvisited) values (%(day)s, %(now)s, %(unvisited)s) on conflict (day) do nothing returning day;

-- name: fetch_last_evening
-- The last day for which hunters were told.
select max(day) from patrol_evening;

-- name: fetch_found_at
-- When the record that settles this incident says that its trap was looked at.
select found_at from report where incident_id = %(incident_id)s;
