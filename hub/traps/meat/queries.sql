-- name: fetch_animals
-- Animals for the table, newest first: those for gibier, or the one that is named; of these traps, or of all for null.
select a.id, a.species, a.species_name, a.sex, a.age_town as age, a.pregnant, a.weight_kg, a.body_length_cm, a.disposal, a.processor,
    r.device_key, d.id as device_id, d.name as device_name, r.person_id, p.name as person_name, r.found_at, i.occurred_at as sprung_at,
    r.municipality, r.trap_kind, r.hunt_kind, coalesce(r.lat, d.lat) as lat, coalesce(r.lon, d.lon) as lon
from animal a
join report r on r.id = a.report_id
join device d on d.key = r.device_key
join person p on p.id = r.person_id
left join incident i on i.id = r.incident_id and not i.uncertain
where a.withdrawn_at is null
  and (a.id = %(id)s or (%(id)s::text is null and a.disposal = 'gibier'))
  and (%(device_keys)s::integer[] is null or r.device_key = any(%(device_keys)s))
order by r.found_at desc, a.id limit %(limit)s;

-- name: fetch_forms
-- The latest hygiene form of each of these animals.
select distinct on (animal_id) animal_id, content, written_by, written_at from hygiene_form
where animal_id = any(%(ids)s) order by animal_id, id desc;

-- name: add_form
-- Another version of an animal's hygiene form.
insert into hygiene_form (animal_id, content, written_by, written_at) values (%(animal_id)s, %(content)s::jsonb, %(person_id)s, %(now)s);

-- name: fetch_results
-- All results of these animals, in the order in which they were entered.
select animal_id, measured_on, bq_per_kg, below_detection, laboratory, note, written_at from radiation_result
where animal_id = any(%(ids)s) order by id;

-- name: add_result
-- What a laboratory found.
insert into radiation_result (animal_id, measured_on, bq_per_kg, below_detection, laboratory, note, written_by, written_at)
values (%(animal_id)s, %(measured_on)s, %(bq_per_kg)s, %(below_detection)s, %(laboratory)s, %(note)s, %(person_id)s, %(now)s);

-- name: lock_animal
-- One after the other writes about an animal.
select id from animal where id = %(id)s for update;
