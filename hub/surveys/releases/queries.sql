-- name: add_release
-- A summary is released, or (null) taken back.
insert into survey_release (survey_id, summary, at, person_id)
values (%(survey_id)s, %(summary)s::jsonb, %(now)s, %(person_id)s);

-- name: fetch_released
-- What is released now, the newest first; of one survey where one is named.
select * from (
    select distinct on (r.survey_id) r.survey_id, r.summary, r.at as released_at, r.person_id as released_by
    from survey_release r
    where %(survey_id)s::text is null or r.survey_id = %(survey_id)s
    order by r.survey_id, r.id desc
) newest
where summary is not null
order by released_at desc, survey_id
limit %(limit)s;
