-- name: add_report
-- A report of what was found; an incident that has one already keeps it.
insert into report (id, incident_id, device_key, person_id, typed_by, outcome, found_at, received_at, note, lat, lon,
    accuracy_m, hunt_kind, trap_kind, trap_set_on, trap_removed_on, municipality)
values (%(id)s, %(incident_id)s, %(device_key)s, %(person_id)s, %(typed_by)s, %(outcome)s, %(found_at)s, %(received_at)s, %(note)s,
    %(lat)s, %(lon)s, %(accuracy_m)s, %(hunt_kind)s, %(trap_kind)s, %(trap_set_on)s, %(trap_removed_on)s, %(municipality)s)
on conflict (incident_id) do nothing;

-- name: save_report
-- The report as a correction leaves it.
update report set outcome = %(outcome)s, person_id = %(person_id)s, found_at = %(found_at)s, note = %(note)s, lat = %(lat)s,
    lon = %(lon)s, accuracy_m = %(accuracy_m)s, hunt_kind = %(hunt_kind)s, trap_kind = %(trap_kind)s,
    trap_set_on = %(trap_set_on)s, trap_removed_on = %(trap_removed_on)s, municipality = %(municipality)s, version = %(version)s
where id = %(id)s;

-- name: lock_report
-- Lock a report for a correction; its version.
select version from report where id = %(id)s for no key update;

-- name: fetch_reports
-- Reports with whom and which trap they are about, newest first; null narrows nothing.
select report.id, report.incident_id, report.device_key, device.id as device_id, device.name as device_name,
    device.team_id, device.lat as trap_lat, device.lon as trap_lon, report.person_id, finder.name as person_name,
    report.typed_by, typist.name as typist_name, report.outcome, report.found_at, report.received_at, report.note, report.lat,
    report.lon, report.accuracy_m, report.hunt_kind, report.trap_kind, report.trap_set_on, report.trap_removed_on,
    report.municipality, report.version,
    case when incident.kind = 'trap_sprung' then incident.occurred_at end as fired_at
from report
join device on device.key = report.device_key
join person finder on finder.id = report.person_id
join person typist on typist.id = report.typed_by
left join incident on incident.id = report.incident_id
where (%(id)s::text is null or report.id = %(id)s)
    and (%(incident_id)s::text is null or report.incident_id = %(incident_id)s)
    and (%(device_keys)s::integer[] is null or report.device_key = any(%(device_keys)s))
    and (%(person_id)s::text is null or report.person_id = %(person_id)s)
    and (%(outcome)s::text is null or report.outcome = %(outcome)s)
    and (%(since)s::timestamptz is null or report.found_at >= %(since)s)
    and (%(until)s::timestamptz is null or report.found_at < %(until)s)
    and (%(before_at)s::timestamptz is null or (report.received_at, report.id) < (%(before_at)s, %(before_id)s))
order by report.received_at desc, report.id desc
limit %(limit)s;

-- name: add_animal
-- One animal of a report.
insert into animal (id, report_id, branch, species, species_name, sex, age_national, age_town, pregnant, body_length_cm,
    weight_kg, disposal, processor, pcr_on, pcr_result, tube_number, created_at)
values (%(id)s, %(report_id)s, %(branch)s, %(species)s, %(species_name)s, %(sex)s, %(age_national)s, %(age_town)s, %(pregnant)s,
    %(body_length_cm)s, %(weight_kg)s, %(disposal)s, %(processor)s, %(pcr_on)s, %(pcr_result)s, %(tube_number)s, %(now)s);

-- name: save_animal
-- An animal as a correction leaves it.
update animal set species = %(species)s, species_name = %(species_name)s, sex = %(sex)s, age_national = %(age_national)s,
    age_town = %(age_town)s, pregnant = %(pregnant)s, body_length_cm = %(body_length_cm)s, weight_kg = %(weight_kg)s,
    disposal = %(disposal)s, processor = %(processor)s, pcr_on = %(pcr_on)s, pcr_result = %(pcr_result)s,
    tube_number = %(tube_number)s
where id = %(id)s and report_id = %(report_id)s and withdrawn_at is null;

-- name: withdraw_animal
-- A correction took the animal out; its number stays taken.
update animal set withdrawn_at = %(now)s where id = %(id)s and withdrawn_at is null;

-- name: last_branch
-- The highest 枝番 that a report has given, withdrawn animals too.
select coalesce(max(branch), 0) from animal where report_id = %(report_id)s;

-- name: fetch_animals
-- The animals of reports as they stand.
select id, report_id, branch, species, species_name, sex, age_national, age_town, pregnant, body_length_cm, weight_kg, disposal,
    processor, pcr_on, pcr_result, tube_number
from animal where report_id = any(%(report_ids)s) and withdrawn_at is null
order by report_id, branch;

-- name: add_version
-- One version of a report; what was before stays.
insert into report_version (report_id, version, at, by_person, reason, document)
values (%(report_id)s, %(version)s, %(at)s, %(by_person)s, %(reason)s, %(document)s);

-- name: fetch_versions
-- All that a report has been, the newest first.
select report_version.version, report_version.at, person.name as by_name, report_version.reason, report_version.document
from report_version join person on person.id = report_version.by_person
where report_id = %(report_id)s order by version desc;

-- name: next_serial
-- The next serial of a rule within a year; others wait until this transaction ends.
insert into numbering_count (rule_id, year, last) values (%(rule_id)s, %(year)s, 1)
on conflict (rule_id, year) do update set last = numbering_count.last + 1
returning last;

-- name: has_animal
-- Whether an individual number is taken.
select exists (select from animal where id = %(id)s);

-- name: fetch_programmes
-- Every programme.
select key, words, authority, hunt_kinds, species, four_eyes, valid_from, valid_until, source from programme order by key;

-- name: save_four_eyes
-- Whether a programme's claims need two people.
update programme set four_eyes = %(four_eyes)s where key = %(key)s;

-- name: fetch_photo_rules
-- Every item of every checklist, ended ones too.
select id, programme, item, position, words, required, valid_from, valid_until, source from photo_rule order by programme, position, id;

-- name: add_photo_rule
-- One more photo that a programme asks for.
insert into photo_rule (programme, item, position, words, required, valid_from, source)
values (%(programme)s, %(item)s, (select coalesce(max(position), 0) + 1 from photo_rule where programme = %(programme)s), %(words)s,
    %(required)s, %(valid_from)s, %(source)s)
returning id;

-- name: end_photo_rule
-- An item holds until a day; reports before it are held against it still.
update photo_rule set valid_until = greatest(%(day)s, valid_from) where id = %(id)s and valid_until is null;

-- name: fetch_bounty_rates
-- Every rate, ended ones too.
select id, programme, kind, species, age, disposal, amount_yen, valid_from, valid_until, source from bounty_rate
order by programme, kind desc, species, age, disposal nulls last, id;

-- name: add_bounty_rate
-- What the town pays from a day on.
insert into bounty_rate (programme, kind, species, age, disposal, amount_yen, valid_from, source)
values (%(programme)s, %(kind)s, %(species)s, %(age)s, %(disposal)s, %(amount_yen)s, %(valid_from)s, %(source)s)
returning id;

-- name: end_bounty_rate
-- A rate holds until a day.
update bounty_rate set valid_until = greatest(%(day)s, valid_from) where id = %(id)s and valid_until is null;

-- name: fetch_numbering_rules
-- How individual numbers are made.
select id, prefix, period, digits, valid_from, source from numbering_rule order by id;

-- name: add_photo
-- A photo as it came, with what was read from it.
insert into photo (id, report_id, animal_id, item, sent_by, received_at, sha256, look, media_type, width, height, size_bytes,
    taken_at, taken_lat, taken_lon, said_at, said_lat, said_lon, thumbnail, original)
values (%(id)s, null, null, %(item)s, %(sent_by)s, %(received_at)s, %(sha256)s, %(look)s::bigint::bit(64), %(media_type)s, %(width)s,
    %(height)s, %(size_bytes)s, %(taken_at)s, %(taken_lat)s, %(taken_lon)s, %(said_at)s, %(said_lat)s, %(said_lon)s, %(thumbnail)s,
    %(original)s);

-- name: drop_stale_drafts
-- Photos that were sent with a form which was never filed.
delete from photo where report_id is null and received_at < %(before)s;

-- name: count_drafts
-- How many photos a person has sent without filing.
select count(*) from photo where report_id is null and sent_by = %(person_id)s;

-- name: attach_photos
-- Photos that a person has sent become a report's.
update photo set report_id = %(report_id)s where id = any(%(ids)s) and report_id is null and sent_by = %(person_id)s;

-- name: fetch_photos
-- What is known of photos, without their bytes: those of reports, or by their ids.
select photo.id, photo.report_id, photo.animal_id, photo.item, photo.sent_by, photo.received_at,
    encode(photo.sha256, 'hex') as sha256, photo.look::bigint as look, photo.media_type, photo.width, photo.height,
    photo.size_bytes, photo.taken_at, photo.taken_lat, photo.taken_lon, photo.said_at, photo.said_lat, photo.said_lon
from photo
where photo.report_id = any(%(report_ids)s) or photo.id = any(%(ids)s)
order by photo.received_at, photo.id;

-- name: fetch_original
-- The bytes of a photo as they came.
select original from photo where id = %(id)s;

-- name: fetch_thumbnail
-- The small copy of a photo.
select thumbnail from photo where id = %(id)s;

-- name: count_photos
-- How many photos a report has.
select count(*) from photo where report_id = %(report_id)s;

-- name: fetch_alike
-- Photos of other reports that are the same file or look the same, nearest first.
select photo.id as photo_id, other.id as other_id, other.report_id as other_report, other.received_at,
    photo.sha256 = other.sha256 as is_same, bit_count(photo.look # other.look)::integer as bits,
    (select min(claim.id) from claim where claim.report_id = other.report_id) as other_claim
from photo join photo other on other.report_id is not null and other.report_id <> photo.report_id
    and (other.sha256 = photo.sha256 or (bit_count(photo.look # other.look) <= %(bits)s
        and bit_count(photo.look) between 8 and 56))
where photo.report_id = %(report_id)s
order by photo.id, is_same desc, bits, other.id
limit 40;

-- name: add_claim
-- A claim for one animal; one that is there stays.
insert into claim (id, animal_id, report_id, programme, state, filed_at)
values (%(id)s, %(animal_id)s, %(report_id)s, %(programme)s, 'filed', %(now)s)
on conflict (animal_id, programme) do nothing;

-- name: lock_claim
-- One claim for a step.
select id from claim where id = %(id)s for no key update;

-- name: save_claim
-- A claim after a step.
update claim set state = %(state)s, seconded_by = %(seconded_by)s, decided_by = %(decided_by)s, decided_at = %(decided_at)s,
    reason = %(reason)s, amount_yen = %(amount_yen)s
where id = %(id)s;

-- name: price_claim
-- The amount of an approved claim that had none.
update claim set amount_yen = %(amount_yen)s where id = %(id)s and state = 'approved' and amount_yen is null;

-- name: add_claim_entry
-- One line of a claim's log.
insert into claim_entry (claim_id, at, actor, act, text, detail)
values (%(claim_id)s, %(at)s, %(actor)s, %(act)s, %(text)s, %(detail)s);

-- name: fetch_claim_entries
-- All that happened to claims, oldest first.
select claim_entry.claim_id, claim_entry.at, coalesce(person.name, claim_entry.actor) as actor_name, claim_entry.act, claim_entry.text
from claim_entry left join person on person.id = claim_entry.actor
where claim_id = any(%(ids)s) order by claim_entry.id;

-- name: fetch_claims
-- Claims with their animals, oldest first; null narrows nothing.
select claim.id, claim.animal_id, claim.report_id, claim.programme, claim.state, claim.filed_at, claim.seconded_by, claim.decided_by,
    decider.name as decider_name, claim.decided_at, claim.reason, claim.amount_yen, report.device_key, device.name as device_name,
    report.person_id, person.name as person_name, report.typed_by, report.found_at, animal.species, animal.branch
from claim
join animal on animal.id = claim.animal_id
join report on report.id = claim.report_id
join device on device.key = report.device_key
join person on person.id = report.person_id
left join person decider on decider.id = claim.decided_by
where (%(id)s::text is null or claim.id = %(id)s)
    and (%(report_ids)s::text[] is null or claim.report_id = any(%(report_ids)s))
    and (%(states)s::text[] is null or claim.state = any(%(states)s))
    and (%(writer_id)s::text is null or %(writer_id)s in (report.person_id, report.typed_by))
    and (not %(is_unpriced)s or claim.amount_yen is null)
    and (%(since)s::timestamptz is null or report.found_at >= %(since)s)
    and (%(until)s::timestamptz is null or report.found_at < %(until)s)
    and (%(after_at)s::timestamptz is null or (claim.filed_at, claim.id) > (%(after_at)s, %(after_id)s))
order by claim.filed_at, claim.id
limit %(limit)s;

-- name: count_claims
-- How many claims stand in each state.
select state, count(*)::integer as number from claim group by state;

-- name: fetch_firings
-- Firings of traps that a person has reported on: what was found, how the line chattered, when it was closed again.
select incident.device_key, coalesce(report.outcome, incident.outcome) as outcome,
    coalesce((select max((event.data ->> 'count')::integer) from event where event.device_key = incident.device_key
        and event.kind = 'sprung' and event.occurred_at = incident.occurred_at), 1) as changes,
    (select extract(epoch from min(event.occurred_at) - incident.occurred_at)::float8 from event
        where event.device_key = incident.device_key and event.kind = 'status' and event.data ->> 'line' = 'closed'
        and event.occurred_at > incident.occurred_at and event.occurred_at < incident.resolved_at
        and event.time_quality <> 'uncertain') as closed_after_s
from incident left join report on report.incident_id = incident.id
where incident.kind = 'trap_sprung' and incident.state = 'resolved' and incident.outcome is not null and not incident.uncertain
    and incident.occurred_at >= %(since)s
    and (%(device_keys)s::integer[] is null or incident.device_key = any(%(device_keys)s))
order by incident.device_key, incident.occurred_at;

-- name: fetch_trap_facts
-- What is known of a trap for its next report: what its last one said.
select hunt_kind, trap_kind, trap_set_on, municipality from report where device_key = %(device_key)s
    and (hunt_kind is not null or trap_kind is not null or municipality is not null)
order by received_at desc limit 1;
