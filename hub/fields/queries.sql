-- name: add_plot
-- A new plot.
insert into plot (id, owner_id, name, crop, planted_on, created_at)
values (%(id)s, %(owner_id)s, %(name)s, %(crop)s, %(planted_on)s, %(now)s);

-- name: save_plot
-- A plot as its owner wants it from now on.
update plot set owner_id = %(owner_id)s, name = %(name)s, crop = %(crop)s, planted_on = %(planted_on)s where id = %(id)s;

-- name: clear_stations
-- Take every station from a plot.
delete from plot_station where plot_id = %(plot_id)s;

-- name: add_station
-- A station measures a plot.
insert into plot_station (plot_id, device_key) values (%(plot_id)s, %(device_key)s) on conflict do nothing;

-- name: clear_shares
-- Nobody but the owner sees the plot.
delete from plot_share where plot_id = %(plot_id)s;

-- name: add_share
-- Somebody else sees the plot too.
insert into plot_share (plot_id, person_id) values (%(plot_id)s, %(person_id)s) on conflict do nothing;

-- name: fetch_plots
-- Plots that a person owns or that are shared with the person, or all of them; or the one with the id that is asked for.
select p.id, p.owner_id, o.name as owner_name, p.name, p.crop, p.planted_on, p.created_at,
    array(select device_key from plot_station s where s.plot_id = p.id order by device_key) as station_keys,
    array(select person_id from plot_share h where h.plot_id = p.id order by person_id) as shared_with
from plot p join person o on o.id = p.owner_id
where (%(id)s::text is null or p.id = %(id)s)
  and (%(everything)s or p.owner_id = %(person_id)s
    or exists (select from plot_share h where h.plot_id = p.id and h.person_id = %(person_id)s))
order by p.name, p.id;

-- name: fetch_latest
-- The newest value of each quantity of some devices, as it is shown.
select l.device_id as device_key, l.quantity, coalesce((c.gain * l.value + c.shift)::real, l.value) as value,
    l.measured_at, l.received_at
from latest l
left join correction c on c.device_key = l.device_id and c.quantity = l.quantity
    and l.measured_at >= c.from_at and l.measured_at < coalesce(c.until_at, 'infinity')
where l.device_id = any(%(device_keys)s);

-- name: fetch_hour_before
-- What a device measured on average about an hour before some instant.
select {averages} from reading r
where device_id = %(device_key)s and measured_at >= %(since)s and measured_at < %(until)s;
