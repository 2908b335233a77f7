-- name: fetch_catches
-- Animals that were caught: by time, team ('' is every team) and species ('' is every one); the place is the report's own, else the trap's.
select r.found_at, r.device_key, coalesce(r.lat, d.lat) as lat, coalesce(r.lon, d.lon) as lon, a.species,
    coalesce(a.sex, 'unknown') as sex, coalesce(a.age_national, 'unknown') as age
from report r join animal a on a.report_id = r.id and a.withdrawn_at is null join device d on d.key = r.device_key
where r.outcome = 'captured' and r.found_at >= %(since)s and r.found_at < %(until)s
    and (%(team)s = '' or d.team_id = %(team)s) and (%(species)s = '' or a.species = %(species)s)
order by r.found_at, a.id;

-- name: fetch_found
-- Reports of what was found, by time and team.
select r.found_at, r.device_key, r.outcome from report r join device d on d.key = r.device_key
where r.found_at >= %(since)s and r.found_at < %(until)s and (%(team)s = '' or d.team_id = %(team)s)
order by r.found_at, r.id;

-- name: fetch_known
-- What was learned of the traps of a team.
select h.device_key, h.recorded_at, h.since_at, h.state from trap_history h join device d on d.key = h.device_key
where %(team)s = '' or d.team_id = %(team)s
order by h.device_key, h.id;

-- name: fetch_standing
-- Between which days traps stood in the field, where the office has said so.
select device_key, set_on, removed_on from trap_standing;

-- name: save_standing
-- Between which days a trap stood in the field.
insert into trap_standing (device_key, set_on, removed_on) values (%(device_key)s, %(set_on)s, %(removed_on)s)
on conflict (device_key) do update set set_on = excluded.set_on, removed_on = excluded.removed_on;
