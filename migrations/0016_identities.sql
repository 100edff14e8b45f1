-- Whose conversation is whose, where the brand's own server vouches for a visitor: one for a person, on every device.

create table identities (
    site text not null,
    -- The brand's own id of the person, hashed.
    subject text not null,
    -- No foreign key: it has no row until something is said in it.
    conversation_id text not null unique,
    created_at bigint not null,
    primary key (site, subject)
);
