-- Whom a plot's owner let look and lets look no longer: single people, as plot_consent keeps staff and groups.

-- Null for what was shared before this was kept.
alter table plot_share add column shared_by text;

create table plot_share_past (
    id bigint generated always as identity primary key,
    plot_id text not null references plot (id) on delete cascade,
    person_id text not null references person (id),
    given_at timestamptz,
    given_by text,
    withdrawn_at timestamptz not null,
    withdrawn_by text not null
);
create index on plot_share_past (plot_id);
