//! Everything that crosses a boundary: database, sockets, mail. One binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a finding")]

mod bodies;
mod chat;
mod commands;
mod database;
mod desk;
mod dispatch;
mod faults;
mod first_words;
mod forms;
mod harness;
mod health;
mod http;
mod identity;
mod items;
mod mail;
mod outbox;
mod pack;
mod postgres;
mod reconnect;
mod reload;
mod smtp;
mod sources;
mod staff_doors;
mod staff_live;
mod staff_page;
mod store_backup;
mod store_commit;
mod store_faults;
mod store_outbox;
mod store_read;
mod store_sample;
mod store_staff;
mod store_subjects;
mod store_upgrade;
mod tidy;
mod transports;
