//! Who answers for a brand, and what each may do: one list of rights, judged in one place.

use crate::clock::Millis;
use crate::id::ConversationId;

/// What a member may be on a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks.
    Reader,
    /// Answers.
    Agent,
    /// Does everything.
    Owner,
}

/// Something that a member may do, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Read conversations and leads.
    Look,
    /// Answer, note, take, hand back, close, pass on.
    Answer,
    /// Take leads away as a file.
    Export,
    /// Delete a person for good.
    Erase,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Agent, Self::Owner];

    /// As it is stored, typed and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Agent => "agent",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// The one place that says who may do what.
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        match right {
            Right::Look => true,
            Right::Answer => self >= Self::Agent,
            Right::Export | Right::Erase => self == Self::Owner,
        }
    }
}

/// A person of the brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What links name them by.
    pub number: u32,
    /// Where their mail goes.
    pub address: String,
    /// What visitors read.
    pub name: String,
    /// Links made in this second or earlier open nothing.
    pub not_before: i64,
    /// When all their rights were taken back.
    pub revoked_at: Option<Millis>,
    /// What they are, by site; only what holds.
    pub roles: Vec<(String, Role)>,
}

impl Member {
    /// What they are on the site.
    #[must_use]
    pub fn role_on(&self, site: &str) -> Option<Role> {
        self.roles.iter().filter(|(of, _)| of == site).map(|(_, role)| *role).max()
    }

    /// What they are where they are most.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.roles.iter().map(|(_, role)| *role).max()
    }

    /// Whether they may do this on the site.
    #[must_use]
    pub fn may(&self, right: Right, site: &str) -> bool {
        self.revoked_at.is_none() && self.role_on(site).is_some_and(|role| role.may(right))
    }

    /// The sites on which they may do this.
    pub fn sites(&self, right: Right) -> impl Iterator<Item = &str> {
        self.roles.iter().map(|(site, _)| site.as_str()).filter(move |site| self.may(right, site))
    }
}

/// A way in for a member, as it stands in a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Opens with a press of a button.
    pub url: String,
    /// Where the code is typed.
    pub page: String,
    /// As `XGG5-JFCW`; none where the page asks to sign in.
    pub code: Option<String>,
}

/// What is done at the desk beside talking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskKind {
    /// Something that only staff read.
    Note,
    /// A person answers from here on.
    Take,
    /// The bot answers from here on.
    HandBack,
    /// It is over.
    Close,
    /// It is somebody's.
    Assign,
}

impl DeskKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Note, Self::Take, Self::HandBack, Self::Close, Self::Assign];

    /// As it is stored and as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Take => "take",
            Self::HandBack => "hand_back",
            Self::Close => "close",
            Self::Assign => "assign",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What staff did about a conversation, as only staff see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskRecord {
    /// Where.
    pub conversation: ConversationId,
    /// Its place among the conversation's records: 1, 2, 3 …
    pub n: i64,
    /// After which event it stands.
    pub after_seq: i64,
    /// What.
    pub kind: DeskKind,
    /// Who.
    pub member: u32,
    /// Their name at that time.
    pub name: String,
    /// The note; for an assignment, whose it is now.
    pub text: String,
    /// When.
    pub at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana(roles: &[(&str, Role)]) -> Member {
        Member {
            number: 1,
            address: "ana@acme.example".to_owned(),
            name: "Ana".to_owned(),
            not_before: 0,
            revoked_at: None,
            roles: roles.iter().map(|(site, role)| ((*site).to_owned(), *role)).collect(),
        }
    }

    #[test]
    fn rights_hold_on_their_own_site_only() {
        let member = ana(&[("acme", Role::Agent), ("other", Role::Reader)]);

        assert!(member.may(Right::Answer, "acme") && member.may(Right::Look, "other"));
        assert!(!member.may(Right::Answer, "other") && !member.may(Right::Look, "third"));
        assert!(!member.may(Right::Export, "acme") && !member.may(Right::Erase, "acme"));
        assert_eq!(member.sites(Right::Answer).collect::<Vec<_>>(), ["acme"]);
    }

    #[test]
    fn whoever_is_revoked_may_nothing() {
        let member = Member { revoked_at: Some(1), ..ana(&[("acme", Role::Owner)]) };

        assert!(!member.may(Right::Look, "acme"));
        assert_eq!(member.sites(Right::Look).count(), 0);
    }

    #[test]
    fn names_of_roles_and_kinds_are_read_as_they_are_written() {
        assert!(Role::ALL.into_iter().all(|role| Role::parse(role.as_str()) == Some(role)));
        assert!(DeskKind::ALL.into_iter().all(|kind| DeskKind::parse(kind.as_str()) == Some(kind)));
    }
}
