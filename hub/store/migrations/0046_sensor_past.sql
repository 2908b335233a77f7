-- The stretches in which sensors were not well, for whoever looks at their values later: kept by whatever changes sensor_state.

create table sensor_past (
    device_key integer not null references device (key),
    quantity text not null,
    -- By the time of measuring, as sensor_state has it. Until when: null while it is so.
    since_at timestamptz not null,
    until_at timestamptz,
    state text not null check (state in ('silent', 'late', 'stuck', 'out_of_range', 'drifting'))
);
create index on sensor_past (device_key, since_at);
create unique index sensor_past_open on sensor_past (device_key, quantity) where until_at is null;

create function keep_sensor_past() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.state <> new.state then
        update sensor_past set until_at = greatest(since_at, new.since_at)
        where device_key = new.device_key and quantity = new.quantity and until_at is null;
    end if;
    if new.state <> 'ok' then
        insert into sensor_past (device_key, quantity, since_at, state)
        values (new.device_key, new.quantity, new.since_at, new.state)
        on conflict (device_key, quantity) where until_at is null do update set since_at = excluded.since_at;
    end if;
    return null;
end $$;
create trigger keep_past after insert or update on sensor_state for each row execute function keep_sensor_past();

insert into sensor_past (device_key, quantity, since_at, state)
select device_key, quantity, since_at, state from sensor_state where state <> 'ok';
