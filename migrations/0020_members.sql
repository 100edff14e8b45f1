-- Who may answer visitors, what each may do on which site, and how they get in. Secrets are kept as hashes only.

create table members (
    number bigint not null primary key,
    address text not null,
    -- Lower case: one person has one row, however the address is written.
    address_normal text not null unique,
    name text not null,
    -- Seconds; links made then or earlier open nothing.
    not_before bigint not null,
    revoked_at bigint,
    created_at bigint not null
);

-- What was granted by the command line; addresses in the configuration need no row. The site * stands for all.
create table memberships (
    member bigint not null references members (number) on delete cascade,
    site text not null,
    role text not null,
    primary key (member, site)
);

-- Links that were mailed, so that the code beside each can be found by what a person types.
create table staff_links (
    member bigint not null references members (number) on delete cascade,
    code_hash text not null,
    -- None for a link that signs in.
    conversation_id text references conversations (id) on delete cascade,
    expires_at bigint not null,
    primary key (member, code_hash)
);

create index staff_links_by_conversation on staff_links (conversation_id) where conversation_id is not null;
create index staff_links_by_end on staff_links (expires_at);

-- Links to one conversation that were taken back: those made then or earlier, in seconds.
create table revoked_links (
    member bigint not null references members (number) on delete cascade,
    conversation_id text not null references conversations (id) on delete cascade,
    not_before bigint not null,
    primary key (member, conversation_id)
);

create table staff_sessions (
    id_hash text not null primary key,
    kind text not null,
    member bigint not null references members (number) on delete cascade,
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null
);

create index staff_sessions_by_member on staff_sessions (member);
create index staff_sessions_by_end on staff_sessions (expires_at);

-- What a session that began with a link may open.
create table staff_grants (
    id_hash text not null references staff_sessions (id_hash) on delete cascade,
    conversation_id text not null references conversations (id) on delete cascade,
    issued bigint not null,
    expires_at bigint not null,
    primary key (id_hash, conversation_id)
);

create index staff_grants_by_conversation on staff_grants (conversation_id);

-- Codes and links that were mailed to somebody who wants to sign in; the newest of a member counts.
create table sign_ins (
    member bigint not null primary key references members (number) on delete cascade,
    code_hash text not null,
    token_hash text not null unique,
    tries bigint not null,
    expires_at bigint not null
);

-- Who did what. Never what was said.
create table staff_log (
    id text not null primary key,
    at bigint not null,
    member bigint,
    action text not null,
    site text,
    conversation_id text,
    detail text
);

create index staff_log_by_conversation on staff_log (conversation_id) where conversation_id is not null;
