-- The messages that can be found.
create table entries (
    id bigint not null primary key,    -- rises with the log: 65,536 × position + index
    chat text not null,
    message bigint not null,
    owner bigint not null              -- whose key seals what it says
);

create unique index entries_message on entries (chat, message);
create index entries_owner on entries (owner);

-- What they say, by entry: keyed hashes of its words and of their beginnings, and of the chat's name. Nobody reads words there, nor the text.
create table words (
    rowid bigint not null primary key,
    hashes text not null               -- separated by spaces
);

create index words_found on words using gin (array_to_tsvector(string_to_array(hashes, ' ')));
