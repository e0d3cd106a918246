-- What a message says of itself beside its text.
alter table timeline add column kind text;                           -- 'location', 'contact'; null: a text, or deleted
alter table timeline add column answers bigint;                      -- whose message it answers
alter table timeline add column quote text;                          -- JSON: the range that it quotes of that message, and the words, sealed; null once deleted
alter table timeline add column forwarded text;                      -- JSON: where it was said first; null: here, or deleted
alter table timeline add column mentions text;                       -- JSON: accounts, ascending; null: none, or deleted
alter table timeline add column silent bigint not null default 0;    -- 1: nobody is to be disturbed by it
alter table timeline add column protected bigint not null default 0; -- 1: it may not be forwarded
alter table timeline add column carried bigint not null default 0;   -- 1: somebody else said it first: it can't be edited
