-- Where each lane of each projection stands in the log. Moved by compare-and-set in the transaction that
-- writes the rows, so that no fact is applied twice, whoever else runs.
create table checkpoints (
    projection text not null,   -- its name
    version bigint not null,    -- its version: another version's rows are of no use
    lane bigint not null,       -- which share of the keys, from 0
    lanes bigint not null,      -- of how many; the same in all rows: another number is another cut of the keys
    log text not null,          -- the log's id: another log's positions mean nothing here
    position bigint not null,   -- of the last commit applied; 0 before the first
    commit_id text not null,    -- of that commit, checked against the log on start: a log that lost its tail is not followed; '' before the first
    primary key (projection, lane)
);
