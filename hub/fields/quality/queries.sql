-- name: add_watches
-- Stations that are judged from now on.
insert into sensor_watch (device_key, due_at)
select key, %(now)s from device d where kind = 'station' and not exists (select from sensor_watch w where w.device_key = d.key)
on conflict do nothing;

-- name: claim_watches
-- Devices whose look is due, kept from other workers until the transaction ends; also those that a clock that went back
-- would leave for too long.
select w.device_key, w.due_at, w.memory, d.id as device_id, d.agent_id, d.lat, d.lon, d.last_heard_at,
    a.last_heard_at as agent_heard_at
from sensor_watch w join device d on d.key = w.device_key join agent a on a.id = d.agent_id
where w.due_at <= %(now)s or w.due_at > %(latest)s
order by w.due_at, w.device_key limit %(limit)s for update of w skip locked;

-- name: add_watch
-- One device is judged from now on.
insert into sensor_watch (device_key, due_at) values (%(device_key)s, %(now)s) on conflict do nothing;

-- name: hold_watch
-- One device's memory, for whoever works on its sensors.
select memory from sensor_watch where device_key = %(device_key)s for update;

-- name: save_due
-- When a device is looked at again.
update sensor_watch set due_at = %(due_at)s where device_key = %(device_key)s;

-- name: save_memory
-- What is remembered of a device, and when it is looked at again.
update sensor_watch set memory = %(memory)s, due_at = %(due_at)s where device_key = %(device_key)s;

-- name: fetch_newest
-- When each sensor's newest reading was measured and came.
select device_id as device_key, quantity, measured_at, received_at from latest where device_id = any(%(device_keys)s);

-- name: fetch_newest_live
-- When one sensor last said something itself in [since, until): what came with a file is passed over.
select r.measured_at, r.received_at from reading r
where r.device_id = %(device_key)s and r.measured_at >= %(since)s and r.measured_at < %(until)s and r.{quantity} is not null
  and not exists (
    select from import i join import_row m on m.import_id = i.id
    where i.device_key = %(device_key)s and i.undone_at is null and m.measured_at = r.measured_at
      and %(quantity)s = any(m.quantities))
order by r.measured_at desc limit 1;

-- name: fetch_refusals
-- The newest reading of each sensor that was refused lately.
select distinct on (device_key, quantity) device_key, quantity, measured_at, received_at, value from sensor_refusal
where device_key = any(%(device_keys)s) and received_at > %(since)s order by device_key, quantity, measured_at desc;

-- name: add_refusal
-- A reading that ingest refused.
insert into sensor_refusal (device_key, quantity, reason, measured_at, value, received_at)
values (%(device_key)s, %(quantity)s, %(reason)s, %(measured_at)s, %(value)s, %(received_at)s)
on conflict (device_key, quantity, measured_at) do nothing;

-- name: forget_refusals
-- Refused readings that no longer matter.
delete from sensor_refusal where received_at < %(before)s;

-- name: fetch_rows
-- A device's rows in [since, until), in the order of their times.
select extract(epoch from measured_at)::bigint, extract(epoch from received_at)::bigint, {quantities} from reading
where device_id = %(device_key)s and measured_at >= %(since)s and measured_at < %(until)s order by measured_at;

-- name: fetch_hours
-- Devices' hours in [since, until): means, or sums, with the number of readings.
select device_id, floor(extract(epoch from measured_at) / 3600)::bigint, {aggregates} from reading
where device_id = any(%(device_keys)s) and measured_at >= %(since)s and measured_at < %(until)s group by 1, 2;

-- name: fetch_close_devices
-- Other stations around a place that measured some quantity since some instant, the nearest first.
select l.quantity, d.key as device_key from device d join latest l on l.device_id = d.key
where d.kind = 'station' and d.key <> %(device_key)s and l.quantity = any(%(quantities)s) and l.measured_at > %(since)s
  and abs(d.lat - %(lat)s) <= %(degrees_lat)s and abs(d.lon - %(lon)s) <= %(degrees_lon)s
order by (d.lat - %(lat)s) ^ 2 + ((d.lon - %(lon)s) * %(narrowing)s) ^ 2, d.key limit %(limit)s;

-- name: fetch_states
-- How some devices' sensors are judged.
select device_key, quantity, state, reason, since_at, noticed_at, detail from sensor_state
where device_key = any(%(device_keys)s) order by device_key, quantity;

-- name: save_state
-- How a sensor is judged from now on.
insert into sensor_state (device_key, quantity, state, reason, since_at, noticed_at, detail)
values (%(device_key)s, %(quantity)s, %(state)s, %(reason)s, %(since_at)s, %(now)s, %(detail)s)
on conflict (device_key, quantity) do update set state = excluded.state, reason = excluded.reason,
    since_at = excluded.since_at, detail = excluded.detail,
    noticed_at = case when sensor_state.state = excluded.state then sensor_state.noticed_at else excluded.noticed_at end;

-- name: fetch_corrections
-- How some devices' values are corrected when they are shown, by their beginning.
select id, device_key, quantity, from_at, until_at, gain, shift from correction
where device_key = any(%(device_keys)s) order by device_key, quantity, from_at;

-- name: add_correction
-- Values in a stretch of time are shown corrected.
insert into correction (device_key, quantity, from_at, until_at, gain, shift)
values (%(device_key)s, %(quantity)s, %(from_at)s, %(until_at)s, %(gain)s, %(shift)s);

-- name: clear_corrections
-- Values of one sensor are shown as they were measured.
delete from correction where device_key = %(device_key)s and quantity = %(quantity)s;

-- name: add_change
-- The trace of what somebody did to a sensor.
insert into sensor_change (device_key, quantity, kind, happened_at, serial, note, detail, withdraws, written_by, written_at)
values (%(device_key)s, %(quantity)s, %(kind)s, %(happened_at)s, %(serial)s, %(note)s, %(detail)s, %(withdraws)s,
    %(written_by)s, %(now)s)
returning id;

-- name: fetch_changes
-- What was done to a device's sensors, the newest first, with who wrote it and whether it was taken back.
select c.id, c.quantity, c.kind, c.happened_at, c.serial, c.note, c.detail, c.withdraws, c.written_at,
    p.name as written_by_name, exists (select from sensor_change w where w.withdraws = c.id) as withdrawn
from sensor_change c join person p on p.id = c.written_by where c.device_key = %(device_key)s order by c.id desc;
