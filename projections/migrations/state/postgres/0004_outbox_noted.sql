-- When next_at was said, µs: a clock that has gone back behind it would have the code wait for that much longer. 0: that is not known.
alter table outbox add column noted_at bigint not null default 0;
