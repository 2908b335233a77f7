-- name: lock_ledgers
-- Entries are written one after the other, so that a bound is never passed by two at once and a file misses none.
select pg_advisory_xact_lock(7261017);

-- name: fetch_programmes
-- Every row of every programme, the newest rule of each first.
select id, code, words, points, four_eyes, most_per_month, most_per_year, year_starts, valid_from, valid_until, source
from points_programme order by code, valid_from desc, id desc;

-- name: add_programme
-- A rule from a day on; returns its number.
insert into points_programme (code, words, points, four_eyes, most_per_month, most_per_year, year_starts, valid_from, valid_until, source)
values (%(code)s, %(words)s::jsonb, %(points)s, %(four_eyes)s, %(most_per_month)s, %(most_per_year)s, %(year_starts)s, %(valid_from)s,
    %(valid_until)s, %(source)s)
returning id;

-- name: fetch_ref
-- The city's reference of a person.
select ref from points_account where person_id = %(person_id)s;

-- name: fetch_refs
-- Everybody's reference.
select person_id, ref from points_account order by person_id;

-- name: save_ref
-- Give a person a reference, or another one; nothing happens when somebody else has it.
insert into points_account (person_id, ref)
select %(person_id)s, %(ref)s where not exists (
    select from points_account where ref = %(ref)s and person_id <> %(person_id)s)
on conflict (person_id) do update set ref = excluded.ref;

-- name: fetch_given
-- What a person got by a programme, or will when it is approved: days and amounts.
select activity_date, points from points_entry where person_id = %(person_id)s and programme = %(programme)s
union all select activity_date, points from points_proposal
where person_id = %(person_id)s and programme = %(programme)s and state = 'waiting' and reversal_of is null and id <> %(but)s;

-- name: add_proposal
-- An award or a reversal that waits for a second person.
insert into points_proposal (id, key, reversal_of, activity_date, programme, person_id, points, reason, evidence_id, proposed_by, proposed_at)
values (%(id)s, %(key)s, %(reversal_of)s, %(activity_date)s, %(programme)s, %(person_id)s, %(points)s, %(reason)s, %(evidence_id)s,
    %(proposed_by)s, %(proposed_at)s);

-- name: fetch_proposals
-- Proposals: one by its id or its key, those that wait for a reversal of an entry, or all in a state; the oldest first.
select id, key, reversal_of, activity_date, programme, person_id, points, reason, evidence_id, proposed_by, proposed_at, state,
    decided_by, decided_at, entry_id
from points_proposal
where (%(id)s::text is null or id = %(id)s) and (%(key)s::text is null or key = %(key)s)
    and (%(reversal_of)s::bigint is null or (reversal_of = %(reversal_of)s and state = 'waiting'))
    and (%(state)s::text is null or state = %(state)s)
order by proposed_at, id limit %(limit)s;

-- name: decide_proposal
-- What a second person decided.
update points_proposal set state = %(state)s, decided_by = %(decided_by)s, decided_at = %(decided_at)s, entry_id = %(entry_id)s
where id = %(id)s and state = 'waiting';

-- name: add_points
-- An entry; one whose key is known stays as it is. Returns its number.
insert into points_entry (key, entered_at, activity_date, programme, person_id, recipient_ref, points, reason, evidence_id, proposed_by, approver,
    reversal_of)
values (%(key)s, %(entered_at)s, %(activity_date)s, %(programme)s, %(person_id)s, %(recipient_ref)s, %(amount)s, %(reason)s, %(evidence_id)s,
    %(proposed_by)s, %(approver)s, %(reversal_of)s)
on conflict (key) do nothing returning id;

-- name: fetch_points
-- Entries, the newest first: of a person, by number, key or claim, older than a number; null does not narrow.
select e.id, e.key, e.entered_at, e.activity_date, e.programme, e.person_id, e.recipient_ref, e.points as amount, e.reason, e.evidence_id,
    e.proposed_by, e.approver, e.reversal_of, null::text as claim_id, r.id as reversed_by, b.batch_id
from points_entry e left join points_entry r on r.reversal_of = e.id left join points_batch_entry b on b.entry_id = e.id
where (%(person_id)s::text is null or e.person_id = %(person_id)s) and (%(id)s::bigint is null or e.id = %(id)s)
    and (%(key)s::text is null or e.key = %(key)s) and %(claim_id)s::text is null
    and (%(before)s::bigint is null or e.id < %(before)s)
order by e.id desc limit %(limit)s;

-- name: fetch_points_balance
-- A person's balance (everybody's for null): the sum of all entries.
select coalesce(sum(points), 0)::bigint from points_entry where %(person_id)s::text is null or person_id = %(person_id)s;

-- name: fetch_points_balances
-- The balance of everybody who has an entry.
select person_id, sum(points)::bigint from points_entry group by person_id order by person_id;

-- name: fetch_points_open
-- What no file holds yet, for days up to the last one of a month.
select e.id, e.key, e.entered_at, e.activity_date, e.programme, e.person_id, e.recipient_ref, e.points as amount, e.reason, e.evidence_id,
    e.proposed_by, e.approver, e.reversal_of, null::text as claim_id, null::bigint as reversed_by, null::text as batch_id
from points_entry e where e.activity_date <= %(until)s and not exists (select from points_batch_entry b where b.entry_id = e.id)
order by e.id;

-- name: add_points_batch
-- The file of a month, as it is from now on.
insert into points_batch (id, month, closed_at, closed_by, entries, total, content)
values (%(id)s, %(month)s, %(closed_at)s, %(closed_by)s, %(entries)s, %(total)s, %(content)s);

-- name: fill_points_batch
-- Which entries the file holds.
insert into points_batch_entry (entry_id, batch_id) select unnest(%(entry_ids)s::bigint[]), %(id)s;

-- name: fetch_points_batches
-- The files, the newest month first; one month's, or all for null.
select id, month, closed_at, closed_by, entries, total from points_batch
where %(month)s::date is null or month = %(month)s order by month desc;

-- name: fetch_points_content
-- The bytes of a month's file.
select content from points_batch where month = %(month)s;

-- name: add_bounty
-- An entry; one whose key is known stays as it is. Returns its number.
insert into bounty_entry (key, entered_at, activity_date, programme, person_id, recipient_ref, yen, reason, evidence_id, proposed_by, approver,
    reversal_of, claim_id)
values (%(key)s, %(entered_at)s, %(activity_date)s, %(programme)s, %(person_id)s, %(recipient_ref)s, %(amount)s, %(reason)s, %(evidence_id)s,
    %(proposed_by)s, %(approver)s, %(reversal_of)s, %(claim_id)s)
on conflict (key) do nothing returning id;

-- name: fetch_bounty
-- Entries, the newest first: of a person, by number, key or claim, older than a number; null does not narrow.
select e.id, e.key, e.entered_at, e.activity_date, e.programme, e.person_id, e.recipient_ref, e.yen as amount, e.reason, e.evidence_id,
    e.proposed_by, e.approver, e.reversal_of, e.claim_id, r.id as reversed_by, b.batch_id
from bounty_entry e left join bounty_entry r on r.reversal_of = e.id left join bounty_batch_entry b on b.entry_id = e.id
where (%(person_id)s::text is null or e.person_id = %(person_id)s) and (%(id)s::bigint is null or e.id = %(id)s)
    and (%(key)s::text is null or e.key = %(key)s) and (%(claim_id)s::text is null or e.claim_id = %(claim_id)s)
    and (%(before)s::bigint is null or e.id < %(before)s)
order by e.id desc limit %(limit)s;

-- name: fetch_bounty_balance
-- A person's balance (everybody's for null): the sum of all entries.
select coalesce(sum(yen), 0)::bigint from bounty_entry where %(person_id)s::text is null or person_id = %(person_id)s;

-- name: fetch_bounty_balances
-- The balance of everybody who has an entry.
select person_id, sum(yen)::bigint from bounty_entry group by person_id order by person_id;

-- name: fetch_bounty_open
-- What no file holds yet, for days up to the last one of a month.
select e.id, e.key, e.entered_at, e.activity_date, e.programme, e.person_id, e.recipient_ref, e.yen as amount, e.reason, e.evidence_id,
    e.proposed_by, e.approver, e.reversal_of, e.claim_id, null::bigint as reversed_by, null::text as batch_id
from bounty_entry e where e.activity_date <= %(until)s and not exists (select from bounty_batch_entry b where b.entry_id = e.id)
order by e.id;

-- name: add_bounty_batch
-- The file of a month, as it is from now on.
insert into bounty_batch (id, month, closed_at, closed_by, entries, total, content)
values (%(id)s, %(month)s, %(closed_at)s, %(closed_by)s, %(entries)s, %(total)s, %(content)s);

-- name: fill_bounty_batch
-- Which entries the file holds.
insert into bounty_batch_entry (entry_id, batch_id) select unnest(%(entry_ids)s::bigint[]), %(id)s;

-- name: fetch_bounty_batches
-- The files, the newest month first; one month's, or all for null.
select id, month, closed_at, closed_by, entries, total from bounty_batch
where %(month)s::date is null or month = %(month)s order by month desc;

-- name: fetch_bounty_content
-- The bytes of a month's file.
select content from bounty_batch where month = %(month)s;
