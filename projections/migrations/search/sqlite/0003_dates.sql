-- All of it is made anew: hashes are shorter, and messages are found by when they were sent, too.
drop table words;
drop table entries;

-- The messages that can be found.
create table entries (
    id integer not null primary key,   -- rises with the log: 65,536 × position + index
    chat text not null,
    message bigint not null,
    owner bigint not null,             -- whose key seals what it says
    sent_at bigint not null            -- in µs
);

create unique index entries_message on entries (chat, message);
create index entries_owner on entries (owner);

-- What they say, by entry: keyed hashes of its words and of their beginnings, of the chat's name, of who wrote it, and of the year and month in
-- which it was sent. Nobody reads words there, nor the text.
create virtual table words using fts5(hashes, content='', contentless_delete=1, detail=none, tokenize='ascii');
