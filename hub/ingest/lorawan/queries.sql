-- name: fetch_probes
-- The registered ones of some DevEUIs, with their stations.
select l.dev_eui, l.codec, d.key, d.id, d.agent_id, d.kind from lorawan_device l join device d on d.key = l.device_key
where l.dev_eui = any(%(dev_euis)s);

-- name: add_frames
-- Note frames by the network server's number (arrays of the same length); gives back those that are new.
insert into lorawan_frame (dev_eui, deduplication_id, measured_at, received_at)
select dev_eui, deduplication_id, measured_at, received_at
from unnest(%(dev_euis)s::text[], %(ids)s::text[], %(measured)s::timestamptz[], %(received)s::timestamptz[])
    as given (dev_eui, deduplication_id, measured_at, received_at)
order by dev_eui, deduplication_id
on conflict do nothing returning dev_eui, deduplication_id;

-- name: drop_old_frames
-- No network server sends again what is so old.
delete from lorawan_frame where received_at < %(before)s;

-- name: save_heard
-- A probe was heard; an older frame says nothing new.
update lorawan_device set last_heard_at = %(at)s, last_f_cnt = %(f_cnt)s, last_rssi_dbm = %(rssi)s, last_snr_db = %(snr)s,
    gateways = %(gateways)s, battery_percent = coalesce(%(battery)s, battery_percent)
where dev_eui = %(dev_eui)s and (last_heard_at is null or last_heard_at <= %(at)s);

-- name: save_stranger
-- A probe that nobody has registered.
insert into lorawan_stranger (dev_eui, application, name, profile, f_port, payload, rssi_dbm, first_heard_at, last_heard_at)
values (%(dev_eui)s, %(application)s, %(name)s, %(profile)s, %(f_port)s, %(payload)s, %(rssi)s, %(at)s, %(at)s)
on conflict (dev_eui) do update set application = excluded.application, name = excluded.name, profile = excluded.profile,
    f_port = excluded.f_port, payload = excluded.payload, rssi_dbm = excluded.rssi_dbm,
    last_heard_at = greatest(lorawan_stranger.last_heard_at, excluded.last_heard_at), times = lorawan_stranger.times + 1;

-- name: bound_strangers
-- Keep the last few only: whoever may publish could invent any number of them.
delete from lorawan_stranger where dev_eui in (
    select dev_eui from lorawan_stranger order by last_heard_at desc, dev_eui offset %(most)s);

-- name: fetch_registered
-- Every registered probe, by its DevEUI; or the one that is asked for.
select l.dev_eui, l.device_key, d.id as device_id, d.name as device_name, l.codec, l.registered_at, l.last_heard_at,
    l.last_f_cnt, l.last_rssi_dbm, l.last_snr_db, l.gateways, l.battery_percent
from lorawan_device l join device d on d.key = l.device_key
where (%(dev_eui)s::text is null or l.dev_eui = %(dev_eui)s) and l.dev_eui > %(after)s
order by l.dev_eui limit %(limit)s;

-- name: fetch_strangers
-- Probes that nobody has registered, the last heard first; or the one that is asked for.
select dev_eui, application, name, profile, f_port, payload, rssi_dbm, first_heard_at, last_heard_at, times
from lorawan_stranger where %(dev_eui)s::text is null or dev_eui = %(dev_eui)s
order by last_heard_at desc, dev_eui limit 500;

-- name: add_registered
-- A probe measures for a station; gives nothing when it is registered already.
insert into lorawan_device (dev_eui, device_key, codec, registered_at, registered_by)
values (%(dev_eui)s, %(device_key)s, %(codec)s, %(now)s, %(by)s) on conflict do nothing returning dev_eui;

-- name: drop_stranger
-- It is known now.
delete from lorawan_stranger where dev_eui = %(dev_eui)s;

-- name: drop_registered
-- A probe measures here no more.
delete from lorawan_device where dev_eui = %(dev_eui)s;

-- name: fetch_account_made
-- Whether ChirpStack has an account at the broker.
select broker_hash is not null from agent where id = %(id)s;
