-- How long things are kept, as data: what holds on a day is the newest row that has begun. Null: for ever.
-- What is in no row here is never dropped: incidents and their timelines, evidence, claims, ledgers, the audit log, hours and days.

create table retention (
    what text not null check (what in ('readings', 'heartbeats', 'quarantine', 'notices')),
    since date not null,
    keep_days integer check (keep_days >= 30),
    -- Who has decided it, and why.
    source text not null,
    primary key (what, since)
);
insert into retention (what, since, keep_days, source) values
    ('readings', '2026-04-01', 1827, 'Default: each reading for five years, which shows a season beside those before it; its hours and days for ever.'),
    ('heartbeats', '2026-04-01', 400, 'Default: a trap''s signs of life for a permit''s year and a claim''s; those around an incident stay with it.'),
    ('quarantine', '2026-04-01', 90, 'Default: settled messages for a quarter; those that wait stay until somebody has looked.'),
    ('notices', '2026-04-01', 400, 'Default: drills and morning summaries for a year, to see who can be reached; alarms stay with their incidents.');
create index on event (occurred_at) where kind = 'status';
