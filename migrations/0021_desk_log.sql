-- What staff keep to themselves about a conversation: notes, and who took, passed on, handed back or closed it. In a table of
-- its own, since visitors are promised a seq without holes, and must not learn that there are notes.

create table desk_log (
    conversation_id text not null references conversations (id) on delete cascade,
    n bigint not null,
    -- After which event it stands.
    after_seq bigint not null,
    kind text not null,
    member bigint not null,
    name text not null,
    body text not null,
    -- The client's id of it, as stored: sending twice is harmless.
    key text not null,
    at bigint not null,
    primary key (conversation_id, n)
);

create unique index desk_log_by_key on desk_log (conversation_id, key);

-- Whose conversation it is; nobody's where there is no row.
create table assignments (
    conversation_id text not null primary key references conversations (id) on delete cascade,
    member bigint not null references members (number) on delete cascade,
    at bigint not null
);

create index assignments_by_member on assignments (member, conversation_id);

-- How far each member has read.
create table staff_reads (
    conversation_id text not null references conversations (id) on delete cascade,
    member bigint not null references members (number) on delete cascade,
    seq bigint not null,
    primary key (conversation_id, member)
);

create index staff_reads_by_member on staff_reads (member);
