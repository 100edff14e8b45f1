//! What is said, asked, passed on and kept: each policy is a part of a turn being taken, and knows only those before it.

pub mod taking;

pub mod speech;

pub mod learn;

pub mod form;

pub mod handover;

pub mod items;

pub mod decide;

pub mod small_talk;

pub mod answer;

pub mod score;
