-- Whether a group has a sequence of its own, as its own lane says: what is told of a chat is of one moment.
alter table chats add column own_sequence bigint not null default 0;
