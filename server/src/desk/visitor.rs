//! Who speaks: a visitor whose token was checked, with what their client tells of itself.

use std::sync::Arc;

use sidedoor_dialogue::Introduction;

use crate::id::ConversationId;
use crate::model::Page;

/// A visitor in their conversation. Only the [`Desk`](super::Desk) makes one, from a token: holding one is the right to speak.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub(super) conversation: ConversationId,
    pub(super) site: Arc<str>,
    /// Whether the token was made on this connection, so that nothing can have been said with it elsewhere yet.
    pub(super) is_new: bool,
    pub(super) locale: Option<Box<str>>,
    /// Where they came in, with the referrer that brought them.
    pub(super) landing: Option<Box<Page>>,
    /// Where they are, once they have left the landing page.
    pub(super) moved: Option<Box<Page>>,
    /// How the page introduces them.
    pub(super) introduction: Option<Box<Introduction>>,
}

impl Visitor {
    pub(super) fn new(conversation: ConversationId, site: Arc<str>) -> Self {
        Self { conversation, site, is_new: false, locale: None, landing: None, moved: None, introduction: None }
    }

    pub(super) fn telling(mut self, locale: Option<&str>, page: &Page) -> Self {
        self.locale = locale.map(Into::into);
        // Idle visitors are many: an empty page takes no room.
        self.landing = (*page != Page::default()).then(|| Box::new(page.clone()));
        self
    }

    pub(super) fn introduced(mut self, introduction: &Introduction) -> Self {
        self.introduction = (!introduction.is_empty()).then(|| Box::new(introduction.clone()));
        self
    }

    pub(super) fn new_here(self) -> Self {
        Self { is_new: true, ..self }
    }

    /// The conversation that this visitor may speak in.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// The id of the site.
    #[must_use]
    pub fn site(&self) -> &Arc<str> {
        &self.site
    }

    /// The page that the visitor is on now, where the client says so.
    #[must_use]
    pub fn page(&self) -> Option<&Page> {
        self.moved.as_deref().or(self.landing.as_deref())
    }

    /// The visitor went to another page of the site.
    pub fn go_to(&mut self, page: Page) {
        self.moved = Some(Box::new(page));
    }
}
