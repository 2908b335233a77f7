-- name: fetch_presets
-- The files of known loggers.
select id, name, marks, day_order, headings, source, checked_on from logger_preset order by id;

-- name: drop_old_drafts
-- Files that nobody has decided about.
delete from import_draft where created_at < %(before)s;

-- name: save_draft
-- A file to be looked at; another one of the same person for the same station takes its place.
insert into import_draft (id, device_key, person_id, file_name, content, layout, preset, created_at)
values (%(id)s, %(device_key)s, %(person_id)s, %(file_name)s, %(content)s, %(layout)s::jsonb, %(preset)s, %(now)s)
on conflict (person_id, device_key) do update set id = excluded.id, file_name = excluded.file_name,
    content = excluded.content, layout = excluded.layout, preset = excluded.preset, created_at = excluded.created_at;

-- name: fetch_draft
-- A person's own draft for a station.
select id, device_key, person_id, file_name, content, layout::text as layout, preset, created_at from import_draft
where id = %(id)s and person_id = %(person_id)s and device_key = %(device_key)s;

-- name: save_layout
-- What the person says that the columns are.
update import_draft set layout = %(layout)s::jsonb where id = %(id)s;

-- name: drop_draft
-- Decided.
delete from import_draft where id = %(id)s;

-- name: lock_series
-- One import or undoing at a time for a station.
select pg_advisory_xact_lock(7261034, %(device_key)s);

-- name: add_import
-- A file's rows are stored.
insert into import (id, device_key, person_id, file_name, file_sha256, size_bytes, layout, imported_at, first_at, last_at,
    new_rows, filled_rows, known_rows, differing_rows, refused_lines, refused)
values (%(id)s, %(device_key)s, %(person_id)s, %(file_name)s, %(file_sha256)s, %(size_bytes)s, %(layout)s::jsonb, %(now)s,
    %(first_at)s, %(last_at)s, %(new_rows)s, %(filled_rows)s, %(known_rows)s, %(differing_rows)s, %(refused_lines)s, %(refused)s);

-- name: fetch_imports
-- A station's imports, the last one first; or the one with the id that is asked for.
select i.id, i.device_key, i.person_id, p.name as person_name, i.file_name, i.size_bytes, i.imported_at, i.first_at,
    i.last_at, i.new_rows, i.filled_rows, i.known_rows, i.differing_rows, i.refused_lines, i.undone_at
from import i join person p on p.id = i.person_id
where i.device_key = %(device_key)s and (%(id)s::text is null or i.id = %(id)s) order by i.imported_at desc, i.id limit 200;

-- name: fetch_refused
-- The lines of an import that could not be stored.
select refused from import where id = %(id)s;

-- name: later_import
-- Whether a later import that holds overlaps this one: its rows may stand on this one's.
select exists (select from import a join import b using (device_key)
    where a.id = %(id)s and b.id <> a.id and b.undone_at is null and b.imported_at >= a.imported_at
      and b.first_at <= a.last_at and b.last_at >= a.first_at);

-- name: count_touched
-- How many of an import's rows are not any more as it left them.
select count(*) from import_row i join import m on m.id = i.import_id
left join reading r on r.device_id = m.device_key and r.measured_at = i.measured_at
where i.import_id = %(id)s and (r.device_id is null or exists (
    select from unnest(i.quantities, i.readings) as one (quantity, value)
    where (to_jsonb(r) ->> one.quantity)::real is distinct from one.value));

-- name: drop_empty_rows
-- The import's own rows in which nothing is left.
delete from reading r using import_row i
where i.import_id = %(id)s and i.is_own and r.device_id = %(device_key)s and r.measured_at = i.measured_at
  and jsonb_strip_nulls(to_jsonb(r)) - 'device_id' - 'measured_at' - 'received_at' = '{}'::jsonb;

-- name: save_undone
-- Taken back.
update import set undone_at = %(now)s, undone_by = %(by)s where id = %(id)s;

-- name: drop_import_rows
-- What was taken back needs no trace of each value any more; the import's own row stays.
delete from import_row where import_id = %(id)s;

-- name: drop_latest
-- Newest values that came from the import.
delete from latest l using import_row i
where i.import_id = %(id)s and l.device_id = %(device_key)s and l.measured_at = i.measured_at and l.quantity = any(i.quantities);

-- name: save_latest
-- Replace newest values by newer ones only.
insert into latest (device_id, quantity, measured_at, received_at, value)
values (%(device_key)s, %(quantity)s, %(measured_at)s, %(received_at)s, %(value)s)
on conflict (device_id, quantity) do update set measured_at = excluded.measured_at, received_at = excluded.received_at,
    value = excluded.value
where excluded.measured_at > latest.measured_at;

-- name: fetch_imported
-- What files have added to a station over [since, until); what was taken back has no rows any more.
select r.measured_at, r.quantities from import i join import_row r on r.import_id = i.id
where i.device_key = %(device_key)s and i.undone_at is null and i.last_at >= %(since)s and i.first_at < %(until)s
  and r.measured_at >= %(since)s and r.measured_at < %(until)s;

-- name: fetch_newest_imported
-- The sensors of some devices whose newest value came with a file.
select l.device_id as device_key, l.quantity from latest l
where l.device_id = any(%(device_keys)s) and exists (
    select from import i join import_row r on r.import_id = i.id
    where i.device_key = l.device_id and i.undone_at is null and i.first_at <= l.measured_at and i.last_at >= l.measured_at
      and r.measured_at = l.measured_at and l.quantity = any(r.quantities));

-- name: fetch_devices_imported
-- The devices, of some, to which files have added anything over [since, until).
select distinct device_key from import
where device_key = any(%(device_keys)s) and undone_at is null and last_at >= %(since)s and first_at < %(until)s;
