-- name: lock_incident
-- One incident, locked for deciding. (No key update: entries and deliveries that others write refer to it meanwhile.)
select id, kind, device_key, agent_id, person_id, state, seeking, events, again_at, plan, next_step, plan_step, next_due_at, due_set_at,
    acute_until, round_due_at, answered_until, release_at, waits_for
from incident where id = %(id)s for no key update;

-- name: lock_unresolved
-- The unresolved incident of a kind about a device or an agent, locked for deciding.
select id, kind, device_key, agent_id, person_id, state, seeking, events, again_at, plan, next_step, plan_step, next_due_at, due_set_at,
    acute_until, round_due_at, answered_until, release_at, waits_for
from incident
where coalesce(device_key, 0) = coalesce(%(device_key)s, 0) and coalesce(agent_id, '') = coalesce(%(agent_id)s, '')
    and coalesce(person_id, '') = coalesce(%(person_id)s, '') and kind = %(kind)s and state <> 'resolved'
for no key update;

-- name: claim_due_incidents
-- Incidents whose next step is due, or was settled by a clock that has gone back; another worker's are left to it.
select id, kind, device_key, agent_id, person_id, state, seeking, events, again_at, plan, next_step, plan_step, next_due_at, due_set_at,
    acute_until, round_due_at, answered_until, release_at, waits_for
from incident
where next_due_at is not null and (next_due_at <= %(now)s or due_set_at > %(ahead)s)
order by next_due_at limit %(limit)s for no key update skip locked;

-- name: add_incident
-- A new incident; nothing when one is unresolved already.
insert into incident (id, kind, device_key, agent_id, person_id, occurred_at, uncertain, late, detail, opened_at, plan,
    state, next_step, plan_step, next_due_at, due_set_at, acute_until, round_due_at)
values (%(id)s, %(kind)s, %(device_key)s, %(agent_id)s, %(person_id)s, %(occurred_at)s, %(uncertain)s, %(late)s, %(detail)s::jsonb, %(now)s,
    %(plan)s::jsonb, %(state)s, %(next_step)s, %(plan_step)s, %(next_due_at)s, %(due_set_at)s, %(acute_until)s, %(round_due_at)s)
on conflict do nothing;

-- name: save_escalation
-- Where the incident stands from now on.
update incident set state = %(state)s, seeking = %(seeking)s, next_step = %(next_step)s, plan_step = %(plan_step)s,
    next_due_at = %(next_due_at)s, due_set_at = %(due_set_at)s, acute_until = %(acute_until)s, round_due_at = %(round_due_at)s,
    answered_until = %(answered_until)s, release_at = %(release_at)s, waits_for = %(waits_for)s
where id = %(id)s;

-- name: count_event
-- One more event fell into the incident.
update incident set events = events + 1, again_at = coalesce(%(again_at)s, again_at) where id = %(id)s;

-- name: save_plan
-- A plan that reached nobody is replaced by one that does.
update incident set plan = %(plan)s::jsonb where id = %(id)s;

-- name: save_resolution
-- The escalation's end with what was reported; all null when the system ended it.
update incident set state = 'resolved', seeking = false, next_due_at = null, round_due_at = null, answered_until = null,
    release_at = null, waits_for = null, due_set_at = %(now)s, resolved_at = %(now)s, resolved_by = %(person_id)s,
    outcome = %(outcome)s, note = %(note)s
where id = %(id)s;

-- name: fetch_covering_incident
-- The first incident of the kind that was settled after an instant: whose record covers what happened at it.
select id from incident
where device_key = %(device_key)s and kind = %(kind)s and resolved_at > %(at)s
order by resolved_at limit 1;

-- name: add_entry
-- A line of the timeline; the table refuses changes.
insert into incident_entry (incident_id, at, kind, actor, detail)
values (%(incident_id)s, %(at)s, %(kind)s, %(actor)s, %(detail)s::jsonb);

-- name: save_answer
-- A person is on the way; a new answer replaces their old one.
insert into incident_answer (incident_id, person_id, given_at, eta_at, party, partner_id)
values (%(incident_id)s, %(person_id)s, %(now)s, %(eta_at)s, %(party)s, %(partner_id)s)
on conflict (incident_id, person_id) do update set given_at = excluded.given_at, eta_at = excluded.eta_at, party = excluded.party,
    partner_id = excluded.partner_id;

-- name: fetch_answered
-- The answers of one incident, as they are decided upon.
select person_id, eta_at, party, partner_id from incident_answer where incident_id = %(incident_id)s order by given_at, person_id;

-- name: drop_answer
-- One person is not on the way any more.
delete from incident_answer where incident_id = %(incident_id)s and person_id = %(person_id)s;

-- name: add_held
-- Somebody who is due and is not to be told now; who is held already stays so.
insert into held (incident_id, person_id, step, why, since_at) values (%(incident_id)s, %(person_id)s, %(step)s, %(why)s, %(now)s)
on conflict do nothing;

-- name: fetch_held
-- Who is held in an incident, and since which round.
select person_id, step from held where incident_id = %(incident_id)s;

-- name: drop_held
-- These are told now; everybody's hold ends when nobody is named.
delete from held where incident_id = %(incident_id)s and (%(person_ids)s::text[] is null or person_id = any(%(person_ids)s));

-- name: fetch_where
-- The place of a device, and the team that looks after it.
select team_id, lat, lon from device where key = %(device_key)s;

-- name: drop_answers
-- Nobody is on the way any more (the timeline keeps who was).
delete from incident_answer where incident_id = %(incident_id)s;

-- name: is_active_person
-- Whether this is somebody who may still act.
select exists (select from person where id = %(person_id)s and active);

-- name: add_delivery
-- A notice that is due now; at most one a round, person and channel.
insert into delivery (incident_id, step, person_id, channel, due_at, created_at)
values (%(incident_id)s, %(step)s, %(person_id)s, %(channel)s, %(now)s, %(now)s)
on conflict (incident_id, step, person_id, channel) do nothing;

-- name: cancel_deliveries
-- Somebody answered or it is settled: what has not gone out yet need not.
update delivery set state = 'cancelled', leased_until = null where incident_id = %(incident_id)s and state in ('due', 'leased');

-- name: fetch_reaches
-- What was tried in an incident: whom on which channel in which round, and how it stands.
select step, person_id, channel, state from delivery where incident_id = %(incident_id)s;

-- name: claim_delivery
-- Lease the notice that has been due longest on a channel. A lease that ran out counts as due; so does an instant further off
-- than any back-off or lease lasts (the clock went back).
update delivery set state = 'leased', leased_until = %(leased_until)s, attempts = attempts + 1
where id = (
    select delivery.id from delivery join incident on incident.id = delivery.incident_id
    where delivery.channel = %(channel)s and (incident.state = 'open' or incident.seeking) and (
        (delivery.state = 'due' and (delivery.due_at <= %(now)s or delivery.due_at > %(beyond)s))
        or (delivery.state = 'leased' and (delivery.leased_until <= %(now)s or delivery.leased_until > %(beyond)s)))
    order by delivery.due_at, delivery.id limit 1 for update of delivery skip locked)
returning id, incident_id, step, person_id, channel, attempts;

-- name: renew_leases
-- The worker lives and is still trying these.
update delivery set leased_until = %(leased_until)s where id = any(%(ids)s) and state = 'leased';

-- name: save_sent
-- It has gone out; even if somebody answered meanwhile, that is the truth. Not if another worker took the lease over.
update delivery set state = 'sent', sent_at = %(now)s, leased_until = null, error = null
where id = %(id)s and attempts = %(attempts)s and state in ('leased', 'cancelled');

-- name: save_retry
-- It did not go out this time. Not if it was cancelled meanwhile or another worker took the lease over.
update delivery set state = 'due', due_at = %(due_at)s, leased_until = null, error = %(error)s
where id = %(id)s and attempts = %(attempts)s and state = 'leased';

-- name: save_given_up
-- It cannot go out on this channel.
update delivery set state = 'given_up', leased_until = null, error = %(error)s
where id = %(id)s and attempts = %(attempts)s and state = 'leased';

-- name: fetch_notice_facts
-- What a notice says: the incident, what it is about, and to whom.
select i.id as incident_id, i.kind, i.occurred_at, i.uncertain, i.late, i.events, i.opened_at,
    coalesce(q.name || ' / ' || d.name, q.name, d.name, a.name, '') as name, d.id as device_id, d.lat, d.lon,
    p.id as person_id, p.name as person_name, p.email, p.language, p.active, i.seeking, i.person_id as missing_id
from incident i left join device d on d.key = i.device_key left join agent a on a.id = i.agent_id
    left join person q on q.id = i.person_id, person p
where i.id = %(incident_id)s and p.id = %(person_id)s;

-- name: fetch_told
-- Names of the others who are told in an incident, by name.
select distinct p.name from delivery d join person p on p.id = d.person_id
where d.incident_id = %(incident_id)s and d.person_id <> %(person_id)s and d.state in ('due', 'leased', 'sent')
order by p.name;

-- name: fetch_incidents
-- Incidents with what they are about, newest first, before a given one.
select i.id, i.kind, i.state, i.device_key, d.id as device_id, i.agent_id,
    coalesce(q.name || ' / ' || d.name, q.name, d.name, a.name, '') as name, d.lat, d.lon,
    i.occurred_at, i.uncertain, i.late, i.detail, i.opened_at, i.events, i.next_step, i.next_due_at,
    i.person_id, i.seeking, i.waits_for, i.round_due_at,
    i.resolved_by, r.name as resolved_by_name, i.resolved_at, i.outcome, i.note
from incident i left join device d on d.key = i.device_key left join agent a on a.id = i.agent_id
    left join person r on r.id = i.resolved_by left join person q on q.id = i.person_id
where (%(id)s::text is null or i.id = %(id)s)
    and (%(states)s::text[] is null or i.state = any(%(states)s))
    and (%(kinds)s::text[] is null or i.kind = any(%(kinds)s))
    and (%(device_keys)s::integer[] is null or i.device_key = any(%(device_keys)s))
    and (%(before_at)s::timestamptz is null or (i.opened_at, i.id) < (%(before_at)s, %(before_id)s))
order by i.opened_at desc, i.id desc limit %(limit)s;

-- name: fetch_answers
-- Who is on the way in these incidents, in the order of their answers.
select w.incident_id, w.person_id, p.name, w.given_at, w.eta_at, w.party, w.partner_id, q.name as partner_name
from incident_answer w join person p on p.id = w.person_id left join person q on q.id = w.partner_id
where w.incident_id = any(%(incident_ids)s) order by w.given_at, w.person_id;

-- name: fetch_entries
-- The timeline of an incident.
select e.id, e.at, e.kind, e.actor, p.name as actor_name, e.detail
from incident_entry e left join person p on p.id = e.actor
where e.incident_id = %(incident_id)s order by e.id;

-- name: fetch_deliveries
-- Every notice of an incident and how it went.
select d.id, d.step, d.person_id, p.name, d.channel, d.state, d.due_at, d.attempts, d.created_at, d.sent_at, d.error
from delivery d join person p on p.id = d.person_id
where d.incident_id = %(incident_id)s order by d.id;

-- name: lock_watch
-- Since when the hub has been looking; nothing when another worker is looking at this moment.
select looked_at, resumes_at from watch for update skip locked;

-- name: save_watch
-- The hub has looked, or will look again from an instant on.
update watch set looked_at = %(looked_at)s, resumes_at = %(resumes_at)s;

-- name: claim_lost_agents
-- Agents that were not heard since an instant and have no incident about that yet.
select a.id, coalesce(a.last_heard_at, a.enrolled_at) as last_heard_at from agent a
where a.enrolled_at <= %(since)s and coalesce(a.last_heard_at, a.enrolled_at) <= %(since)s
    and not exists (select from incident i where i.agent_id = a.id and i.kind = 'agent_down' and i.state <> 'resolved')
order by a.id limit %(limit)s for no key update of a skip locked;

-- name: fetch_found_agents
-- Agents that were heard since an instant and have an incident that says they are not.
select a.id, a.last_heard_at from agent a join incident i on i.agent_id = a.id and i.kind = 'agent_down' and i.state <> 'resolved'
where a.last_heard_at > %(since)s order by a.id;

-- name: postpone
-- A step that fails for a defect of ours is due again, in a while.
update incident set next_due_at = %(due_at)s, due_set_at = %(now)s where id = %(id)s and state <> 'resolved';

-- name: fetch_device_id
-- What an incident is about, by the id that people know; null when it is about an agent.
select d.id from incident i join device d on d.key = i.device_key where i.id = %(incident_id)s;

-- name: fetch_figures
-- What an operator watches: what is unsettled, and what could not be delivered within a day.
select (select count(*) from incident where state = 'open') as incidents_open,
       (select count(*) from incident where state = 'going') as incidents_going,
       (select count(*) from delivery where state in ('due', 'leased') and due_at < %(now)s) as deliveries_due,
       (select count(*) from delivery where state = 'given_up' and created_at > %(since)s) as deliveries_given_up;
