-- name: add_trap
-- The row of a trap; one that is there stays as it is.
insert into trap (device_key, state, state_changed_at, silent_due_at)
values (%(device_key)s, %(state)s, %(state_changed_at)s, %(silent_due_at)s)
on conflict (device_key) do nothing;

-- name: lock_traps
-- Lock traps for deciding, always in the order of their keys, so that two batches never wait for each other.
select device_key from trap where device_key = any(%(device_keys)s) order by device_key for no key update;

-- name: lock_trap
-- One trap, locked for deciding.
select device_key, state, state_changed_at, sprung_at, found_at, line, last_heard_at, silent_due_at
from trap where device_key = %(device_key)s for no key update;

-- name: fetch_trap
-- One trap as it is, without waiting for anybody.
select device_key, state, state_changed_at, sprung_at, found_at, line, last_heard_at, silent_due_at
from trap where device_key = %(device_key)s;

-- name: fetch_traps
-- Traps by their keys; every trap when the keys are null.
select device_key, state, state_changed_at, sprung_at, found_at, line, last_heard_at, silent_due_at
from trap where %(device_keys)s::integer[] is null or device_key = any(%(device_keys)s::integer[])
order by device_key;

-- name: claim_due_traps
-- Traps whose time to be heard has passed; those that another process is deciding are left to it.
select device_key, state, state_changed_at, sprung_at, found_at, line, last_heard_at, silent_due_at
from trap where silent_due_at <= %(now)s
order by device_key limit %(limit)s for no key update skip locked;

-- name: pull_in_silence
-- After the clock went back: nobody may stay unheard for longer than the rule says.
update trap set silent_due_at = %(latest)s
where device_key in (select device_key from trap where silent_due_at > %(beyond)s order by device_key for no key update skip locked);

-- name: save_trap
-- The trap as it was decided.
update trap set state = %(state)s, state_changed_at = %(state_changed_at)s, sprung_at = %(sprung_at)s, found_at = %(found_at)s,
    line = %(line)s, last_heard_at = %(last_heard_at)s, silent_due_at = %(silent_due_at)s
where device_key = %(device_key)s;

-- name: fetch_device_id
-- The id by which the world knows a trap.
select id from device where key = %(device_key)s;

-- name: add_history
-- What the hub learned of a trap's state.
insert into trap_history (device_key, recorded_at, since_at, state)
values (%(device_key)s, %(recorded_at)s, %(since_at)s, %(state)s);
