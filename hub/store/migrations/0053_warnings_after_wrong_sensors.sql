-- What a warning remembers besides: the last reading that did not count since its sensor was wrong. A mean, a change or
-- a sum that reaches back to it is made of such readings.
alter table warning_state add column wrong_at timestamptz;
