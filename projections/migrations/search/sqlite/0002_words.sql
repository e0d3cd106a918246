-- The messages that can be found.
create table entries (
    id integer not null primary key,   -- rises with the log: 65,536 × position + index
    chat text not null,
    message bigint not null,
    owner bigint not null              -- whose key seals what it says
);

create unique index entries_message on entries (chat, message);
create index entries_owner on entries (owner);

-- What they say, by entry: keyed hashes of its words and of their beginnings, and of the chat's name. Nobody reads words there, nor the text.
create virtual table words using fts5(hashes, content='', contentless_delete=1, detail=none, tokenize='ascii');
