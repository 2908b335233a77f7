-- name: fetch_permits
-- Permits, the last to end first; of one person, or of one trap, or by id.
select p.id, p.kind, p.number, p.authority, p.holder, p.holder_address, p.species, p.area, p.valid_from, p.valid_until, p.most_traps,
    p.sensor_replaces, p.report_within_days, p.note,
    array(select person_id from permit_hunter h where h.permit_id = p.id order by person_id) as hunters,
    array(select device_key from permit_trap t where t.permit_id = p.id order by device_key) as device_keys,
    r.handed_in_on, r.heads, r.note as report_note
from permit p
left join lateral (select handed_in_on, heads, note from permit_report r where r.permit_id = p.id order by id desc limit 1) r on true
where (%(id)s::text is null or p.id = %(id)s)
  and (%(person_id)s::text is null or exists (select from permit_hunter h where h.permit_id = p.id and h.person_id = %(person_id)s))
  and (%(device_key)s::integer is null or exists (select from permit_trap t where t.permit_id = p.id and t.device_key = %(device_key)s))
order by p.valid_until desc, p.id;

-- name: add_permit
-- A new permit; nothing when the authority gave this number already.
insert into permit (id, kind, number, authority, holder, holder_address, species, area, valid_from, valid_until, most_traps, sensor_replaces,
    report_within_days, note, created_at)
values (%(id)s, %(kind)s, %(number)s, %(authority)s, %(holder)s, %(holder_address)s, %(species)s, %(area)s, %(valid_from)s, %(valid_until)s,
    %(most_traps)s, %(sensor_replaces)s, %(report_within_days)s, %(note)s, %(now)s)
on conflict (authority, number) do nothing returning id;

-- name: save_permit
-- A permit as it is from now on; nothing when another one has the number.
update permit set kind = %(kind)s, number = %(number)s, authority = %(authority)s, holder = %(holder)s, holder_address = %(holder_address)s,
    species = %(species)s, area = %(area)s, valid_from = %(valid_from)s, valid_until = %(valid_until)s, most_traps = %(most_traps)s,
    sensor_replaces = %(sensor_replaces)s, report_within_days = %(report_within_days)s, note = %(note)s
where id = %(id)s and not exists (select from permit where authority = %(authority)s and number = %(number)s and id <> %(id)s)
returning id;

-- name: clear_hunters
-- Nobody holds the permit until its hunters are written anew.
delete from permit_hunter where permit_id = %(permit_id)s;

-- name: add_hunter
-- A hunter who acts under the permit.
insert into permit_hunter (permit_id, person_id) values (%(permit_id)s, %(person_id)s);

-- name: clear_traps
-- No trap stands under the permit until its traps are written anew.
delete from permit_trap where permit_id = %(permit_id)s;

-- name: add_trap
-- A trap that stands under the permit.
insert into permit_trap (permit_id, device_key) values (%(permit_id)s, %(device_key)s);

-- name: add_report
-- That the report was handed in; an earlier row stays.
insert into permit_report (permit_id, handed_in_on, heads, note, written_by, written_at)
values (%(permit_id)s, %(handed_in_on)s, %(heads)s::jsonb, %(note)s, %(person_id)s, %(now)s);

-- name: count_heads
-- Heads by species and outcome that the reports of a permit's traps name, for the days on which it held.
select a.species, coalesce(a.species_name, '') as species_name, r.outcome, count(*)::integer as heads
from animal a join report r on r.id = a.report_id
where a.withdrawn_at is null and r.device_key = any(%(device_keys)s)
  and r.found_at >= %(since)s and r.found_at < %(until)s
  and (r.hunt_kind is null or r.hunt_kind = %(kind)s)
group by 1, 2, 3 order by 1, 2, 3;

-- name: fetch_rules
-- Dated rules.
select name, species, valid_from, value, source from dated_rule order by name, species, valid_from;

-- name: fetch_seasons
-- Seasons.
select prefecture, permit_kind, valid_from, first_day, last_day, source from season order by prefecture, permit_kind, valid_from;

-- name: fetch_in_service
-- Every trap that is in service now.
select device_key as key from trap where state <> 'disarmed' order by device_key;
