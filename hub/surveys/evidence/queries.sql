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
-- The photos that people sent for a survey, behind one; or one of them; of one sender; those with or without a release.
select id, survey_id, file_name, encode(sha256, 'hex') as sha256, size_bytes, width, height, taken_at, lat, lon,
    sortie_id, number, sent_by, received_at
from survey_image
where survey_id = %(survey_id)s and (%(sha256)s::bytea is null or sha256 = %(sha256)s) and id > %(after)s
    and (%(id)s::text is null or id = %(id)s) and (%(sent_by)s::text is null or sent_by = %(sent_by)s)
    and (%(matched)s::boolean is null or (sortie_id is not null) = %(matched)s)
order by id limit %(limit)s;

-- name: count_images
-- How many photos were sent for a survey, and how many of them belong to a release; of one sender.
select count(*) as sent, count(sortie_id) as matched from survey_image
where survey_id = %(survey_id)s and (%(sent_by)s::text is null or sent_by = %(sent_by)s);

-- name: match_image
-- A photo belongs to a release.
update survey_image set sortie_id = %(sortie_id)s, number = %(number)s
where id = %(id)s and sortie_id is null;

-- name: fetch_small
-- The small copy of a photo; of one sender.
select small from survey_image where survey_id = %(survey_id)s and id = %(id)s
    and (%(sent_by)s::text is null or sent_by = %(sent_by)s);

-- name: fetch_taken
-- Releases of the camera, of a partner's own drones where one is named: all of them, or those that have no photo yet.
select p.sortie_id, p.number, p.lat, p.lon, p.taken_at from survey_photo p
where p.survey_id = %(survey_id)s
    and (not %(free)s or not exists (
        select from survey_image i where i.sortie_id = p.sortie_id and i.number = p.number))
    and (%(everything)s or exists (select from sortie t join drone o on o.device_key = t.device_key
        where t.id = p.sortie_id and o.partner_id = %(partner_id)s))
order by p.taken_at limit 20000;

-- name: fetch_pairs
-- By how much the clocks of cameras were ahead of their drones', by photos that were matched by their place.
select i.sortie_id, extract(epoch from i.taken_at - p.taken_at)::double precision as seconds
from survey_image i join survey_photo p on p.sortie_id = i.sortie_id and p.number = i.number
where i.survey_id = %(survey_id)s and i.lat is not null and i.taken_at is not null
order by i.received_at desc, i.id limit 2000;
