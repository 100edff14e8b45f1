//! From commits to whoever waits for them. A commit is the only source of news: what was not committed is told to nobody, and what
//! was is told to all, whether or not the one who asked for it is still there.
//!
//! The store's writer hands over each group right after its commit, in order, before it answers the turns of the group. What is
//! handed over must not wait: a bus that is slow or down never delays an `ack`. Between nodes a batch may get lost; a node that
//! notices a hole lets its subscriptions lag ([`Update::Lagged`](crate::hub::Update::Lagged)), and each reads the store by `seq`.

mod local;

pub use local::LocalBus;
