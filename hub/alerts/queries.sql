-- name: lock_incident
-- One incident, locked for deciding. (No key update: entries and deliveries that others write refer to it meanwhile.)
select id, kind, device_key, agent_id, person_id, plot_id, state, seeking, events, again_at, plan, next_step, plan_step, next_due_at, due_set_at,
    acute_until, round_due_at, answered_until, release_at, waits_for
from incident where id = %(id)s for no key update;

-- name: lock_unresolved
-- The unresolved incident of a kind about a device or an agent, locked for deciding.
select id, kind, device_key, agent_id, person_id, plot_id, state, seeking, events, again_at, plan, next_step, plan_step, next_due_at, due_set_at,
    acute_until, round_due_at, answered_until, release_at, waits_for
from incident
where coalesce(device_key, 0) = coalesce(%(device_key)s, 0) and coalesce(agent_id, '') = coalesce(%(agent_id)s, '')
    and coalesce(person_id, '') = coalesce(%(person_id)s, '') and coalesce(plot_id, '') = coalesce(%(plot_id)s, '') and matter = %(matter)s
    and kind = %(kind)s and state <> 'resolved'
for no key update;

-- name: claim_due_incidents
-- Incidents whose next step is due, or was settled by a clock that has gone back; another worker's are left to it.
select id, kind, device_key, agent_id, person_id, plot_id, state, seeking, events, again_at, plan, next_step, plan_step, next_due_at, due_set_at,
    acute_until, round_due_at, answered_until, release_at, waits_for
from incident
where next_due_at is not null and (next_due_at <= %(now)s or due_set_at > %(ahead)s)
order by next_due_at limit %(limit)s for no key update skip locked;

-- name: add_incident
-- A new incident; nothing when one is unresolved already.
insert into incident (id, kind, device_key, agent_id, person_id, plot_id, matter, occurred_at, uncertain, late, detail, opened_at, plan,
    state, next_step, plan_step, next_due_at, due_set_at, acute_until, round_due_at)
values (%(id)s, %(kind)s, %(device_key)s, %(agent_id)s, %(person_id)s, %(plot_id)s, %(matter)s, %(occurred_at)s, %(uncertain)s, %(late)s, %(detail)s::jsonb, %(now)s,
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
-- A notice that is due now; at most one a round, person and channel. Of an old matter it is a reminder.
insert into delivery (incident_id, step, person_id, channel, due_at, created_at, is_reminder, is_field)
select %(incident_id)s, %(step)s, %(person_id)s, %(channel)s, %(now)s, %(now)s, i.acute_until <= %(now)s,
    coalesce((i.plan ->> 'low')::boolean, false)
from incident i where i.id = %(incident_id)s
on conflict (incident_id, step, person_id, channel) do nothing;

-- name: cancel_deliveries
-- Somebody answered or it is settled: what has not gone out yet need not.
update delivery set state = 'cancelled' where incident_id = %(incident_id)s and state in ('due', 'leased');

-- name: fetch_reaches
-- What was tried in an incident: whom on which channel in which round, and how it stands.
select step, person_id, channel, state from delivery where incident_id = %(incident_id)s;

-- name: fetch_waiting
-- Who waits for a message on a channel, alarms first, then whoever has waited longest; those who may not be told yet are left
-- out. A notice whose message was given up for another one waits too; so does one whose instant is further off than any
-- back-off lasts (the clock went back).
select d.person_id, d.budget, case when d.alone then d.id end as alone_id
from delivery d join incident i on i.id = d.incident_id
    left join message m on m.id = d.message_id
    left join pace p on p.person_id = d.person_id and p.channel = d.channel
        and p.budget = d.budget
where d.channel = %(channel)s and d.state in ('due', 'leased') and (i.state = 'open' or i.seeking) and (m.id is null or m.state = 'cancelled')
    and (d.due_at <= %(now)s or d.due_at > %(beyond)s)
    and (p.person_id is null or p.free_at <= %(now)s or p.free_at > %(farthest)s)
group by 1, 2, 3 order by d.budget <> 'alarm', min(d.due_at), min(d.id) limit %(limit)s;

-- name: open_pace
-- A person who was never told on this channel may be told at once.
insert into pace (person_id, channel, budget, full_at, free_at) values (%(person_id)s, %(channel)s, %(budget)s, %(now)s, %(now)s)
on conflict do nothing;

-- name: lock_pace
-- Where a person stands, locked; nothing when another worker is about to tell them.
select full_at, last_at, returned from pace
where person_id = %(person_id)s and channel = %(channel)s and budget = %(budget)s for update skip locked;

-- name: save_pace
-- Where a person stands from now on.
update pace set full_at = %(full_at)s, last_at = %(last_at)s, returned = %(returned)s, free_at = %(free_at)s
where person_id = %(person_id)s and channel = %(channel)s and budget = %(budget)s;

-- name: supersede_messages
-- Messages that did not get through go into the next one, with what has come since.
update message set state = 'cancelled' where id in (
    select id from message
    where person_id = %(person_id)s and channel = %(channel)s and purpose = %(purpose)s and state = 'due' and not alone
    for update skip locked);

-- name: add_alarm
-- A message that is being tried from now on.
insert into message (person_id, channel, purpose, state, alone, due_at, leased_until, attempts, created_at)
values (%(person_id)s, %(channel)s, %(purpose)s, 'leased', %(alone)s, %(now)s, %(leased_until)s, 1, %(now)s)
returning id, key::text, person_id, channel, purpose, attempts, error is not null and not alone as has_failed;

-- name: gather_deliveries
-- All that waits for a person goes into one message; what somebody is answering at this moment is left out.
update delivery set state = 'leased', message_id = %(message_id)s, message_try = 1, attempts = attempts + 1
where id in (
    select d.id from delivery d join incident i on i.id = d.incident_id left join message m on m.id = d.message_id
    where d.person_id = %(person_id)s and d.channel = %(channel)s and d.budget = %(budget)s and d.state in ('due', 'leased')
        and (i.state = 'open' or i.seeking) and (m.id is null or m.state = 'cancelled')
        and (d.due_at <= %(now)s or d.due_at > %(beyond)s or m.id is not null)
        and (case when %(alone_id)s::bigint is null then not d.alone else d.id = %(alone_id)s end)
    for update of d skip locked);

-- name: has_company
-- Whether something else waits for the same person: notices that came since, or other messages that did not get through.
select exists (
    select from delivery d join incident i on i.id = d.incident_id left join message m on m.id = d.message_id
    where d.person_id = %(person_id)s and d.channel = %(channel)s and d.budget = %(purpose)s
        and d.state in ('due', 'leased') and not d.alone and (i.state = 'open' or i.seeking)
        and (m.id is null or m.state = 'cancelled' or (m.state = 'due' and m.id <> %(id)s)));

-- name: drop_message
-- A message for which nothing was left.
delete from message where id = %(id)s;

-- name: fetch_again
-- Messages that are due on a channel, longest first: to be tried again, or (drills and digests) for the first time. A lease that
-- ran out counts as due; so does an instant further off than any back-off or lease lasts (the clock went back).
select id, person_id, purpose from message
where channel = %(channel)s and purpose = any(%(purposes)s) and (
    (state = 'due' and (due_at <= %(now)s or due_at > %(beyond)s))
    or (state = 'leased' and (leased_until <= %(now)s or leased_until > %(beyond)s)))
order by due_at, id limit %(limit)s;

-- name: claim_message
-- Lease one of these, if no other worker has done so meanwhile.
update message set state = 'leased', leased_until = %(leased_until)s, attempts = attempts + 1
where id = (
    select id from message
    where id = %(id)s and (
        (state = 'due' and (due_at <= %(now)s or due_at > %(beyond)s))
        or (state = 'leased' and (leased_until <= %(now)s or leased_until > %(beyond)s)))
    for update skip locked)
returning id, key::text, person_id, channel, purpose, attempts, error is not null and not alone as has_failed;

-- name: lease_deliveries
-- The notices of a message that is tried again; those that somebody has answered meanwhile are not said again.
update delivery set state = 'leased', message_try = %(attempts)s, attempts = delivery.attempts + 1
from incident i
where delivery.message_id = %(id)s and i.id = delivery.incident_id and (i.state = 'open' or i.seeking) and delivery.state in ('due', 'leased');

-- name: renew_leases
-- The worker lives and is still trying these.
update message set leased_until = %(leased_until)s where id = any(%(ids)s) and state = 'leased';

-- name: lock_leased
-- Whether the message is still this worker's.
select id from message where id = %(id)s and attempts = %(attempts)s and state = 'leased' for update;

-- name: save_sent
-- These have gone out; even if somebody answered meanwhile, that is the truth. Those that are being answered at this moment are
-- left for the next look, since waiting for them could close a circle.
update delivery set state = 'sent', sent_at = %(now)s, error = null
where id in (
    select id from delivery
    where message_id = %(id)s and message_try = %(attempts)s and state in ('leased', 'cancelled') for update skip locked)
returning id, incident_id, step, person_id, channel, attempts;

-- name: count_unsaved
-- How many notices of the message are not written down yet.
select count(*) from delivery where message_id = %(id)s and message_try = %(attempts)s and state in ('leased', 'cancelled');

-- name: save_message_sent
-- Every notice of the message is written down.
update message set state = 'sent', sent_at = %(now)s, leased_until = null, error = null where id = %(id)s;

-- name: fetch_tried
-- The notices of a message that is being tried.
select id, incident_id, step, person_id, channel, attempts from delivery
where message_id = %(id)s and message_try = %(attempts)s and state = 'leased' order by incident_id, id;

-- name: save_retry
-- A notice did not go out this time. Not if it was cancelled meanwhile or another worker took the message over.
update delivery set state = 'due', due_at = %(due_at)s, error = %(error)s
where id = %(id)s and attempts = %(attempts)s and state = 'leased';

-- name: save_given_up
-- A notice cannot go out on this channel.
update delivery set state = 'given_up', error = %(error)s
where id = %(id)s and attempts = %(attempts)s and state = 'leased';

-- name: save_retries
-- None of a message's notices went out this time.
update delivery set state = 'due', due_at = %(due_at)s, error = %(error)s
where id in (
    select id from delivery where message_id = %(id)s and message_try = %(attempts)s and state = 'leased' for update skip locked);

-- name: save_message_failure
-- A message did not get through: due again, given up, or (nothing of it is left to say) cancelled.
update message set state = %(state)s, due_at = %(due_at)s, leased_until = null, error = %(error)s
where id = %(id)s and attempts = %(attempts)s and state = 'leased';

-- name: set_apart
-- One of these notices fails by a defect of ours: each goes by itself, so that it holds up no other.
update delivery set message_id = null, alone = true
where id in (select id from delivery where message_id = %(id)s and state = 'due' for update skip locked);

-- name: count_waiting
-- How many notices of a message are still to be said.
select count(*) from delivery where message_id = %(id)s and state in ('due', 'leased');

-- name: fetch_content
-- What a digest says.
select content from message where id = %(id)s;

-- name: settle_messages
-- Of the messages that told of an incident, those of which everything is settled now count no more for their person's pace.
with settled as (
    update message m set settled_at = %(now)s
    where m.purpose = 'alarm' and m.state = 'sent' and m.settled_at is null
        and m.id in (select message_id from delivery where incident_id = %(incident_id)s)
        and not exists (
            select from delivery d join incident i on i.id = d.incident_id where d.message_id = m.id and i.state <> 'resolved')
    returning m.person_id, m.channel),
returned as (
    select p.person_id, p.channel, s.n
    from pace p join (select person_id, channel, count(*) as n from settled group by 1, 2) s using (person_id, channel)
    where p.budget = 'alarm' order by 1, 2 for update of p)
update pace p set returned = p.returned + r.n, free_at = least(p.free_at, %(now)s)
from returned r where p.person_id = r.person_id and p.channel = r.channel and p.budget = 'alarm';

-- name: fetch_addressee
-- Whom a message tells.
select id as person_id, name, email, language, active from person where id = %(person_id)s;

-- name: fetch_notices
-- What the notices of a message that is being tried say, and who else is told.
select d.id as delivery_id, d.step, i.id as incident_id, i.kind, i.occurred_at, i.uncertain, i.late,
    coalesce(q.name || ' / ' || v.name, l.name || ' / ' || v.name, q.name, l.name, v.name, a.name, '') as name, v.lat, v.lon, i.seeking, i.person_id as missing_id, i.detail -> 'words' as words,
    array(select distinct p.name from delivery o join person p on p.id = o.person_id
        where o.incident_id = i.id and o.person_id <> d.person_id and o.state in ('due', 'leased', 'sent') order by 1) as told
from delivery d join incident i on i.id = d.incident_id
    left join device v on v.key = i.device_key left join agent a on a.id = i.agent_id left join person q on q.id = i.person_id
    left join plot l on l.id = i.plot_id
where d.message_id = %(id)s and d.message_try = %(attempts)s and d.state = 'leased';

-- name: fetch_also_open
-- What the person was told of before and what still waits for somebody, newest first; old matters are left out.
select distinct on (i.opened_at, i.id) d.id as delivery_id, d.step, i.id as incident_id, i.kind, i.occurred_at, i.uncertain, i.late,
    coalesce(q.name || ' / ' || v.name, l.name || ' / ' || v.name, q.name, l.name, v.name, a.name, '') as name, v.lat, v.lon, i.seeking, i.person_id as missing_id, i.detail -> 'words' as words, '{}'::text[] as told
from incident i join delivery d on d.incident_id = i.id and d.person_id = %(person_id)s and d.state = 'sent'
    left join device v on v.key = i.device_key left join agent a on a.id = i.agent_id left join person q on q.id = i.person_id left join plot l on l.id = i.plot_id
where (i.state = 'open' or i.seeking) and i.acute_until > %(now)s and d.budget <> 'field' and not i.id = any(%(but)s)
order by i.opened_at desc, i.id, d.step desc limit %(limit)s;

-- name: fetch_devices_of
-- How these incidents stand and what they are about, for telling the open pages.
select i.id, i.state, d.id as device_id, i.plot_id from incident i left join device d on d.key = i.device_key where i.id = any(%(ids)s);

-- name: fetch_incidents
-- Incidents with what they are about, newest first, before a given one.
select i.id, i.kind, i.state, i.device_key, d.id as device_id, i.agent_id,
    coalesce(q.name || ' / ' || d.name, l.name || ' / ' || d.name, q.name, l.name, d.name, a.name, '') as name, d.lat, d.lon,
    i.occurred_at, i.uncertain, i.late, i.detail, i.opened_at, i.events, i.next_step, i.next_due_at,
    i.person_id, i.seeking, i.waits_for, i.round_due_at, i.plot_id, l.name as plot_name, i.matter,
    i.resolved_by, r.name as resolved_by_name, i.resolved_at, i.outcome, i.note
from incident i left join device d on d.key = i.device_key left join agent a on a.id = i.agent_id
    left join person r on r.id = i.resolved_by left join person q on q.id = i.person_id left join plot l on l.id = i.plot_id
where (%(id)s::text is null or i.id = %(id)s)
    and (%(ids)s::text[] is null or i.id = any(%(ids)s))
    and (%(states)s::text[] is null or i.state = any(%(states)s))
    and (%(kinds)s::text[] is null or i.kind = any(%(kinds)s))
    and (%(device_keys)s::integer[] is null or (i.plot_id is null and i.device_key = any(%(device_keys)s)) or i.plot_id = any(%(plot_ids)s))
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

-- name: fetch_about
-- How an incident stands and what it is about, by the ids that people know.
select i.id, i.state, d.id as device_id, i.plot_id from incident i left join device d on d.key = i.device_key where i.id = %(incident_id)s;

-- name: find_of_matter
-- The newest incident of a kind and matter of a plot, settled or not.
select id from incident where plot_id = %(plot_id)s and kind = %(kind)s and matter = %(matter)s order by opened_at desc, id desc limit 1;

-- name: note_after
-- What became of the matter in the end, in every language.
update incident set detail = detail || jsonb_build_object('after', %(words)s::jsonb) where id = %(id)s;

-- name: fetch_unresolved_of_plot
-- What is not settled about a plot.
select id from incident where plot_id = %(plot_id)s and state <> 'resolved' order by id;

-- name: forget_plot
-- No word about a plot stays on its incidents.
update incident set detail = '{}', note = null where plot_id = %(plot_id)s;

-- name: fetch_figures
-- What an operator watches: what is unsettled, and what could not be delivered within a day.
select (select count(*) from incident where state = 'open') as incidents_open,
       (select count(*) from incident where state = 'going') as incidents_going,
       (select count(*) from delivery d left join message m on m.id = d.message_id and m.state <> 'cancelled'
            left join pace p on m.id is null and p.person_id = d.person_id and p.channel = d.channel
                and p.budget = d.budget
        where d.state in ('due', 'leased') and d.due_at < %(now)s and (p.free_at is null or p.free_at < %(now)s)) as deliveries_due,
       (select count(*) from delivery where state = 'given_up' and created_at > %(since)s) as deliveries_given_up,
       (select count(*) from message where state = 'given_up' and created_at > %(since)s) as messages_given_up;

-- name: fetch_told_ids
-- What a message tells its person of and what they were told of before and is not settled; nothing when the message is not theirs.
select distinct d.incident_id as id
from delivery d join incident i on i.id = d.incident_id join message m on m.key = %(key)s and m.person_id = %(person_id)s
where d.person_id = %(person_id)s
    and (d.message_id = m.id or (d.state = 'sent' and d.budget <> 'field' and i.state <> 'resolved' and i.acute_until > %(now)s));

-- name: confirm_drill
-- The person says that a drill has arrived; the first word counts.
update message set confirmed_at = coalesce(confirmed_at, %(now)s)
where key = %(key)s and person_id = %(person_id)s and purpose = 'drill' returning channel;
