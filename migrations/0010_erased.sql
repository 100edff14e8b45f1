-- Conversations that were erased on request: a token that a visitor still holds must not begin them anew under their old
-- ids, or a client would take the new first message for the old one.

create table erased_conversations (
    conversation_id text not null primary key,
    erased_at bigint not null
);
