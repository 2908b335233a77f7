-- name: ping
-- Whether the database answers and takes writes (a standby would not).
select not pg_is_in_recovery();

-- name: fetch_agents
-- Those of the given agents that are registered.
select id from agent where id = any(%(ids)s);

-- name: fetch_devices
-- Those of the given devices that are registered, whoever's they are.
select key, id, agent_id, kind from device where id = any(%(ids)s);

-- name: fix_offset
-- The first writer fixes the offset of an agent's boot; a later one changes nothing.
insert into boot_clock (agent_id, boot, offset_us, fixed_at) values (%(agent_id)s, %(boot)s, %(offset_us)s, %(now)s)
on conflict (agent_id, boot) do nothing;

-- name: fetch_offsets
-- Fixed offsets of boots, given as two arrays of the same length.
select agent_id, boot, offset_us from boot_clock
join unnest(%(agents)s::text[], %(boots)s::text[]) as wanted (agent_id, boot) using (agent_id, boot);

-- name: fetch_known_events
-- Which of these events (two arrays of the same length) are stored already.
select source, event_id from event
join unnest(%(sources)s::text[], %(ids)s::text[]) as wanted (source, event_id) using (source, event_id);

-- name: lock_agents
-- Lock agents in the order of their ids, so that two processes never wait for each other in a circle.
select id from agent where id = any(%(ids)s) order by id for no key update;

-- name: lock_devices
-- Lock devices in the order of their keys; always after the agents.
select key from device where key = any(%(keys)s) order by key for no key update;

-- name: add_event
-- Store an event once; gives no row when it was there.
insert into event (
    source, event_id, agent_id, device_key, kind, outbox, sequence, occurred_at, time_quality, received_at, late, data
) values (
    %(source)s, %(event_id)s, %(agent_id)s, %(device_key)s, %(kind)s, %(outbox)s, %(sequence)s, %(occurred_at)s,
    %(time_quality)s, %(received_at)s, %(late)s, %(data)s
)
on conflict (source, event_id) do nothing
returning id;

-- name: add_quarantined
-- Keep messages that were not stored (arrays of the same length, each digest once, in the order of the digests, so that
-- two processes never wait in a circle). The same one again counts up, and waits again if somebody had settled it.
insert into quarantine (
    digest, topic, payload, size_bytes, reason, detail, agent_id, received_at, last_received_at, times
)
select given.digest, topic, payload, size_bytes, reason, detail, agent_id, received_at, received_at, times
from unnest(
    %(digests)s::bytea[], %(topics)s::text[], %(payloads)s::bytea[], %(sizes)s::integer[], %(reasons)s::text[],
    %(details)s::text[], %(agents)s::text[], %(received)s::timestamptz[], %(times)s::integer[]
) as given (digest, topic, payload, size_bytes, reason, detail, agent_id, received_at, times)
order by given.digest
on conflict (digest) do update set
    times = quarantine.times + excluded.times,
    last_received_at = greatest(quarantine.last_received_at, excluded.last_received_at),
    reason = excluded.reason,
    detail = excluded.detail,
    state = 'waiting',
    settled_at = null,
    settled_by = null
returning id, digest;

-- name: prune_quarantine
-- Bound the quarantine: the newest of each agent, the newest in all, so many bytes; settled ones go after a while.
delete from quarantine where id in (
    select id from (
        select
            id,
            row_number() over (partition by agent_id order by id desc) as of_agent,
            row_number() over (order by id desc) as of_all,
            sum(octet_length(payload)) over (order by id desc) as bytes
        from quarantine where state = 'waiting'
    ) as ranked
    where of_agent > %(most_of_agent)s or of_all > %(most)s or bytes > %(most_bytes)s
)
or (state <> 'waiting' and settled_at < %(now)s::timestamptz - make_interval(days => (
    select keep_days from retention where what = 'quarantine' and since <= %(now)s::timestamptz::date order by since desc limit 1
)));

-- name: fetch_quarantine
-- A page of the quarantine, newest first, without the payloads' ends.
select
    id, topic, substring(payload from 1 for %(excerpt)s) as excerpt, size_bytes,
    octet_length(payload) < size_bytes as truncated, reason, detail, agent_id, received_at, last_received_at, times,
    state, settled_at, settled_by
from quarantine
where (%(state)s::text is null or state = %(state)s) and (%(before)s::bigint is null or id < %(before)s)
order by id desc limit %(limit)s;

-- name: lock_quarantined
-- One message with its whole payload, locked until the caller has settled it.
select id, topic, payload, size_bytes, reason, detail, received_at, state from quarantine where id = %(id)s for update;

-- name: settle_quarantined
-- A person has replayed or discarded it.
update quarantine set state = %(state)s, settled_at = %(now)s, settled_by = %(by)s where id = %(id)s;

-- name: explain_quarantined
-- What a replay found this time.
update quarantine set reason = %(reason)s, detail = %(detail)s where id = %(id)s;

-- name: count_quarantine
-- How many wait.
select count(*) from quarantine where state = 'waiting';

-- name: save_latest
-- Replace latest values by newer ones only; in the order of the key, so that two processes never wait in a circle.
insert into latest (device_id, quantity, measured_at, received_at, value)
select given.device_id, given.quantity, given.measured_at, given.received_at, given.value
from unnest(
    %(devices)s::integer[], %(quantities)s::text[], %(measured)s::timestamptz[], %(received)s::timestamptz[],
    %(values)s::real[]
) as given (device_id, quantity, measured_at, received_at, value)
order by given.device_id, given.quantity
on conflict (device_id, quantity) do update set
    measured_at = excluded.measured_at, received_at = excluded.received_at, value = excluded.value
where excluded.measured_at > latest.measured_at;

-- name: save_agents_heard
-- When agents were last heard. Rows that somebody holds are left for the next time: nobody waits for this.
update agent set last_heard_at = given.at
from unnest(%(ids)s::text[], %(at)s::timestamptz[]) as given (id, at),
    (select id from agent where id = any(%(ids)s) order by id for no key update skip locked) as free
where agent.id = given.id and free.id = agent.id and (agent.last_heard_at is null or agent.last_heard_at < given.at);

-- name: save_devices_heard
-- The same for devices.
update device set last_heard_at = given.at
from unnest(%(keys)s::integer[], %(at)s::timestamptz[]) as given (key, at),
    (select key from device where key = any(%(keys)s) order by key for no key update skip locked) as free
where device.key = given.key and free.key = device.key
    and (device.last_heard_at is null or device.last_heard_at < given.at);
