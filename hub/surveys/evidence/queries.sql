-- name: add_pin
-- Damage that somebody has seen.
insert into survey_pin (id, survey_id, kind, lat, lon, note, image_id, pinned_by, pinned_at)
values (%(id)s, %(survey_id)s, %(kind)s, %(lat)s, %(lon)s, %(note)s, %(image_id)s, %(person_id)s, %(now)s);

-- name: remove_pin
-- A pin is shown no more.
update survey_pin set removed_at = %(now)s, removed_by = %(person_id)s
where id = %(id)s and survey_id = %(survey_id)s and removed_at is null;

-- name: fetch_pins
-- A survey's pins that are shown, the oldest first.
select id, survey_id, kind, lat, lon, note, image_id, pinned_by, pinned_at
from survey_pin where survey_id = %(survey_id)s and removed_at is null order by pinned_at, id limit 2000;

-- name: add_image
-- A small copy of a photo; the same file again is the same photo.
insert into survey_image (id, survey_id, file_name, sha256, size_bytes, width, height, taken_at, lat, lon, sortie_id,
    number, small, sent_by, received_at)
values (%(id)s, %(survey_id)s, %(file_name)s, %(sha256)s, %(size_bytes)s, %(width)s, %(height)s, %(taken_at)s, %(lat)s,
    %(lon)s, %(sortie_id)s, %(number)s, %(small)s, %(person_id)s, %(now)s)
on conflict (survey_id, sha256) do nothing
returning id;

-- name: fetch_images
-- The photos that people sent for a survey, behind one; or one of them.
select id, survey_id, file_name, encode(sha256, 'hex') as sha256, size_bytes, width, height, taken_at, lat, lon,
    sortie_id, number, sent_by, received_at
from survey_image
where survey_id = %(survey_id)s and (%(sha256)s::bytea is null or sha256 = %(sha256)s) and id > %(after)s
order by id limit %(limit)s;

-- name: fetch_small
-- The small copy of a photo.
select small from survey_image where survey_id = %(survey_id)s and id = %(id)s;

-- name: fetch_taken
-- Releases of the camera that no photo was found for yet.
select p.sortie_id, p.number, p.lat, p.lon, p.taken_at from survey_photo p
where p.survey_id = %(survey_id)s
    and not exists (select from survey_image i where i.sortie_id = p.sortie_id and i.number = p.number)
order by p.taken_at limit 20000;
