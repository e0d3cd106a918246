-- Aggregates as of a commit, so that loading one need not read its whole stream. Written by the executor, not by a lane:
-- a cache of the log, which may be emptied at any time.
create table snapshots (
    stream text not null primary key,
    log text not null,              -- the log's id
    position bigint not null,       -- of the last commit that the state includes
    commit_id text not null,        -- of that commit
    version bigint not null,        -- of the state's shape: another version's is of no use
    state text not null             -- JSON, sealed parts closed
) without rowid;
