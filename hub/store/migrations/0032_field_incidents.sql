-- Incidents of a plot, told to its farmers at a lower urgency than traps: who sees them, what else tells two of them apart, and a
-- pace of their own.

alter table incident
    -- Whose matter it is: its owner, and those with whom it is shared, see it. When the plot is deleted the incident keeps no word of it.
    add column plot_id text references plot (id) on delete set null,
    -- What of the device or plot it is about (a warning's id, a quantity, an evening), so that two matters are two incidents.
    add column matter text not null default '',
    drop constraint incident_outcome_check,
    drop constraint incident_waits_for_check,
    add constraint incident_outcome_check check (outcome in ('captured', 'empty', 'wrong_species', 'visited', 'seen', 'done')),
    add constraint incident_waits_for_check check (waits_for in ('first_light', 'muted', 'quiet_hours'));
drop index incident_one_unresolved;
create unique index incident_one_unresolved
    on incident (coalesce(device_key, 0), coalesce(agent_id, ''), coalesce(person_id, ''), coalesce(plot_id, ''), matter, kind)
    where state <> 'resolved';
create index on incident (plot_id, opened_at desc) where plot_id is not null;

alter table held
    drop constraint held_why_check,
    add constraint held_why_check check (why in ('first_light', 'muted', 'quiet_hours'));

-- Three budgets: alarms, reminders of old matters, and the field. None takes a place of another's.
alter table delivery add column is_field boolean not null default false;
alter table delivery add column budget text not null
    generated always as (case when is_field then 'field' when is_reminder then 'reminder' else 'alarm' end) stored;
alter table message
    drop constraint message_purpose_check,
    add constraint message_purpose_check check (purpose in ('alarm', 'reminder', 'field', 'drill', 'digest'));
alter table pace
    drop constraint pace_budget_check,
    add constraint pace_budget_check check (budget in ('alarm', 'reminder', 'field'));

-- Who wants to be told of a plot. Without a row its owner is, and nobody else of those who see it.
create table plot_told (
    plot_id text not null references plot (id) on delete cascade,
    person_id text not null references person (id),
    wanted boolean not null,
    primary key (plot_id, person_id)
);
