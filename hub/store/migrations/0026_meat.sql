-- Meat for people: the hygiene form of each animal, results of radiation tests, and the rules that go by date.

-- Every version of an animal's hygiene form (様式2); the last one holds.
create table hygiene_form (
    id bigint generated always as identity primary key,
    animal_id text not null references animal (id),
    content jsonb not null,
    written_by text not null references person (id),
    written_at timestamptz not null
);
create index on hygiene_form (animal_id, id);
create trigger append_only before update or delete or truncate on hygiene_form execute function refuse_change();

-- What a laboratory found; a later row puts an earlier one right.
create table radiation_result (
    id bigint generated always as identity primary key,
    animal_id text not null references animal (id),
    measured_on date not null,
    -- Radioactive caesium; where nothing was found, the limit of detection.
    bq_per_kg double precision not null check (bq_per_kg >= 0),
    below_detection boolean not null,
    laboratory text not null,
    note text,
    written_by text not null references person (id),
    written_at timestamptz not null
);
create index on radiation_result (animal_id, id);
create trigger append_only before update or delete or truncate on radiation_result execute function refuse_change();

insert into dated_rule (name, species, valid_from, value, source) values
    ('radiation_limit_bq_kg', '', '2012-04-01', 100, '食品衛生法に基づく一般食品の基準値'),
    ('radiation_every_head', 'boar', '2000-01-01', 1, 'preset for Kisarazu: every head of boar is tested; the town enters its own rules'),
    ('body_temperature_limit_c', 'boar', '2000-01-01', 42, '衛生管理の様式2');
