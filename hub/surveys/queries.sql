-- name: fetch_drones
-- Registered drones with what their partners say, by id; of one partner only where one is named.
select d.key as device_key, d.id, d.agent_id, d.name, d.lat, d.lon, o.partner_id, o.device_key is not null as is_told,
    coalesce(o.is_ready, true) as is_ready, o.battery_percent, o.endurance_s, o.change_s, o.speed_mps, o.camera,
    o.home_lat, o.home_lon, o.note, o.changed_at, o.changed_by
from device d left join drone o on o.device_key = d.key
where d.kind = 'drone' and (%(everything)s or o.partner_id = %(partner_id)s)
    and (%(ids)s::text[] is null or d.id = any(%(ids)s)) and d.id > %(after)s
order by d.id
limit %(limit)s;

-- name: save_drone
-- What a partner says of a drone.
insert into drone (device_key, partner_id, is_ready, battery_percent, endurance_s, change_s, speed_mps, camera, home_lat,
    home_lon, note, changed_at, changed_by)
values (%(device_key)s, %(partner_id)s, %(is_ready)s, %(battery_percent)s, %(endurance_s)s, %(change_s)s, %(speed_mps)s,
    %(camera)s, %(home_lat)s, %(home_lon)s, %(note)s, %(now)s, %(person_id)s)
on conflict (device_key) do update set partner_id = excluded.partner_id, is_ready = excluded.is_ready,
    battery_percent = excluded.battery_percent, endurance_s = excluded.endurance_s, change_s = excluded.change_s,
    speed_mps = excluded.speed_mps, camera = excluded.camera, home_lat = excluded.home_lat, home_lon = excluded.home_lon,
    note = excluded.note, changed_at = excluded.changed_at, changed_by = excluded.changed_by;

-- name: is_partner
-- Whether an active person has the role of a partner.
select exists (select from person p join person_role r on r.person_id = p.id
    where p.id = %(id)s and p.active and r.role = 'partner');

-- name: add_survey
-- A new survey, before its first plan.
insert into survey (id, name, state, drill, asked_by, asked_at, changed_at)
values (%(id)s, %(name)s, 'draft', %(drill)s, %(person_id)s, %(now)s, %(now)s);

-- name: lock_survey
-- One survey, locked until the transaction ends.
select * from survey where id = %(id)s for update;

-- name: fetch_surveys
-- Surveys that somebody may see, the newest first; a partner sees those that ask for the partner's drones.
select * from survey s
where (%(ids)s::text[] is null or s.id = any(%(ids)s))
    and (%(everything)s or exists (select from sortie t join drone o on o.device_key = t.device_key
        where t.survey_id = s.id and t.state <> 'planned' and o.partner_id = %(partner_id)s))
    and (%(states)s::text[] is null or s.state = any(%(states)s))
    and (s.asked_at, s.id) < (%(before_at)s, %(before_id)s)
order by s.asked_at desc, s.id desc
limit %(limit)s;

-- name: save_survey
-- Where a survey stands.
update survey set state = %(state)s, version = %(version)s, launched_by = %(launched_by)s, launched_at = %(launched_at)s,
    changed_at = %(changed_at)s
where id = %(id)s;

-- name: add_plan
-- A new version of a survey's plan.
insert into survey_plan (survey_id, version, request, document, gaps, made_by, made_at)
values (%(survey_id)s, %(version)s, %(request)s, %(document)s, %(gaps)s, %(made_by)s, %(made_at)s);

-- name: fetch_plan
-- The newest plan of a survey, or one version.
select p.* from survey_plan p join survey s on s.id = p.survey_id
where p.survey_id = %(survey_id)s and p.version = coalesce(%(version)s, s.version);

-- name: fetch_all_plans
-- Every version of a survey's plan, the oldest first.
select * from survey_plan where survey_id = %(survey_id)s order by version;

-- name: add_ground
-- The ground in law of a survey.
insert into survey_ground (survey_id, kind, requester, reason, reference, covers, valid_from, valid_until, contact,
    recorded_at, recorded_by)
values (%(survey_id)s, %(kind)s, %(requester)s, %(reason)s, %(reference)s, %(covers)s, %(valid_from)s, %(valid_until)s,
    %(contact)s, %(recorded_at)s, %(recorded_by)s);

-- name: fetch_grounds
-- The grounds of a survey in the order in which they were recorded.
select kind, requester, reason, reference, covers, valid_from, valid_until, contact, recorded_at, recorded_by
from survey_ground where survey_id = %(survey_id)s order by id;

-- name: add_check
-- One run of the checks.
insert into survey_check (survey_id, version, occasion, results, vouched, checked_at, checked_by)
values (%(survey_id)s, %(version)s, %(occasion)s, %(results)s, %(vouched)s, %(checked_at)s, %(checked_by)s);

-- name: fetch_checks
-- The runs of the checks of one version, the oldest first.
select version, occasion, results, vouched, checked_at, checked_by
from survey_check where survey_id = %(survey_id)s and version = %(version)s order by id;

-- name: add_approval
-- An approval of a version, or its withdrawal.
insert into survey_approval (survey_id, version, withdrawn, note, at, person_id)
values (%(survey_id)s, %(version)s, %(withdrawn)s, %(note)s, %(at)s, %(person_id)s);

-- name: fetch_approvals
-- The approvals of one version, the oldest first.
select version, withdrawn, note, at, person_id
from survey_approval where survey_id = %(survey_id)s and version = %(version)s order by id;

-- name: add_sortie
-- A sortie of a new plan.
insert into sortie (id, survey_id, version, place, device_key, drone, state)
values (%(id)s, %(survey_id)s, %(version)s, %(place)s, %(device_key)s, %(drone)s, 'planned');

-- name: fetch_sorties
-- The sorties of one version of a survey, in the plan's order; of every version for null.
select * from sortie where survey_id = %(survey_id)s and (%(version)s::integer is null or version = %(version)s)
order by version, place;

-- name: fetch_sortie
-- One sortie.
select * from sortie where id = %(id)s;

-- name: save_sortie
-- Where a sortie stands.
update sortie set state = %(state)s, answered_by = %(answered_by)s, answered_at = %(answered_at)s, reason = %(reason)s,
    phase = %(phase)s, phase_at = %(phase_at)s, started_at = %(started_at)s, ended_at = %(ended_at)s
where id = %(id)s;

-- name: lock_drone
-- A drone is launched by one transaction at a time; rows of devices stay free for ingest.
select pg_advisory_xact_lock(7261050, %(device_key)s);

-- name: lock_start
-- One transaction at a time decides that a drone takes off or goes on.
select pg_advisory_xact_lock(7261051);

-- name: fetch_aloft
-- Sorties of any survey whose drones, but for one, may be in the air or are ordered to be: by their states, by an order
-- to take off of which nobody knows what came, or by what a drone itself says now.
-- Astray: ordered to hold, return or land, or heard of as doing so; nobody knows when it is where.
select t.survey_id, t.version, t.place, t.drone, t.state, f.issued_at as ordered_at,
    coalesce((p."order"::jsonb #>> '{mission,starts_after_s}')::double precision, 0) as waits_s, t.started_at,
    l.received_at as heard_at, l.data ->> 'phase' as phase, (l.data ->> 'link_age_s')::double precision as link_age_s,
    t.state = 'failed' or exists (select from command c where c.sortie_id = t.id and c.action in ('hold', 'return', 'land'))
        or exists (select from survey_entry e where e.sortie_id = t.id and e.what in ('held', 'going_home', 'failed'))
        as is_astray,
    d.endurance_s
from sortie t
    left join drone d on d.device_key = t.device_key
    left join flight_latest l on l.device_key = t.device_key and l.sortie_id = t.id
    left join lateral (select issued_at from command where sortie_id = t.id and action = 'fly'
        order by issued_at desc limit 1) f on true
    left join lateral (select "order" from command where sortie_id = t.id and action = 'prepare'
        order by issued_at desc limit 1) p on true
where t.device_key is not null and t.device_key is distinct from %(device_key)s::bigint and (t.state in ('starting', 'flying', 'held', 'returning')
    or t.state = 'failed' and t.reason = any(%(may_fly)s) and f.issued_at is not null
    or l.data ->> 'phase' in ('climbing', 'surveying', 'held', 'returning', 'landing', 'unknown'))
order by t.id;

-- name: fetch_held
-- Which of these sorties' drones hold their places, or are ordered to and have not said so yet: where they were last, by
-- which stop since they last began to fly, and when they said that they hold. Whoever was sent home, or went, was off.
select t.id as sortie_id, t.survey_id, t.version, t.place, t.drone, (l.data ->> 'lat')::double precision as lat,
    (l.data ->> 'lon')::double precision as lon,
    (select min(c.issued_at) from command c where c.sortie_id = t.id and c.action = 'hold' and c.issued_at >= b.flew_at)
        as stopped_at,
    (select min(least(e.at, e.recorded_at)) from survey_entry e
        where e.survey_id = t.survey_id and e.sortie_id = t.id and e.what = 'held'
        and least(e.at, e.recorded_at) >= b.flew_at) as held_at,
    exists (select from command c where c.sortie_id = t.id and c.action in ('return', 'land'))
        or exists (select from survey_entry e
            where e.survey_id = t.survey_id and e.sortie_id = t.id and e.what = 'going_home') as was_off
from sortie t
    left join flight_latest l on l.device_key = t.device_key and l.sortie_id = t.id
    cross join lateral (select coalesce(max(least(e.at, e.recorded_at)), '-infinity') as flew_at from survey_entry e
        where e.survey_id = t.survey_id and e.sortie_id = t.id and e.what = 'flying') b
where t.id = any(%(ids)s) and (t.state = 'held' or t.state = 'flying' and 'hold' = (
    select c.action from command c where c.sortie_id = t.id order by c.issued_at desc, c.id desc limit 1))
order by t.place;

-- name: fetch_starts_after
-- How long a sortie's drone waits on the ground once it is ordered to take off, seconds.
select (c."order"::jsonb #>> '{mission,starts_after_s}')::double precision from command c
where c.sortie_id = %(sortie_id)s and c.action = 'prepare' order by c.issued_at desc limit 1;

-- name: fetch_waiting
-- Sorties with their mission in the drone, of surveys that fly, and who ordered them when.
select t.survey_id, t.id as sortie_id, p.person_id, p.issued_at as ordered_at
from sortie t join survey s on s.id = t.survey_id
    join lateral (select person_id, issued_at from command where sortie_id = t.id and action = 'prepare'
        order by issued_at desc limit 1) p on true
where t.state = 'ready' and s.state in ('launching', 'flying') and t.version = s.version
order by p.issued_at, t.id;

-- name: fetch_busy
-- Other surveys in whose unfinished sorties one of these drones is ordered about.
select distinct s.id, t.drone from sortie t join survey s on s.id = t.survey_id
where t.device_key = any(%(keys)s) and s.id <> %(survey_id)s
    and t.state in ('preparing', 'ready', 'starting', 'flying', 'held', 'returning');

-- name: add_entry
-- A line of the timeline.
insert into survey_entry (survey_id, at, recorded_at, actor, what, sortie_id, detail)
values (%(survey_id)s, %(at)s, %(recorded_at)s, %(actor)s, %(what)s, %(sortie_id)s, %(detail)s);

-- name: fetch_entries
-- A survey's timeline behind an entry, the oldest first.
select * from survey_entry where survey_id = %(survey_id)s and id > %(after)s order by id limit %(limit)s;

-- name: add_import
-- One import of zones.
insert into airspace_import (id, kind, title, url, source_date, is_sample, zones, imported_at, imported_by)
values (%(id)s, %(kind)s, %(title)s, %(url)s, %(source_date)s, %(is_sample)s, %(zones)s, %(imported_at)s, %(imported_by)s);

-- name: end_imports
-- Imports of a kind are replaced.
update airspace_import set ended_at = %(now)s
where ended_at is null and (id = %(id)s or (%(id)s::text is null and kind = %(kind)s));

-- name: fetch_imports
-- Imports that hold, by kind.
select id, kind, title, url, source_date, is_sample, zones, imported_at, imported_by
from airspace_import where ended_at is null order by kind, imported_at, id;

-- name: add_zone
-- A zone of an import.
insert into airspace_zone (id, import_id, name, shape, west, south, east, north, floor_m, ceiling_m, height_reference,
    valid_from, valid_until)
values (%(id)s, %(import_id)s, %(name)s, %(shape)s, %(west)s, %(south)s, %(east)s, %(north)s, %(floor_m)s, %(ceiling_m)s,
    %(height_reference)s, %(valid_from)s, %(valid_until)s);

-- name: fetch_zones
-- Zones that hold and whose bounds meet these.
select z.id, i.kind, z.name, z.shape as document, z.floor_m, z.ceiling_m, z.height_reference = 'sea' as above_sea,
    z.valid_from, z.valid_until, i.title || ' (' || i.source_date || ')' as source, i.is_sample
from airspace_zone z join airspace_import i on i.id = z.import_id
where i.ended_at is null and z.west <= %(east)s and z.east >= %(west)s and z.south <= %(north)s and z.north >= %(south)s
    and z.id > %(after)s
order by z.id
limit %(limit)s;
