-- name: add_command
-- An order that is to be sent at once, and again each second.
insert into command (id, agent_id, device_key, survey_id, sortie_id, action, topic, "order", signature, person_id,
    issued_at, expires_at, due_at)
values (%(id)s, %(agent_id)s, %(device_key)s, %(survey_id)s, %(sortie_id)s, %(action)s, %(topic)s, %(order)s,
    %(signature)s, %(person_id)s, %(issued_at)s, %(expires_at)s, %(issued_at)s);

-- name: claim_due
-- Take what is to be sent now; whoever takes it moves it on, so that no other sender sends it as well.
update command c set due_at = %(next_at)s, sends = sends + 1
from (select id from command where due_at <= %(now)s and expires_at > %(now)s
    order by due_at, id limit %(limit)s for update skip locked) due
where c.id = due.id
returning c.id, c.topic, c."order" as text, c.signature, c.action, c.expires_at;

-- name: fetch_command
-- One order.
select id, agent_id, device_key, survey_id, sortie_id, action, person_id, issued_at, expires_at, sends, replied_at,
    outcome, reply
from command where id = %(id)s;

-- name: fetch_attempt
-- When a sortie was last ordered to prepare.
select max(issued_at) from command where sortie_id = %(sortie_id)s and action = 'prepare';

-- name: fetch_commands
-- The orders of a survey, the newest first.
select id, agent_id, device_key, survey_id, sortie_id, action, person_id, issued_at, expires_at, sends, replied_at,
    outcome, reply
from command where survey_id = %(survey_id)s order by issued_at desc, id desc limit %(limit)s;

-- name: save_reply
-- An order is answered: it is sent no more. Only the first word counts, but for one that was only taken note of.
update command set due_at = null, replied_at = %(now)s, outcome = %(outcome)s, reply = %(reply)s
where id = %(id)s and (outcome is null or outcome = 'unanswered' or (outcome = 'accepted' and %(outcome)s <> 'accepted'));

-- name: close_others
-- Orders to a sortie that a newer one has overtaken are sent no more.
update command set due_at = null
where sortie_id = %(sortie_id)s and due_at is not null and id <> %(id)s and action = any(%(actions)s);

-- name: fetch_expired
-- Surveys with orders that were not answered in time (or preparing that was only taken note of), by their ids.
select distinct survey_id from command
where (due_at is not null or outcome = 'accepted' and action = 'prepare') and expires_at <= %(now)s
order by survey_id limit 50;

-- name: close_expired
-- Orders of a survey that were not answered in time: they are sent no more.
update command set due_at = null, outcome = case when action = 'prepare' then 'unanswered' else outcome end
where survey_id = %(survey_id)s and (due_at is not null or outcome = 'accepted' and action = 'prepare')
    and expires_at <= %(now)s
returning id, agent_id, device_key, survey_id, sortie_id, action, person_id, issued_at, expires_at, sends, replied_at,
    outcome, reply;
