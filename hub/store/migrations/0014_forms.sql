-- Forms that must do their work once, however often a phone in a valley sends them.

create table sent_form (
    -- Made where the form was made: by the page, or by the phone that kept the report.
    key uuid primary key,
    person_id text not null references person (id),
    -- The address it was sent to: a key opens one door.
    path text not null,
    -- Where the first answer led; null only within the transaction that does the work.
    answer text,
    sent_at timestamptz not null
);
create index on sent_form (sent_at);
