-- What was found in a trap: reports, one record an animal, photos, claims; and as dated data the rules of programmes.

-- A programme under which captures are claimed, with the words of its forms. Rules that differ from town to town are rows, never code.
create table programme (
    key text primary key check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    -- {"ja": …, "en": …, "ja_Hira": …}
    words jsonb not null,
    authority text not null default '',
    hunt_kinds text[] not null,
    species text[] not null,
    -- Two members of staff approve a claim, the second one another person than the first.
    four_eyes boolean not null default false,
    -- Null: since ever; no end.
    valid_from date,
    valid_until date,
    source text not null default ''
);

-- The checklist of photos of a programme; a rule that ends keeps its row.
create table photo_rule (
    id bigint generated always as identity primary key,
    programme text not null references programme (key),
    item text not null check (item ~ '^[a-z][a-z0-9_]{0,39}$'),
    position integer not null default 0,
    words jsonb not null,
    required boolean not null,
    valid_from date,
    valid_until date,
    source text not null default '',
    check (valid_until is null or valid_from is null or valid_from <= valid_until)
);
create index on photo_rule (programme, position);

-- Yen a head. National ceilings bound what a town is refunded; what it pays is its own row of the kind 'town'.
create table bounty_rate (
    id bigint generated always as identity primary key,
    programme text not null references programme (key),
    kind text not null check (kind in ('national_ceiling', 'town')),
    species text not null,
    age text not null check (age in ('adult', 'juvenile', 'any')),
    -- Null: whatever becomes of the body.
    disposal text,
    amount_yen integer not null check (amount_yen >= 0),
    valid_from date,
    valid_until date,
    source text not null default '',
    check (valid_until is null or valid_from is null or valid_from <= valid_until)
);
create index on bounty_rate (programme);

-- How individual numbers are made: prefix, the period's year, a dash, and a serial of so many digits (KZ2026-0001).
create table numbering_rule (
    id bigint generated always as identity primary key,
    prefix text not null default '' check (prefix ~ '^[A-Za-z0-9-]{0,20}$'),
    period text not null check (period in ('fiscal_year', 'year')),
    digits integer not null check (digits between 1 and 8),
    valid_from date,
    source text not null default ''
);
create table numbering_count (
    rule_id bigint not null references numbering_rule (id),
    year integer not null,
    last integer not null,
    primary key (rule_id, year)
);

-- One record of what was found, as it stands now; every version of it is in report_version.
create table report (
    id text primary key,
    -- Null: found without any alarm. An incident is settled by one report.
    incident_id text unique references incident (id),
    device_key integer not null references device (key),
    -- Who found it, and who typed it.
    person_id text not null references person (id),
    typed_by text not null references person (id),
    outcome text not null check (outcome in ('captured', 'empty', 'wrong_species', 'visited')),
    found_at timestamptz not null,
    received_at timestamptz not null,
    note text,
    lat double precision check (lat between -90 and 90),
    lon double precision check (lon between -180 and 180),
    accuracy_m real,
    -- 有害, 狩猟, 指定管理.
    hunt_kind text check (hunt_kind in ('pest_control', 'hunting', 'designated')),
    trap_kind text check (trap_kind in ('box', 'enclosure', 'snare', 'other')),
    trap_set_on date,
    trap_removed_on date,
    municipality text,
    version integer not null default 1,
    check ((lat is null) = (lon is null))
);
create index on report (device_key, found_at desc);
create index on report (received_at desc, id desc);
create index on report (person_id, received_at desc);

create table report_version (
    report_id text not null references report (id),
    version integer not null,
    at timestamptz not null,
    by_person text not null references person (id),
    reason text,
    -- The whole report with its animals, as this version has it.
    document jsonb not null,
    primary key (report_id, version)
);
create trigger append_only before update or delete or truncate on report_version execute function refuse_change();

-- One record an animal (枝番 = branch). `id` is its individual number (個体管理番号).
create table animal (
    id text primary key check (id ~ '^[A-Za-z0-9][A-Za-z0-9-]{0,62}$'),
    report_id text not null references report (id),
    branch integer not null check (branch >= 1),
    species text not null check (species ~ '^[a-z][a-z_]{0,39}$'),
    -- What it is, where `species` is 'other'.
    species_name text,
    sex text check (sex in ('male', 'female', 'unknown')),
    age_national text check (age_national in ('adult', 'juvenile', 'unknown')),
    age_town text check (age_town in ('adult', 'juvenile', 'unknown')),
    pregnant boolean,
    body_length_cm real check (body_length_cm > 0),
    weight_kg real check (weight_kg > 0),
    -- 埋却, 焼却, 家保, 自家消費, ジビエ利用, その他; released is for the wrong species.
    disposal text check (disposal in ('buried', 'burnt', 'livestock_office', 'own_use', 'gibier', 'other', 'released')),
    processor text,
    pcr_on date,
    pcr_result text check (pcr_result in ('waiting', 'negative', 'positive')),
    tube_number text,
    created_at timestamptz not null,
    -- A correction took it out of its report: it counts nowhere, but its number is never given again.
    withdrawn_at timestamptz,
    unique (report_id, branch),
    check (pregnant is null or sex = 'female')
);

-- Photos in the database: one backup holds all, and a report with its photos is one transaction.
create table photo (
    id text primary key,
    -- Null: sent with a form that is not filed yet; such a photo is its sender's alone, and dropped after some days.
    report_id text references report (id),
    animal_id text references animal (id),
    -- The item of the checklist that it is for.
    item text,
    sent_by text not null references person (id),
    received_at timestamptz not null,
    sha256 bytea not null,
    -- 64 bits by which a photo is known again after it was made smaller or saved anew.
    look bit(64) not null,
    media_type text not null check (media_type in ('image/jpeg', 'image/png', 'image/webp')),
    width integer not null,
    height integer not null,
    size_bytes integer not null,
    -- As the camera wrote it, and where the phone says that it is (a browser may have taken the camera's words away).
    taken_at timestamptz,
    taken_lat double precision,
    taken_lon double precision,
    said_at timestamptz,
    said_lat double precision,
    said_lon double precision,
    thumbnail bytea not null,
    original bytea not null
);
-- They are compressed already.
alter table photo alter column original set storage external;
alter table photo alter column thumbnail set storage external;
create index on photo (report_id);
create index on photo (sha256);
create index on photo (received_at) where report_id is null;

-- What is asked of the town for one animal under one programme.
create table claim (
    id text primary key,
    animal_id text not null references animal (id),
    report_id text not null references report (id),
    programme text not null references programme (key),
    state text not null check (state in ('filed', 'asked', 'approved', 'refused', 'withdrawn')),
    filed_at timestamptz not null,
    -- The first of two, where two must approve.
    seconded_by text references person (id),
    decided_by text references person (id),
    decided_at timestamptz,
    -- Of the last step: why refused, what is asked.
    reason text,
    amount_yen integer check (amount_yen >= 0),
    unique (animal_id, programme),
    check ((state in ('approved', 'refused', 'withdrawn')) = (decided_at is not null))
);
create index on claim (state, filed_at);
create index on claim (report_id);
create index on claim (decided_at);

create table claim_entry (
    id bigint generated always as identity primary key,
    claim_id text not null references claim (id),
    at timestamptz not null,
    actor text not null,
    act text not null check (act in ('filed', 'asked', 'answered', 'seconded', 'approved', 'refused', 'withdrawn', 'corrected')),
    text text,
    detail jsonb not null default '{}'
);
create index on claim_entry (claim_id, id);
create trigger append_only before update or delete or truncate on claim_entry execute function refuse_change();

insert into numbering_rule (prefix, period, digits, source) values ('', 'fiscal_year', 4, 'preset');
insert into programme (key, words, hunt_kinds, species, source) values (
    'pest_control',
    '{"ja": "有害鳥獣の捕獲", "en": "Pest control captures", "ja_Hira": "有害鳥獣（ゆうがいちょうじゅう）の 捕獲（ほかく）"}',
    '{pest_control}', '{boar,deer}', 'preset; the town enters its own rules'
);
insert into bounty_rate (programme, kind, species, age, disposal, amount_yen, source)
select 'pest_control', 'national_ceiling', species, 'adult', disposal, yen, 'national ceiling for adult boar and deer; check the year''s rules'
from unnest(array['boar', 'deer']) species,
    (values ('gibier', 9000), ('burnt', 8000), ('buried', 7000)) as ceiling (disposal, yen);
insert into photo_rule (programme, item, position, required, words, source) values
('pest_control', 'whole_right', 1, true,
    '{"ja": "全身（足を下、頭を右、ものさしと読める用紙を入れる）", "en": "Whole body, feet down, head to the right, with a scale and a legible sheet", "ja_Hira": "体（からだ）の ぜんぶ。足（あし）を 下（した）、頭（あたま）を 右（みぎ）に します。ものさしと 紙（かみ）も 入（い）れます"}',
    'preset; the town enters its own rules'),
('pest_control', 'with_hunter', 2, true,
    '{"ja": "全身と捕獲者（日付と場所がわかるもの）", "en": "Whole animal with the hunter, date and place", "ja_Hira": "体（からだ）の ぜんぶと 捕（と）った人（ひと）。日（ひ）と 場所（ばしょ）が わかる 写真（しゃしん）"}',
    'preset; the town enters its own rules'),
('pest_control', 'date_sprayed', 3, false,
    '{"ja": "体にスプレーで書いた日付", "en": "The date sprayed on the body", "ja_Hira": "体（からだ）に スプレーで 書（か）いた 日（ひ）"}',
    'preset; the town enters its own rules'),
('pest_control', 'tail_tip', 4, false,
    '{"ja": "尾の先 10cm", "en": "Tail tip of 10 cm", "ja_Hira": "しっぽの 先（さき） 10cm"}',
    'preset; the town enters its own rules'),
('pest_control', 'accepted', 5, false,
    '{"ja": "処理施設の受け入れ", "en": "Acceptance by the facility", "ja_Hira": "施設（しせつ）が 受（う）け取（と）った しるし"}',
    'preset; the town enters its own rules');
