-- Codes on their way to people. A row is gone as soon as its code was delivered, or is of no use any more.
create table outbox (
    sign_in text not null primary key, -- whose code: another one of the same sign-in takes its place
    id text not null,                  -- of this code; bound into what is sealed
    channel text not null,             -- phone or email: for counting
    sealed text not null,              -- to whom, what: encrypted with a key derived from the installation's secret
    attempts bigint not null,          -- begun so far; whoever raises it has claimed the row
    next_at bigint not null,           -- nobody claims it before, µs: while somebody tries, until his time is over
    expires_at bigint not null         -- the code's end, µs
);

create index outbox_due on outbox (next_at);
