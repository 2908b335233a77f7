-- name: fetch_rule
-- How much may be told on a day; of two rules from one day, the newer one.
select least_count, delay_months, mesh from opendata_rule where valid_from <= %(today)s order by valid_from desc, id desc limit 1;

-- name: fetch_captured
-- Every animal that was caught before a moment; the place is the report's own, else the trap's.
select r.found_at, coalesce(r.lat, d.lat) as lat, coalesce(r.lon, d.lon) as lon, a.species
from report r join animal a on a.report_id = r.id and a.withdrawn_at is null join device d on d.key = r.device_key
where r.outcome = 'captured' and r.found_at < %(until)s;
