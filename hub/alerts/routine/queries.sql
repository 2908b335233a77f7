-- name: claim_digest_readers
-- Whoever gets the day's summary and has none yet: hunters with traps, staff, and whoever asked for it; not who came later.
select p.id as person_id, p.name, p.email, p.language,
    array(select role from person_role r where r.person_id = p.id) as roles,
    array(select team_id from team_member t where t.person_id = p.id) as teams,
    array(select distinct w.channel from way w where w.person_id = p.id and w.ended_at is null order by 1) as reaches,
    coalesce(p.channels, '{}') as prefers,
    array(select m.channel from message m
        where m.person_id = p.id and m.purpose = 'digest' and m.occasion = %(occasion)s) as refused
from person p
where p.active and p.created_at < %(since_at)s
    and not exists (
        select from message m
        where m.person_id = p.id and m.purpose = 'digest' and m.occasion = %(occasion)s and m.state <> 'given_up')
    and coalesce(p.digest,
        exists (select from person_role r where r.person_id = p.id and r.role = 'staff')
        or exists (
            select from person_role r join device d on d.kind = 'trap'
            where r.person_id = p.id and r.role = 'hunter'
                and (d.team_id is null or exists (
                    select from team_member t where t.team_id = d.team_id and t.person_id = p.id))))
order by p.id limit %(limit)s for no key update of p skip locked;

-- name: add_routine
-- A message of the day or the week; nothing when the person has it already on this channel.
insert into message (person_id, channel, purpose, occasion, state, due_at, created_at, content)
values (%(person_id)s, %(channel)s, %(purpose)s, %(occasion)s, %(state)s, %(now)s, %(now)s, %(content)s::jsonb)
on conflict do nothing;

-- name: fetch_given_up
-- Whom nothing could be told since an instant, on which channel, and what the other side said.
select p.name, m.channel, max(m.error) as error, count(*) as times
from message m join person p on p.id = m.person_id
where m.state = 'given_up' and m.created_at > %(since)s and p.active
group by 1, 2 order by 1, 2;

-- name: claim_undrilled
-- Whoever is told of alarms and has no drill of this week on a channel that reaches them; not who came later.
select p.id as person_id, c.channel
from person p
    cross join lateral (
        select 'mail' as channel where coalesce(p.email, '') <> ''
        union select w.channel from way w where w.person_id = p.id and w.ended_at is null) c
where p.active and p.created_at < %(since_at)s and c.channel = any(%(channels)s)
    and exists (select from person_role r where r.person_id = p.id and r.role in ('hunter', 'staff'))
    and not exists (
        select from message m
        where m.person_id = p.id and m.channel = c.channel and m.purpose = 'drill' and m.occasion = %(occasion)s)
order by p.id, c.channel limit %(limit)s;

-- name: fetch_reachability
-- Of everybody who is told of alarms and each channel that reaches them: the latest drill, and when one was confirmed last.
select p.id as person_id, p.name, c.channel, d.created_at as drilled_at, d.state, d.error,
    (select min(m.created_at) from message m
     where m.person_id = p.id and m.channel = c.channel and m.purpose = 'drill') as first_at,
    (select max(m.confirmed_at) from message m
     where m.person_id = p.id and m.channel = c.channel and m.purpose = 'drill') as confirmed_at
from person p
    cross join lateral (
        select 'mail' as channel where coalesce(p.email, '') <> ''
        union select w.channel from way w where w.person_id = p.id and w.ended_at is null) c
    left join lateral (
        select created_at, state, error from message m
        where m.person_id = p.id and m.channel = c.channel and m.purpose = 'drill' and m.state <> 'cancelled'
        order by created_at desc limit 1) d on true
where p.active and c.channel = any(%(channels)s)
    and (%(person_id)s::text is null or p.id = %(person_id)s)
    and exists (select from person_role r where r.person_id = p.id and r.role in ('hunter', 'staff'))
    and (p.id, c.channel) > (%(after_id)s, %(after_channel)s)
order by p.id, c.channel limit %(limit)s;

-- name: fetch_digest_wish
-- Whether a person wants the morning's summary; null: as the role has it.
select digest from person where id = %(person_id)s;

-- name: save_digest_wish
-- The person's own choice.
update person set digest = %(wanted)s where id = %(person_id)s;
