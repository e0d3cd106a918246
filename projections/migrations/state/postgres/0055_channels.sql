-- Where what is left of a chat's own sequence begins, once something was trimmed.
create table chat_floors (
    chat text not null primary key,
    seq bigint not null         -- everything up to here is gone: who has less starts anew from a snapshot; only rises
);
