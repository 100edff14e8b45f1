//! Ids: UUIDv7, so that rows sort by the time they were made. The one place that makes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, unique for ever.
            #[must_use]
            pub fn new() -> Self {
                #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
                Self(Uuid::now_v7())
            }

            /// The id as its UUID.
            #[must_use]
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// A conversation between one visitor and one site.
    ConversationId
);
id!(
    /// What a visitor's client calls its own message; makes sending twice harmless.
    ClientId
);
id!(
    /// A lead.
    LeadId
);
id!(
    /// A task in the outbox.
    TaskId
);
