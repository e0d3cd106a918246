-- Whom an account knows. These rows, and those of the tables below, belong to the account's lane.
create table contacts (
    account bigint not null,
    contact bigint not null,        -- the other account
    name text,                      -- sealed: what the account calls it; null: nothing of its own
    primary key (account, contact)
);

-- Of whom an account wants to hear nothing.
create table blocked (
    account bigint not null,
    other bigint not null,
    primary key (account, other)
);

-- Who may do what with an account. It has no row before it says so: everybody may do everything.
create table privacy (
    account bigint not null primary key,
    privacy text not null           -- JSON
);

-- By which phone number an account is found. Of two accounts that have the same one the later has it: their lanes may differ, and the earlier's drop it
-- later.
create table phones (
    account bigint not null primary key,
    name text collate "C" not null, -- the number's key
    added_at bigint not null        -- µs
);

create index phones_name on phones (name);
