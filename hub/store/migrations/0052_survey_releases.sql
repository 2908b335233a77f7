-- What everybody may know of a survey: released by a person as it was then, and taken back by a person.
create table survey_release (
    id bigint generated always as identity primary key,
    survey_id text not null references survey (id),
    -- The summary as it was released; null: what was released before is shown no more.
    summary jsonb,
    at timestamptz not null,
    person_id text not null references person (id)
);
create index on survey_release (survey_id, id);
create trigger append_only before update or delete or truncate on survey_release execute function refuse_change();
