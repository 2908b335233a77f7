-- name: fetch_policies
-- All that was ever decided.
select what, since, keep_days, source from retention order by what, since;

-- name: add_policy
-- From a day on something is kept so long.
insert into retention (what, since, keep_days, source) values (%(what)s, %(since)s, %(keep_days)s, %(source)s)
on conflict (what, since) do update set keep_days = excluded.keep_days, source = excluded.source;

-- name: fetch_server
-- Which edition of TimescaleDB this is.
select coalesce(current_setting('timescaledb.license', true), 'apache') as licence,
    exists (select from pg_proc where proname = 'convert_to_columnstore') as converts;

-- name: fetch_oldest_chunk
-- The oldest chunk of readings that lies before an instant.
select chunk_schema as schema, chunk_name as name, range_start as since, range_end as until
from timescaledb_information.chunks
where hypertable_schema = 'public' and hypertable_name = 'reading' and range_end <= %(before)s
order by range_end limit 1;

-- name: fetch_uncompressed_chunk
-- The oldest chunk of readings before an instant that is not in the columnstore and of which nothing is due.
select chunk_schema as schema, chunk_name as name, range_start as since, range_end as until
from timescaledb_information.chunks c
where hypertable_schema = 'public' and hypertable_name = 'reading' and range_end <= %(before)s and not is_compressed
    and not exists (select from rollup_due where since_at < c.range_end and until_at > c.range_start)
order by range_end limit 1;

-- name: has_due
-- Whether something before an instant is still to be rolled up.
select exists (select from rollup_due where since_at < %(until)s);

-- name: has_unreached
-- Whether some device has readings in a stretch that are not rolled up.
select exists (
    select from device d
    left join rollup_reach h on h.device_id = d.key
    where coalesce(h.until_at, '-infinity') < %(until)s
        and exists (
            select from reading r where r.device_id = d.key
                and r.measured_at >= greatest(%(since)s::timestamptz, coalesce(h.until_at, '-infinity')) and r.measured_at < %(until)s
        )
);

-- name: add_drop
-- Raw readings before an instant are dropped.
insert into raw_drop (number, until_at, dropped_at)
select coalesce(max(number), 0) + 1, %(until)s, %(now)s from raw_drop;

-- name: drop_chunks
-- Drop the chunk of readings that is this stretch, and none that somebody has made meanwhile.
select count(*) from drop_chunks('reading', older_than => %(until)s::timestamptz, newer_than => %(since)s::timestamptz);

-- name: drop_heartbeats
-- Some heartbeats that are too old. Around an incident of their device they stay: they are evidence.
delete from event where id in (
    select e.id from event e
    where e.kind = 'status' and e.occurred_at < %(before)s
        and not exists (
            select from incident i
            where i.device_key = e.device_key
                and e.occurred_at between i.occurred_at - interval '1 day' and coalesce(i.resolved_at, 'infinity') + interval '1 day'
        )
    order by e.occurred_at limit %(most)s
);

-- name: drop_flights
-- Some of what drones told of their flights, and of the ways that they flew, that is too old.
with told as (
    delete from event where id in (
        select id from event where kind = 'flight' and occurred_at < %(before)s order by occurred_at limit %(most)s / 2
    ) returning 1
), flown as (
    delete from flight_point where (device_key, slot) in (
        select device_key, slot from flight_point where at < %(before)s order by at limit %(most)s / 2
    ) returning 1
)
select 1 from told union all select 1 from flown;

-- name: drop_notices
-- Some drills and summaries that are too old and settled.
delete from message where id in (
    select m.id from message m
    where m.purpose in ('drill', 'digest') and m.created_at < %(before)s and m.state in ('sent', 'given_up', 'cancelled')
        and not exists (select from delivery d where d.message_id = m.id)
    order by m.created_at limit %(most)s
);

-- name: drop_quarantined
-- Some messages that were settled too long ago.
delete from quarantine where id in (
    select id from quarantine where state <> 'waiting' and settled_at < %(before)s order by id limit %(most)s
);
