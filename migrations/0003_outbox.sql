-- What must leave the building, written in the transaction of its cause.
-- status: pending (to be delivered), done (delivered), failed (given up; shown to staff).

create table outbox (
    id text not null primary key,
    -- Rows stay after delivery, so that one cause never sends twice.
    dedup_key text not null unique,
    conversation_id text references conversations (id) on delete cascade,
    -- No foreign key: a task may be older than the lead it speaks of.
    lead_id text,
    payload text not null,
    message_id text not null,
    status text not null,
    attempts bigint not null,
    due_at bigint not null,
    -- Until when a worker holds the task; 0 when none does.
    lease_until bigint not null,
    last_error text,
    created_at bigint not null,
    finished_at bigint
);

create index outbox_due on outbox (due_at) where status = 'pending';
create index outbox_failed on outbox (finished_at) where status = 'failed';
create index outbox_by_conversation on outbox (conversation_id) where conversation_id is not null;
create index outbox_by_lead on outbox (lead_id) where lead_id is not null;
