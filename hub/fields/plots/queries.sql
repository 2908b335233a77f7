-- name: add_plot
-- A new plot.
insert into plot (id, owner_id, name, crop, planted_on, crop_id, shape, area_m2, lat, lon, base_temperature_c,
    target_degree_days, is_paddy, created_at)
values (%(id)s, %(owner_id)s, %(name)s, %(crop)s, %(planted_on)s, %(crop_id)s, %(shape)s::jsonb, %(area_m2)s, %(lat)s, %(lon)s,
    %(base_temperature_c)s, %(target_degree_days)s, %(is_paddy)s, %(now)s);

-- name: save_plot
-- A plot as its owner wants it from now on.
update plot set owner_id = %(owner_id)s, name = %(name)s, crop = %(crop)s, planted_on = %(planted_on)s, crop_id = %(crop_id)s,
    shape = %(shape)s::jsonb, area_m2 = %(area_m2)s, lat = %(lat)s, lon = %(lon)s, base_temperature_c = %(base_temperature_c)s,
    target_degree_days = %(target_degree_days)s, is_paddy = %(is_paddy)s
where id = %(id)s;

-- name: clear_stations
-- Take every station from a plot.
delete from plot_station where plot_id = %(plot_id)s;

-- name: add_station
-- A station measures a plot.
insert into plot_station (plot_id, device_key, temperature_offset_c) values (%(plot_id)s, %(device_key)s, %(offset_c)s)
on conflict do nothing;

-- name: remove_other_shares
-- Nobody but these people looks any longer.
with gone as (
    delete from plot_share where plot_id = %(plot_id)s and person_id <> all(%(people)s)
    returning plot_id, person_id, shared_at, shared_by
)
insert into plot_share_past (plot_id, person_id, given_at, given_by, withdrawn_at, withdrawn_by)
select plot_id, person_id, shared_at, shared_by, %(now)s, %(by)s from gone;

-- name: add_share
-- Somebody else looks too; since when stays as it was.
insert into plot_share (plot_id, person_id, shared_at, shared_by) values (%(plot_id)s, %(person_id)s, %(now)s, %(by)s)
on conflict do nothing;

-- name: remove_share
-- Somebody else looks no longer.
with gone as (
    delete from plot_share where plot_id = %(plot_id)s and person_id = %(person_id)s
    returning plot_id, person_id, shared_at, shared_by
)
insert into plot_share_past (plot_id, person_id, given_at, given_by, withdrawn_at, withdrawn_by)
select plot_id, person_id, shared_at, shared_by, %(now)s, %(by)s from gone;

-- name: fetch_shares
-- Which single people may look into a plot, and which might, the newest first; of the oldest it is not known since when.
select person_id, shared_at as given_at, shared_by as given_by, null::timestamptz as withdrawn_at, null as withdrawn_by
from plot_share where plot_id = %(plot_id)s
union all
select person_id, given_at, given_by, withdrawn_at, withdrawn_by from plot_share_past where plot_id = %(plot_id)s
order by given_at desc nulls last, person_id;

-- name: fetch_plots
-- Plots that a person may look into (all that there are for city staff, who are told which are open), or one of them.
select p.id, p.owner_id, o.name as owner_name, p.name, coalesce(p.crop, c.name) as crop, p.planted_on, p.created_at,
    array(select device_key from plot_station s where s.plot_id = p.id order by device_key) as station_keys,
    array(select temperature_offset_c from plot_station s where s.plot_id = p.id order by device_key) as offsets_c,
    array(select person_id from plot_share h where h.plot_id = p.id order by person_id) as shared_with,
    array(select group_id from plot_consent g where g.plot_id = p.id and g.audience = 'group' and g.withdrawn_at is null
        order by group_id) as group_ids,
    p.crop as own_crop, p.crop_id, p.shape, p.area_m2, p.lat, p.lon,
    coalesce(p.base_temperature_c, c.base_temperature_c) as base_temperature_c,
    coalesce(p.target_degree_days, c.degree_day_target) as target_degree_days,
    p.base_temperature_c as own_base_temperature_c, p.target_degree_days as own_target_degree_days,
    c.frost_limit_c, p.is_paddy,
    p.id in (select plot_id from open_plot) as open_to_staff,
    (exists (select from plot_reader r where r.plot_id = p.id and r.person_id = %(person_id)s)
        or %(everything)s and p.id in (select plot_id from open_plot)) as is_open
from plot p join person o on o.id = p.owner_id left join crop c on c.id = p.crop_id
where (%(id)s::text is null or p.id = %(id)s)
  and (%(everything)s or exists (select from plot_reader r where r.plot_id = p.id and r.person_id = %(person_id)s))
order by p.name, p.id;

-- name: fetch_standing
-- On which plots some stations stand.
select device_key, array_agg(plot_id order by plot_id) as plot_ids from plot_station where device_key = any(%(device_keys)s)
group by device_key;

-- name: fetch_consents
-- Whom the owner lets look besides single people, now and before, the newest first.
select c.audience, c.group_id, g.name as group_name, c.basis, c.given_at, c.given_by, c.withdrawn_at, c.withdrawn_by
from plot_consent c left join farmer_group g on g.id = c.group_id
where c.plot_id = %(plot_id)s order by c.id desc;

-- name: lock_plot
-- Two who change who may look into a plot take turns.
select id from plot where id = %(plot_id)s for update;

-- name: give_consent
-- From now on the audience may look.
insert into plot_consent (plot_id, audience, group_id, basis, given_at, given_by)
values (%(plot_id)s, %(audience)s, %(group_id)s, %(basis)s, %(now)s, %(by)s);

-- name: withdraw_consent
-- From now on the audience may not look any longer.
update plot_consent set withdrawn_at = %(now)s, withdrawn_by = %(by)s
where plot_id = %(plot_id)s and audience = %(audience)s and group_id is not distinct from %(group_id)s and withdrawn_at is null;

-- name: withdraw_all
-- Another owner: what the former one allowed is over.
update plot_consent set withdrawn_at = %(now)s, withdrawn_by = %(by)s where plot_id = %(plot_id)s and withdrawn_at is null;

-- name: find_farmer
-- The active farmer with a user name.
select p.id from person p join person_role r on r.person_id = p.id and r.role = 'farmer'
where p.username = %(username)s and p.active;

-- name: delete_plots
-- Plots with their stations' places, sharing and consents.
delete from plot where id = any(%(plot_ids)s);

-- name: delete_readings
-- Everything that some stations have measured.
delete from reading where device_id = any(%(device_keys)s);

-- name: delete_hours
-- The same by hours.
delete from reading_hour where device_id = any(%(device_keys)s);

-- name: delete_days
-- The same by days.
delete from reading_day where device_id = any(%(device_keys)s);

-- name: delete_latest
-- The newest values of some stations.
delete from latest where device_id = any(%(device_keys)s);

-- name: delete_refusals
-- Values of some stations that were not taken.
delete from sensor_refusal where device_key = any(%(device_keys)s);

-- name: delete_sensor_watches
-- What is remembered of their values for judging them; before the verdicts, so that no worker writes these meanwhile.
delete from sensor_watch where device_key = any(%(device_keys)s);

-- name: delete_sensor_states
-- How they were judged, with the values that say why.
delete from sensor_state where device_key = any(%(device_keys)s);

-- name: delete_sensor_past
-- When they were not well.
delete from sensor_past where device_key = any(%(device_keys)s);

-- name: delete_import_rows
-- What came into some stations' readings out of files.
delete from import_row where import_id in (select id from import where device_key = any(%(device_keys)s));

-- name: delete_imports
-- The list of these files.
delete from import where device_key = any(%(device_keys)s);

-- name: delete_import_drafts
-- Files that were about to come in.
delete from import_draft where device_key = any(%(device_keys)s);

-- name: count_readings
-- How many readings some stations have: up to a number beyond which nobody counts.
select count(*) from (select from reading where device_id = any(%(device_keys)s) limit %(most)s) as counted;

-- name: fetch_crops
-- The crops of the table, by name.
select id, name, name_en, base_temperature_c, degree_day_target, frost_limit_c, is_paddy, source from crop order by name, id;

-- name: save_crop
-- A crop as staff want it from now on.
insert into crop (id, name, name_en, base_temperature_c, degree_day_target, frost_limit_c, is_paddy, source)
values (%(id)s, %(name)s, %(name_en)s, %(base_temperature_c)s, %(degree_day_target)s, %(frost_limit_c)s, %(is_paddy)s, %(source)s)
on conflict (id) do update set name = excluded.name, name_en = excluded.name_en, base_temperature_c = excluded.base_temperature_c,
    degree_day_target = excluded.degree_day_target, frost_limit_c = excluded.frost_limit_c, is_paddy = excluded.is_paddy,
    source = excluded.source;

-- name: crop_name_taken
-- Whether another crop has this name.
select exists (select from crop where name = %(name)s and id <> %(id)s);

-- name: crop_is_used
-- Whether some plot has this crop.
select exists (select from plot where crop_id = %(id)s);

-- name: delete_crop
-- A crop that no plot has.
delete from crop where id = %(id)s;

-- name: add_group
-- A group of farmers without members; nothing when its name is taken.
insert into farmer_group (id, name, created_at) values (%(id)s, %(name)s, %(now)s) on conflict do nothing returning id;

-- name: rename_group
-- Another name for a group.
update farmer_group set name = %(name)s where id = %(id)s;

-- name: group_name_taken
-- Whether another group has this name.
select exists (select from farmer_group where name = %(name)s and id <> %(id)s);

-- name: delete_group
-- A group, with the consents to it: its members look no longer.
delete from farmer_group where id = %(id)s;

-- name: fetch_groups
-- Groups by name: all, those of one member, or the one with an id.
select g.id, g.name, g.created_at,
    array(select person_id from farmer_group_member m where m.group_id = g.id order by person_id) as members
from farmer_group g
where (%(id)s::text is null or g.id = %(id)s)
  and (%(person_id)s::text is null
    or exists (select from farmer_group_member m where m.group_id = g.id and m.person_id = %(person_id)s))
order by g.name, g.id;

-- name: add_group_member
-- A farmer joins a group; twice changes nothing.
insert into farmer_group_member (group_id, person_id, joined_at) values (%(group_id)s, %(person_id)s, %(now)s) on conflict do nothing;

-- name: remove_group_member
-- A farmer leaves a group.
delete from farmer_group_member where group_id = %(group_id)s and person_id = %(person_id)s;

-- name: leave_all_groups
-- A farmer leaves every group.
delete from farmer_group_member where person_id = %(person_id)s;

-- name: leave_all_shares
-- A farmer looks into nobody else's plots any longer.
with gone as (
    delete from plot_share where person_id = %(person_id)s returning plot_id, person_id, shared_at, shared_by
)
insert into plot_share_past (plot_id, person_id, given_at, given_by, withdrawn_at, withdrawn_by)
select plot_id, person_id, shared_at, shared_by, %(now)s, %(person_id)s from gone;
