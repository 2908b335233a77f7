-- name: fetch_specs
-- The plan of a team and the town's, the team's first.
select spec from team_plan where team_id = %(team_id)s or team_id is null order by team_id nulls last;

-- name: fetch_own_spec
-- The plan that stands for exactly this team, or exactly the town's.
select spec from team_plan where coalesce(team_id, '') = coalesce(%(team_id)s, '');

-- name: save_spec
-- A plan from now on; incidents that are open keep theirs.
insert into team_plan (team_id, spec, changed_at, changed_by) values (%(team_id)s, %(spec)s::jsonb, %(now)s, %(person_id)s)
on conflict (coalesce(team_id, '')) do update set spec = excluded.spec, changed_at = excluded.changed_at, changed_by = excluded.changed_by;

-- name: drop_spec
-- The team follows the town's plan again.
delete from team_plan where coalesce(team_id, '') = coalesce(%(team_id)s, '');

-- name: fetch_week
-- Who is on duty on which weekday.
select weekday, person_id from duty_week where team_id = %(team_id)s order by weekday, person_id;

-- name: drop_days_of_team
-- What was different on dates of a team.
delete from duty_day where team_id = %(team_id)s;

-- name: drop_mutes_of_team
-- Pauses of one team's notices.
delete from mute where team_id = %(team_id)s;

-- name: clear_week
-- Before another week is written.
delete from duty_week where team_id = %(team_id)s;

-- name: add_weekday
-- Somebody is on duty on a weekday.
insert into duty_week (team_id, weekday, person_id) values (%(team_id)s, %(weekday)s, %(person_id)s) on conflict do nothing;

-- name: fetch_days
-- What is different on dates from a day on.
select day, person_id, on_duty from duty_day where team_id = %(team_id)s and day >= %(since)s order by day, person_id;

-- name: save_day
-- Somebody is, or is not, on duty on a date.
insert into duty_day (team_id, day, person_id, on_duty) values (%(team_id)s, %(day)s, %(person_id)s, %(on_duty)s)
on conflict (team_id, day, person_id) do update set on_duty = excluded.on_duty;

-- name: drop_day
-- The week's pattern counts again for somebody on a date.
delete from duty_day where team_id = %(team_id)s and day = %(day)s and person_id = %(person_id)s;

-- name: fetch_away
-- Who of these is away, through which day.
select id as person_id, away_until from person where id = any(%(ids)s) and away_until is not null;

-- name: fetch_wishes
-- What a person has chosen for the night, and through which day they are away.
select night, away_until from person where id = %(person_id)s;

-- name: save_night
-- A person's own choice for the night; null: the team's.
update person set night = %(night)s where id = %(person_id)s;

-- name: save_away
-- A person is away through a day; null: here.
update person set away_until = %(until)s where id = %(person_id)s;

-- name: fetch_members
-- The active people of a team, by name.
select p.id, p.name, p.away_until from team_member m join person p on p.id = m.person_id
where m.team_id = %(team_id)s and p.active order by p.name, p.id;

-- name: fetch_companions
-- The other active hunters who look after a device, by name; of every team where it has none.
select p.id, p.name, p.away_until from person p join person_role r on r.person_id = p.id and r.role = 'hunter'
join device d on d.key = %(device_key)s
where p.active and p.id <> %(person_id)s
    and (d.team_id is null or exists (select from team_member m where m.team_id = d.team_id and m.person_id = p.id))
order by p.name, p.id;

-- name: add_mute
-- A mute, until an instant.
insert into mute (device_key, agent_id, person_id, team_id, reason, set_by, set_at, until_at)
values (%(device_key)s, %(agent_id)s, %(person_id)s, %(team_id)s, %(reason)s, %(set_by)s, %(now)s, %(until_at)s) returning id;

-- name: end_mute
-- A person ends a mute before its time.
update mute set ended_at = %(now)s, ended_by = %(ended_by)s where id = %(id)s and ended_at is null and until_at > %(now)s;

-- name: fetch_mutes
-- The mutes in force: all, of some devices (and the agents that carry them), of some agents, or of one person; the one that ends first at first.
select m.id, m.device_key, m.agent_id, m.person_id, m.team_id, d.id as device_id, coalesce(d.name, a.name, t.name) as name,
    m.reason, m.set_by, p.name as set_by_name, m.set_at, m.until_at
from mute m join person p on p.id = m.set_by left join device d on d.key = m.device_key left join agent a on a.id = m.agent_id
    left join team t on t.id = m.team_id
where m.ended_at is null and m.until_at > %(now)s and m.set_at <= %(ahead)s
    and (%(id)s::bigint is null or m.id = %(id)s)
    and (%(person_id)s::text is null or m.person_id = %(person_id)s)
    and (%(device_keys)s::integer[] is null or m.device_key = any(%(device_keys)s)
        or m.agent_id in (select agent_id from device where key = any(%(device_keys)s)))
order by m.until_at, m.id;

-- name: fetch_mutes_of_incident
-- The mutes that bear on an incident: of its device, of the agent, or of people of its plan.
select m.person_id, m.set_at, m.until_at from mute m
where m.ended_at is null and m.until_at > %(now)s and (
    m.device_key = %(device_key)s
    or m.agent_id = coalesce(%(agent_id)s, (select agent_id from device where key = %(device_key)s))
    or (m.person_id = any(%(people)s)
        and (m.team_id is null or m.team_id = (select team_id from device where key = %(device_key)s))));

-- name: wake_rounds
-- A mute, or somebody's wish, has changed: what waits is looked at again now.
update incident set release_at = case when exists (select from held h where h.incident_id = incident.id) then %(now)s::timestamptz end,
    round_due_at = case when waits_for is null then round_due_at else %(now)s::timestamptz end,
    next_due_at = %(now)s, due_set_at = %(now)s
where next_due_at is not null and (waits_for is not null or exists (select from held h where h.incident_id = incident.id));
