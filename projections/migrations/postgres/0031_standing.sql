-- How an account stands with the installation.
alter table accounts add column admin bigint not null default 0; -- 1: it may administer the installation
alter table accounts add column suspended_at bigint;             -- µs; null: it may act
alter table accounts add column erasure_due_at bigint;           -- µs; from when on it is erased, unless it thinks better of it
alter table accounts add column erased_at bigint;                -- µs; since when it is gone, whether its key is already or not

-- Few are to be erased, and every start asks who is gone.
create index accounts_due on accounts (erasure_due_at, account) where erasure_due_at is not null;
create index accounts_gone on accounts (account, erased_at) where erased_at is not null;
