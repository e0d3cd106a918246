-- All of it is made anew: hashes are shorter, and messages are found by when they were sent, too.
drop table words;
drop table entries;

-- The messages that can be found.
create table entries (
    id bigint not null primary key,    -- rises with the log: 65,536 × position + index
    chat text not null,
    message bigint not null,
    owner bigint not null,             -- whose key seals what it says
    sent_at bigint not null            -- in µs
);

create unique index entries_message on entries (chat, message);
create index entries_owner on entries (owner);

-- What they say, by entry: keyed hashes of its words and of their beginnings, of the chat's name, of who wrote it, and of the year and month in
-- which it was sent. Nobody reads words there, nor the text.
create table words (
    rowid bigint not null primary key,
    hashes text not null,              -- separated by spaces
    chat text not null                 -- as of the entry: entries of some chats that have some words are found by both indices together
);

-- What is not sorted in yet, each query reads: it is kept short (in KiB).
create index words_found on words using gin (array_to_tsvector(string_to_array(hashes, ' '))) with (gin_pending_list_limit = 512);
create index words_chat on words (chat);
