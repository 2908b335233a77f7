-- name: fetch_latest
-- The newest value of each quantity of some devices, as it is shown; what is a former farmer's is not.
select l.device_id as device_key, l.quantity, coalesce((c.gain * l.value + c.shift)::real, l.value) as value,
    l.measured_at, l.received_at
from latest l
join device d on d.key = l.device_id and l.measured_at >= coalesce(d.shown_from_at, '-infinity')
left join correction c on c.device_key = l.device_id and c.quantity = l.quantity
    and l.measured_at >= c.from_at and l.measured_at < coalesce(c.until_at, 'infinity')
where l.device_id = any(%(device_keys)s);

-- name: fetch_first_at
-- When each of some devices measured anything for the first time.
select key as device_key, f.measured_at from unnest(%(device_keys)s::integer[]) as key
cross join lateral (select measured_at from reading where device_id = key order by measured_at limit 1) as f;

-- name: fetch_hour_before
-- What some devices measured on average in the half hour around an instant of each (arrays of the same length), as it is shown;
-- what is a former farmer's is not.
select given.key, {averages}
from unnest(%(device_keys)s::integer[], %(middles)s::timestamptz[]) as given (key, middle)
join device d on d.key = given.key
cross join lateral (
    select * from reading near where near.device_id = given.key and near.measured_at >= coalesce(d.shown_from_at, '-infinity')
        and near.measured_at >= given.middle - interval '15 minutes' and near.measured_at < given.middle + interval '15 minutes'
        -- What all of them need, as plain bounds: only these leave the other chunks out when the question is planned.
        and near.measured_at >= %(since)s and near.measured_at < %(until)s
) as r
group by given.key;

-- name: fetch_troubles
-- When sensors of some devices were not well within [since, until).
select device_key, quantity, state, since_at, until_at from sensor_past
where device_key = any(%(device_keys)s) and since_at < %(until)s and coalesce(until_at, 'infinity') > %(since)s
    and since_at is distinct from until_at
order by since_at, device_key, quantity;

-- name: fetch_late_hours
-- The hours of some devices' readings in [since, until) that came later than `late_after` after they were measured.
select distinct device_id as device_key, time_bucket(interval '1 hour', measured_at) as hour_at from reading
where device_id = any(%(device_keys)s) and measured_at >= %(since)s and measured_at < %(until)s
    and received_at - measured_at > %(late_after)s
order by 1, 2;

-- name: fetch_works
-- What was done to the sensors of some devices in [since, until) and not taken back.
select c.device_key, c.quantity, c.kind, c.happened_at from sensor_change c
where c.device_key = any(%(device_keys)s) and c.happened_at >= %(since)s and c.happened_at < %(until)s and c.kind <> 'withdrawal'
    and not exists (select from sensor_change w where w.withdraws = c.id)
order by c.happened_at, c.id;
