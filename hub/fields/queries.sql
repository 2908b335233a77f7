-- name: fetch_latest
-- The newest value of each quantity of some devices, as it is shown; what is a former farmer's is not.
select l.device_id as device_key, l.quantity, coalesce((c.gain * l.value + c.shift)::real, l.value) as value,
    l.measured_at, l.received_at
from latest l
join device d on d.key = l.device_id and l.measured_at >= coalesce(d.shown_from_at, '-infinity')
left join correction c on c.device_key = l.device_id and c.quantity = l.quantity
    and l.measured_at >= c.from_at and l.measured_at < coalesce(c.until_at, 'infinity')
where l.device_id = any(%(device_keys)s);

-- name: fetch_hour_before
-- What a device measured on average about an hour before some instant.
select {averages} from reading r
where device_id = %(device_key)s and measured_at >= %(since)s and measured_at < %(until)s;
