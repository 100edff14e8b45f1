-- What is said: conversations, and their events in order.
-- Ids are UUIDv7 as text, times are epoch milliseconds, columns that hold JSON are text.

create table conversations (
    id text not null primary key,
    site text not null,
    locale text not null,
    phase text not null,
    -- Grows by one with each turn; a turn computed from an older version is refused.
    version bigint not null,
    last_seq bigint not null,
    dialogue text not null,
    first_page text not null,
    page text not null,
    created_at bigint not null,
    updated_at bigint not null
);

-- Retention looks for old conversations. Not by updated_at, which would rewrite the index with each turn.
create index conversations_by_age on conversations (site, created_at);

create table events (
    conversation_id text not null references conversations (id) on delete cascade,
    seq bigint not null,
    at bigint not null,
    author text not null,
    staff_name text,
    client_id text,
    body text not null,
    primary key (conversation_id, seq)
);

-- Sending twice is harmless: a client's id is stored once in a conversation.
create unique index events_by_client_id on events (conversation_id, client_id) where client_id is not null;
