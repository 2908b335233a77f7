-- name: fetch_told
-- Who is told of a plot: its owner, and those who see it and want to be told.
select r.person_id from plot_reader r join plot p on p.id = r.plot_id
    left join plot_told t on t.plot_id = r.plot_id and t.person_id = r.person_id
where r.plot_id = %(plot_id)s and coalesce(t.wanted, r.person_id = p.owner_id) order by 1;

-- name: save_told
-- Somebody's own wish.
insert into plot_told (plot_id, person_id, wanted) values (%(plot_id)s, %(person_id)s, %(wanted)s)
on conflict (plot_id, person_id) do update set wanted = excluded.wanted;

-- name: fetch_read_plots
-- The plots of which a person reads what is measured; staff also those that are open to them.
select plot_id as id from plot_reader where person_id = %(person_id)s
union select plot_id from open_plot where %(is_staff)s;

-- name: fetch_warnings
-- The warnings of a plot, in the order in which they were made, or one of them.
select w.id, w.plot_id, w.device_key, w.measure, w.how, w.window_h, w.side, w.limit_value, w.hysteresis, w.hold_min, w.gap_min,
    w.season_first, w.season_last, w.quiet_from_min, w.quiet_until_min, w.repeat_h, w.muted_until, w.changed_at, s.told_at, s.since_at
from warning w left join warning_state s on s.warning_id = w.id
where w.plot_id = %(plot_id)s and (%(id)s::text is null or w.id = %(id)s)
order by w.made_at, w.id;

-- name: count_warnings
-- How many a plot has.
select count(*) from warning where plot_id = %(plot_id)s;

-- name: add_warning
-- A new warning.
insert into warning (id, plot_id, device_key, measure, how, window_h, side, limit_value, hysteresis, hold_min, gap_min, season_first,
    season_last, quiet_from_min, quiet_until_min, repeat_h, made_by, made_at, changed_at)
values (%(id)s, %(plot_id)s, %(device_key)s, %(measure)s, %(how)s, %(window_h)s, %(side)s, %(limit_value)s, %(hysteresis)s, %(hold_min)s,
    %(gap_min)s, %(season_first)s, %(season_last)s, %(quiet_from_min)s, %(quiet_until_min)s, %(repeat_h)s, %(by)s, %(now)s, %(now)s);

-- name: save_warning
-- A warning as it is from now on.
update warning set device_key = %(device_key)s, measure = %(measure)s, how = %(how)s, window_h = %(window_h)s, side = %(side)s,
    limit_value = %(limit_value)s, hysteresis = %(hysteresis)s, hold_min = %(hold_min)s, gap_min = %(gap_min)s,
    season_first = %(season_first)s, season_last = %(season_last)s, quiet_from_min = %(quiet_from_min)s,
    quiet_until_min = %(quiet_until_min)s, repeat_h = %(repeat_h)s, changed_at = %(now)s
where id = %(id)s and plot_id = %(plot_id)s;

-- name: forget_state
-- A warning that was changed remembers nothing.
delete from warning_state where warning_id = %(id)s;

-- name: remove_warning
-- A warning goes.
delete from warning where id = %(id)s and plot_id = %(plot_id)s;

-- name: save_mute
-- Paused until an instant; null: no longer.
update warning set muted_until = %(until_at)s where id = %(id)s and plot_id = %(plot_id)s;

-- name: lock_look
-- When all was last looked at; nothing while another worker looks.
select looked_at from warning_look for update skip locked;

-- name: save_look
-- All was looked at.
update warning_look set looked_at = %(now)s;

-- name: add_states
-- Every warning remembers something.
insert into warning_state (warning_id) select id from warning w where not exists (select from warning_state s where s.warning_id = w.id)
on conflict do nothing;

-- name: claim_due
-- Warnings whose newest value is another than at the last look, or whose season may have ended, those that have waited longest first.
-- `quantities` is from each measure to the columns that it is made of.
with newest as (
    select w.id, max(l.measured_at) as measured_at, max(l.received_at) as received_at
    from warning w join latest l on l.device_id = w.device_key
        and %(quantities)s::jsonb -> w.measure ? l.quantity
    group by w.id)
select w.id, w.plot_id, w.device_key, w.measure, w.how, w.window_h, w.side, w.limit_value, w.hysteresis, w.hold_min, w.gap_min,
    w.season_first, w.season_last, w.quiet_from_min, w.quiet_until_min, w.repeat_h, w.muted_until, w.changed_at,
    s.seen_at, s.since_at, s.times, s.told_at, s.back, s.wrong_at, n.measured_at as latest_at, n.received_at as latest_received_at
from warning w join newest n on n.id = w.id join warning_state s on s.warning_id = w.id
where (n.measured_at, n.received_at) is distinct from (s.latest_at, s.latest_received_at)
    or (s.told_at is not null and w.season_first is not null)
order by n.received_at, w.id limit %(limit)s for update of s skip locked;

-- name: save_state
-- What a warning remembers from now on.
update warning_state set seen_at = %(seen_at)s, since_at = %(since_at)s, times = %(times)s, told_at = %(told_at)s, back = %(back)s,
    wrong_at = %(wrong_at)s, latest_at = %(latest_at)s, latest_received_at = %(latest_received_at)s
where warning_id = %(id)s;

-- name: fetch_interval
-- How long a station usually waits between two readings that came while they were news, in seconds.
select percentile_cont(0.5) within group (order by extract(epoch from pause)) from (
    select measured_at - lag(measured_at) over (order by measured_at) as pause from (
        select measured_at from reading where device_id = %(device_key)s and measured_at > %(since)s
        order by measured_at desc limit 300) last) pauses where pause is not null;

-- name: fetch_presets
-- Proposals for a crop and for any, those of the crop first.
select id, crop_id, title, title_en, measure, how, window_h, side, limit_value, hysteresis, hold_min, season_first, season_last,
    quiet_from_min, quiet_until_min, source
from warning_preset where crop_id is null or crop_id = %(crop_id)s
order by crop_id is null, id;

-- name: is_told
-- Whether a person is told of a plot.
select coalesce((select wanted from plot_told where plot_id = %(plot_id)s and person_id = %(person_id)s),
    exists (select from plot where id = %(plot_id)s and owner_id = %(person_id)s));

-- name: fetch_frost_watch
-- How sure frost must be for a plot's farmers to be told.
select plot_id, certainty, limit_c, season_first, season_last from frost_watch where plot_id = %(plot_id)s;

-- name: save_frost_watch
-- From now on so.
insert into frost_watch (plot_id, certainty, limit_c, season_first, season_last, changed_at, due_at)
values (%(plot_id)s, %(certainty)s, %(limit_c)s, %(season_first)s, %(season_last)s, %(now)s, %(now)s)
on conflict (plot_id) do update set certainty = excluded.certainty, limit_c = excluded.limit_c, season_first = excluded.season_first,
    season_last = excluded.season_last, changed_at = excluded.changed_at, due_at = excluded.due_at;

-- name: remove_frost_watch
-- Nobody is told of frost here any more.
delete from frost_watch where plot_id = %(plot_id)s;

-- name: claim_frost_due
-- Plots at which it is worth looking for frost, with where they are and what stands there.
select f.plot_id, f.certainty, f.season_first, f.season_last, coalesce(f.limit_c, c.frost_limit_c) as limit_c,
    coalesce(p.lat, (select avg(d.lat) from plot_station s join device d on d.key = s.device_key where s.plot_id = p.id)) as lat,
    coalesce(p.lon, (select avg(d.lon) from plot_station s join device d on d.key = s.device_key where s.plot_id = p.id)) as lon,
    array(select device_key from plot_station s where s.plot_id = p.id order by device_key) as station_keys,
    array(select temperature_offset_c from plot_station s where s.plot_id = p.id order by device_key) as offsets_c
from frost_watch f join plot p on p.id = f.plot_id left join crop c on c.id = p.crop_id
where f.due_at <= %(now)s or f.due_at > %(beyond)s
order by f.due_at, f.plot_id limit %(limit)s for update of f skip locked;

-- name: save_frost_due
-- Worth looking again then.
update frost_watch set due_at = %(due_at)s where plot_id = %(plot_id)s;

-- name: add_frost_evening
-- Frost is told for this evening; nothing when it was before.
insert into frost_evening (plot_id, evening, sunset_at, sunrise_at, told_at, limit_c)
values (%(plot_id)s, %(evening)s, %(sunset_at)s, %(sunrise_at)s, %(now)s, %(limit_c)s) on conflict do nothing;

-- name: claim_frost_mornings
-- Nights that are over and were told of, with what stands on the plot.
select e.plot_id, e.evening, e.sunset_at, e.sunrise_at, e.limit_c,
    array(select device_key from plot_station s where s.plot_id = e.plot_id order by device_key) as station_keys,
    array(select temperature_offset_c from plot_station s where s.plot_id = e.plot_id order by device_key) as offsets_c
from frost_evening e where e.closed_at is null and e.sunrise_at <= %(before)s
order by e.sunrise_at, e.plot_id limit %(limit)s for update of e skip locked;

-- name: close_frost_evening
-- What happened is noted.
update frost_evening set closed_at = %(now)s where plot_id = %(plot_id)s and evening = %(evening)s;

-- name: fetch_unwell
-- The sensors of some devices that are not well.
select device_key, quantity, state, since_at from sensor_state where device_key = any(%(device_keys)s) and state <> 'ok';

-- name: fetch_wrong_spells
-- When sensors of a device were in none of the states that count, within [since, until).
select since_at, until_at from sensor_past
where device_key = %(device_key)s and quantity = any(%(quantities)s)
    and state <> all(%(counts)s) and since_at < %(until)s
    and coalesce(until_at, 'infinity') > %(since)s and since_at is distinct from until_at
order by since_at;
