-- name: add_audit_entry
-- One line of the audit log; the table refuses changes.
insert into audit_entry (at, actor, act, object, detail)
values (%(at)s, %(actor)s, %(act)s, %(object)s, %(detail)s::jsonb);

-- name: fetch_audit_entries
-- The audit log, newest first, before a given entry.
select id, at, actor, act, object as thing, detail from audit_entry
where id < %(before)s
order by id desc limit %(limit)s;

-- name: agent_name_taken
-- Whether an agent has this name.
select exists (select from agent where name = %(name)s);

-- name: add_agent
-- A new agent, not enrolled yet.
insert into agent (id, name, created_at) values (%(id)s, %(name)s, %(now)s);

-- name: fetch_agents
-- Agents by id, after a given one.
select id, name, created_at, enrolled_at, online, online_changed_at, last_heard_at, software, health
from agent where id > %(after)s order by id limit %(limit)s;

-- name: fetch_agent
-- One agent, or nothing.
select id, name, created_at, enrolled_at, online, online_changed_at, last_heard_at, software, health
from agent where id = %(id)s;

-- name: retire_enrolment_codes
-- A new code makes an agent's older ones worthless.
update enrolment_code set expires_at = %(now)s where agent_id = %(agent_id)s and used_at is null and expires_at > %(now)s;

-- name: add_enrolment_code
-- The digest of a code; the code itself is told once and kept nowhere.
insert into enrolment_code (code_hash, agent_id, created_at, expires_at) values (%(code_hash)s, %(agent_id)s, %(now)s, %(expires_at)s);

-- name: use_enrolment_code
-- Use a code: of two who try at once, one gets the agent's id and the other nothing.
update enrolment_code set used_at = %(now)s
where code_hash = %(code_hash)s and used_at is null and expires_at > %(now)s
returning agent_id;

-- name: return_enrolment_code
-- The broker did not take the account in time: the code may be tried again while it lives.
update enrolment_code set used_at = null where code_hash = %(code_hash)s;

-- name: save_broker_account
-- The agent's new password at the broker, as the broker's password file holds it.
update agent set broker_hash = %(broker_hash)s, enrolled_at = %(now)s where id = %(id)s;

-- name: fetch_agent_session
-- The connection that is believed, locked for the status that is about to be saved.
select session from agent where id = %(id)s for no key update;

-- name: save_agent_online
-- Birth: this connection is believed from now on.
update agent set session = %(session)s, online = true, online_changed_at = case when online then online_changed_at else %(at)s end,
    software = coalesce(%(software)s, software), health = health || %(health)s::jsonb
where id = %(id)s;

-- name: save_agent_offline
-- The Last Will of the connection that is believed.
update agent set online = false, online_changed_at = %(at)s where id = %(id)s and online;

-- name: save_agent_health
-- A heartbeat: who says something is there.
update agent set online = true, online_changed_at = case when online then online_changed_at else %(at)s end,
    software = coalesce(%(software)s, software), health = health || %(health)s::jsonb
where id = %(id)s;

-- name: add_device
-- A new device; nothing when its id is taken.
insert into device (id, agent_id, kind, name, lat, lon, team_id, created_at)
values (%(id)s, %(agent_id)s, %(kind)s, %(name)s, %(lat)s, %(lon)s, %(team_id)s, %(now)s)
on conflict (id) do nothing
returning key;

-- name: save_device
-- What staff change of a device.
update device set name = %(name)s, lat = %(lat)s, lon = %(lon)s, team_id = %(team_id)s where key = %(key)s;

-- name: fetch_devices
-- The devices that an actor may see, by id, after a given one; or the one with the id that is asked for.
select d.key, d.id, d.agent_id, d.kind, d.name, d.lat, d.lon, d.team_id, d.created_at, d.last_heard_at
from device d
where d.id > %(after)s
  and (%(id)s::text is null or d.id = %(id)s)
  and (%(kind)s::text is null or d.kind = %(kind)s)
  and (%(everything)s
    or (%(traps)s and d.kind = 'trap' and (d.team_id is null or d.team_id = any(%(teams)s)))
    or (%(plots)s and d.kind = 'station' and exists (
        select from plot_station ps join plot_reader r on r.plot_id = ps.plot_id
        where ps.device_key = d.key and r.person_id = %(person_id)s)))
order by d.id limit %(limit)s;

-- name: fetch_visible_keys
-- The keys of all devices that an actor (not staff) may see.
select d.key
from device d
where (%(traps)s and d.kind = 'trap' and (d.team_id is null or d.team_id = any(%(teams)s)))
   or (%(plots)s and d.kind = 'station' and exists (
        select from plot_station ps join plot_reader r on r.plot_id = ps.plot_id
        where ps.device_key = d.key and r.person_id = %(person_id)s));

-- name: fetch_closed_keys
-- The stations of which city staff may not see what they measure, but for those on plots that this person looks into.
select c.device_key as key from closed_station c
where not exists (
    select from plot_station ps join plot_reader r on r.plot_id = ps.plot_id
    where ps.device_key = c.device_key and r.person_id = %(person_id)s);

-- name: part_from_past
-- Stations that stand on no plot any longer: what they measured until now is their former farmer's.
update device set shown_from_at = %(now)s, past_owner_id = %(owner_id)s
where key = any(%(keys)s) and not exists (select from plot_station ps where ps.device_key = device.key);

-- name: bring_back_past
-- Stations that stand on a plot of their former farmer again: all that they measured is shown again.
update device set shown_from_at = null, past_owner_id = null where key = any(%(keys)s) and past_owner_id = %(owner_id)s;

-- name: fetch_shown_from
-- Since when what a station measured is shown, where that is not always.
select shown_from_at from device where key = %(key)s;

-- name: fetch_devices_by_key
-- Devices by their keys, for whoever has decided already who may see them.
select key, id, agent_id, kind, name, lat, lon, team_id, created_at, last_heard_at from device where key = any(%(keys)s);

-- name: fetch_devices_of_agent
-- What one agent carries.
select key, id, agent_id, kind, name, lat, lon, team_id, created_at, last_heard_at from device where agent_id = %(agent_id)s order by id;

-- name: add_person
-- A new person; nothing when the username is taken.
insert into person (id, name, username, email, language, password_hash, created_at)
values (%(id)s, %(name)s, %(username)s, %(email)s, %(language)s, %(password_hash)s, %(now)s)
on conflict (username) do nothing
returning id;

-- name: save_person
-- A person as staff want it from now on.
update person set name = %(name)s, username = %(username)s, email = %(email)s, language = %(language)s, active = %(active)s where id = %(id)s;

-- name: save_language
-- The language in which a person reads.
update person set language = %(language)s where id = %(id)s;

-- name: username_taken
-- Whether somebody else has the username.
select exists (select from person where username = %(username)s and id <> %(id)s);

-- name: clear_roles
-- Take every role from a person.
delete from person_role where person_id = %(person_id)s;

-- name: add_role
-- Give a person a role.
insert into person_role (person_id, role) values (%(person_id)s, %(role)s) on conflict do nothing;

-- name: save_password
-- A person's new password (argon2).
update person set password_hash = %(password_hash)s where id = %(id)s;

-- name: fetch_people
-- People by id, after a given one.
select p.id, p.name, p.username, p.email, p.language,
    array(select role from person_role r where r.person_id = p.id order by role) as roles,
    array(select team_id from team_member m where m.person_id = p.id order by team_id) as teams,
    p.active, p.created_at
from person p where p.id > %(after)s order by p.id limit %(limit)s;

-- name: fetch_person
-- One person, or nothing.
select p.id, p.name, p.username, p.email, p.language,
    array(select role from person_role r where r.person_id = p.id order by role) as roles,
    array(select team_id from team_member m where m.person_id = p.id order by team_id) as teams,
    p.active, p.created_at
from person p where p.id = %(id)s;

-- name: person_exists
-- Whether there is such a person.
select exists (select from person where id = %(id)s);

-- name: fetch_person_names
-- Names by id, for pages and answers that mention people.
select id, name from person where id = any(%(ids)s);

-- name: fetch_credentials
-- What is needed to check somebody's password.
select id, password_hash, active from person where username = %(username)s;

-- name: fetch_actor_of_token
-- Whose token it is, while the token lives and the person is active.
select p.id as person_id, p.name, p.language,
    array(select role from person_role r where r.person_id = p.id) as roles,
    array(select team_id from team_member m where m.person_id = p.id) as teams
from api_token t join person p on p.id = t.person_id
where t.token_hash = %(token_hash)s and t.revoked_at is null and (t.expires_at is null or t.expires_at > %(now)s) and p.active;

-- name: fetch_actor
-- An active person as an actor.
select p.id as person_id, p.name, p.language,
    array(select role from person_role r where r.person_id = p.id) as roles,
    array(select team_id from team_member m where m.person_id = p.id) as teams
from person p where p.id = %(id)s and p.active;

-- name: add_token
-- The digest of an API token; nothing when the very token is there already.
insert into api_token (token_hash, person_id, label, created_at, expires_at)
values (%(token_hash)s, %(person_id)s, %(label)s, %(now)s, %(expires_at)s)
on conflict (token_hash) do nothing
returning id;

-- name: fetch_tokens
-- A person's tokens, without the secret, newest first.
select id, label, created_at, expires_at, revoked_at from api_token where person_id = %(person_id)s order by id desc;

-- name: revoke_token
-- One token of a person works no more.
update api_token set revoked_at = %(now)s where id = %(id)s and person_id = %(person_id)s and revoked_at is null;

-- name: revoke_tokens
-- No token of a person works any more.
update api_token set revoked_at = %(now)s where person_id = %(person_id)s and revoked_at is null;

-- name: add_session
-- A session of a browser; the cookie's secret is kept as its digest only.
insert into web_session (token_hash, person_id, csrf, created_at, last_seen_at, expires_at)
values (%(token_hash)s, %(person_id)s, %(csrf)s, %(now)s, %(now)s, %(expires_at)s);

-- name: fetch_session
-- Whose session it is, while neither its whole life nor its idle time has run out and the person is active.
select p.id as person_id, p.name, p.language,
    array(select role from person_role r where r.person_id = p.id) as roles,
    array(select team_id from team_member m where m.person_id = p.id) as teams,
    s.csrf, s.last_seen_at
from web_session s join person p on p.id = s.person_id
where s.token_hash = %(token_hash)s and s.expires_at > %(now)s and s.last_seen_at > %(idle_since)s and p.active;

-- name: touch_session
-- The session was used.
update web_session set last_seen_at = %(now)s where token_hash = %(token_hash)s and last_seen_at < %(now)s;

-- name: end_session
-- Sign-out, or the old session at a new sign-in.
delete from web_session where token_hash = %(token_hash)s;

-- name: end_sessions
-- Sign a person out everywhere.
delete from web_session where person_id = %(person_id)s;

-- name: drop_old_sessions
-- Sessions that can never be used again.
delete from web_session where expires_at <= %(now)s or last_seen_at <= %(idle_since)s;

-- name: add_team
-- A new team.
insert into team (id, name, created_at) values (%(id)s, %(name)s, %(now)s);

-- name: team_name_taken
-- Whether another team has this name.
select exists (select from team where name = %(name)s and id <> %(id)s);

-- name: rename_team
-- Another name for a team.
update team set name = %(name)s where id = %(id)s;

-- name: team_has_devices
-- Whether a team still looks after something.
select exists (select from device where team_id = %(id)s);

-- name: drop_members
-- Nobody is in a team any more.
delete from team_member where team_id = %(id)s;

-- name: delete_team
-- A team that looks after nothing, and to which nothing refers.
delete from team where id = %(id)s;

-- name: fetch_teams
-- Teams by id, after a given one, with their members' ids.
select t.id, t.name, t.created_at,
    array(select person_id from team_member m where m.team_id = t.id order by person_id) as members
from team t where t.id > %(after)s order by t.id limit %(limit)s;

-- name: fetch_team
-- One team, or nothing.
select t.id, t.name, t.created_at,
    array(select person_id from team_member m where m.team_id = t.id order by person_id) as members
from team t where t.id = %(id)s;

-- name: add_member
-- A person joins a team; joining twice changes nothing.
insert into team_member (team_id, person_id) values (%(team_id)s, %(person_id)s) on conflict do nothing;

-- name: remove_member
-- A person leaves a team.
delete from team_member where team_id = %(team_id)s and person_id = %(person_id)s;

-- name: fetch_hunters_for_trap
-- Who is told of a trap: active hunters of its team, or every active hunter when it has no team.
select p.id as person_id, p.name, p.email, p.language,
    array(select distinct w.channel from way w where w.person_id = p.id and w.ended_at is null order by 1) as reaches,
    coalesce(p.channels, '{}') as prefers, p.night
from person p
join person_role r on r.person_id = p.id and r.role = 'hunter'
join device d on d.key = %(device_key)s
where p.active
  and (d.team_id is null or exists (select from team_member m where m.team_id = d.team_id and m.person_id = p.id))
order by p.id;

-- name: fetch_staff
-- Active city staff.
select p.id as person_id, p.name, p.email, p.language,
    array(select distinct w.channel from way w where w.person_id = p.id and w.ended_at is null order by 1) as reaches,
    coalesce(p.channels, '{}') as prefers, p.night
from person p join person_role r on r.person_id = p.id and r.role = 'staff'
where p.active order by p.id;

-- name: fetch_recipients
-- These people, as far as they are active, as somebody to be told.
select p.id as person_id, p.name, p.email, p.language,
    array(select distinct w.channel from way w where w.person_id = p.id and w.ended_at is null order by 1) as reaches,
    coalesce(p.channels, '{}') as prefers, p.night
from person p where p.id = any(%(ids)s) and p.active order by p.id;

-- name: fetch_counts
-- What there is, for the metrics.
select (select count(*) from agent where enrolled_at is not null) as agents_enrolled,
       (select count(*) from agent where online) as agents_online,
       (select count(*) from device) as devices;

-- name: fetch_broker_accounts
-- Every agent's account at the broker: user name and hash.
select id, broker_hash from agent where broker_hash is not null order by id;

-- name: add_way
-- A way to a person.
insert into way (person_id, channel, address, detail, label, created_at)
values (%(person_id)s, %(channel)s, %(address)s, %(detail)s::jsonb, %(label)s, %(now)s) returning id;

-- name: end_way
-- A way works no more.
update way set ended_at = %(now)s, ended_why = %(why)s where id = %(id)s and ended_at is null;

-- name: end_way_by_address
-- Whoever links a phone or an account last has it.
update way set ended_at = %(now)s, ended_why = %(why)s where channel = %(channel)s and address = %(address)s and ended_at is null;

-- name: fetch_ways
-- A person's living ways, oldest first.
select id, person_id, channel, address, detail, label, created_at from way
where person_id = %(person_id)s and ended_at is null and (%(channel)s::text is null or channel = %(channel)s) order by id;

-- name: person_of_address
-- Whose way this is, while way and person live.
select w.person_id from way w join person p on p.id = w.person_id
where w.channel = %(channel)s and w.address = %(address)s and w.ended_at is null and p.active;

-- name: save_channels
-- A person's own order of channels.
update person set channels = %(channels)s where id = %(id)s;

-- name: fetch_all_ways
-- Every living way of active people: who has which channel.
select w.id, w.person_id, w.channel, w.address, w.detail, w.label, w.created_at from way w join person p on p.id = w.person_id
where w.ended_at is null and p.active order by w.person_id, w.id;

-- name: fetch_way_of_address
-- The living way with this address, whoever has it.
select id, person_id, channel, address, detail, label, created_at from way
where channel = %(channel)s and address = %(address)s and ended_at is null;

-- name: retire_link_codes
-- An older code of the person works no more.
update link_code set used_at = %(now)s where person_id = %(person_id)s and channel = %(channel)s and used_at is null;

-- name: add_link_code
-- A code for a person to write to the town's account elsewhere.
insert into link_code (code_hash, person_id, channel, created_at, expires_at)
values (%(code_hash)s, %(person_id)s, %(channel)s, %(now)s, %(expires_at)s);

-- name: use_link_code
-- Whose code it is, if it still works and its person is active; it works once.
update link_code c set used_at = %(now)s from person p
where c.code_hash = %(code_hash)s and c.channel = %(channel)s and c.used_at is null and c.expires_at > %(now)s
    and p.id = c.person_id and p.active
returning c.person_id;

-- name: drop_old_link_codes
-- Codes that can work no more.
delete from link_code where expires_at < %(before)s;

-- name: add_line_event
-- This event is dealt with now; nothing is written when it was before.
insert into line_event (id, received_at) values (%(id)s, %(now)s) on conflict do nothing;

-- name: drop_old_line_events
-- LINE sends nothing again after so long.
delete from line_event where received_at < %(before)s;

-- name: fetch_order
-- A person's own order of channels.
select channels from person where id = %(id)s;

-- name: add_network_server
-- The LoRaWAN network server as an agent that never enrols.
insert into agent (id, name, created_at) values (%(id)s, %(name)s, %(now)s) on conflict (id) do nothing;

-- name: save_network_server_password
-- Its password at the broker, as the broker's password file holds it.
update agent set broker_hash = %(broker_hash)s where id = %(id)s;
