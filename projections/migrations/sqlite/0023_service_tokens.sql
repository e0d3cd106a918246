-- Services that act, or once acted, with a token of their own. They belong to the lane of the stream `system`.
create table service_tokens (
    token bigint not null primary key,
    name text not null,             -- as whom the service acts
    scopes text not null,           -- JSON: what it may
    hash text not null,             -- SHA-256 of its token, hex
    issued_at bigint not null,      -- µs
    expires_at bigint,              -- µs; null: it does not expire
    ended_at bigint                 -- µs; null: it may act until it expires
);
