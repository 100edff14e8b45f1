-- Who can be reached, and what they want. At most one lead for a conversation; none is ever merged.

create table leads (
    id text not null primary key,
    site text not null,
    conversation_id text references conversations (id) on delete cascade,
    email text,
    email_normal text,
    phone text,
    name text,
    company text,
    budget text,
    fields text not null,
    message text,
    intents text not null,
    score bigint not null,
    reasons text not null,
    consent_at bigint,
    consent_wording text,
    page text not null,
    utm text not null,
    created_at bigint not null,
    updated_at bigint not null
);

create unique index leads_by_conversation on leads (conversation_id) where conversation_id is not null;
create index leads_by_email on leads (email_normal) where email_normal is not null;
create index leads_by_age on leads (site, created_at);
