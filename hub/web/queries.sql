-- name: claim_form
-- Take a key for this transaction; nothing when it was used. Who asks at the same time waits here for the other's end.
insert into sent_form (key, person_id, path, sent_at) values (%(key)s, %(person_id)s, %(path)s, %(now)s)
on conflict (key) do nothing;

-- name: fetch_sent_form
-- What a used key did.
select person_id, path, answer from sent_form where key = %(key)s;

-- name: keep_form_answer
-- What whoever sends the same form again is told.
update sent_form set answer = %(answer)s where key = %(key)s;

-- name: drop_old_forms
-- A few of the keys that no phone can mean to send any more; every form sent sweeps some.
delete from sent_form where key in (
    select key from sent_form where sent_at < %(before)s order by sent_at limit 20 for update skip locked);
