//! The tables that a backup is made of: each that refers to another comes after it.

/// All tables, parents before children.
pub const TABLES: [&str; 19] = [
    "conversations",
    "erased_conversations",
    "events",
    "identities",
    "leads",
    "outbox",
    "settings",
    "members",
    "memberships",
    "staff_links",
    "revoked_links",
    "staff_sessions",
    "staff_grants",
    "sign_ins",
    "staff_log",
    "desk_log",
    "assignments",
    "staff_reads",
    "canned",
];
