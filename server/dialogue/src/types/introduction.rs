//! What the brand's page says of its visitor, and what of it the brand's own server vouches for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A visitor as somebody else presents them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Introduction {
    /// What the brand's server has signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouched: Option<Person>,
    /// What the page says beside it: anybody can say so.
    #[serde(skip_serializing_if = "Person::is_empty")]
    pub hinted: Person,
    /// Further facts for staff, such as a plan or a cart's value; hints as well.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// Who somebody is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// The brand's own name for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Their address, as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their number, as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl Person {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Introduction {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
