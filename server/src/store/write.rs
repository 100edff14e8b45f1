//! What is handed to the writer: a turn, or a form's lead, as rows.

use super::row::{ConversationRow, EventRow, LeadRow, Text};
use super::task_row::TaskRow;
use crate::clock::Millis;
use crate::id::TaskId;
use crate::model::{Committed, Conversation, Event, Lead, NewTask, Tally};

/// What a step of the dialogue changes: all of it is stored, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The row as it shall be. Its `version` is the one that the turn was computed from; 0 makes a new row.
    pub conversation: Conversation,
    /// What was said, with the `seq`s that follow the conversation's earlier `last_seq`.
    pub events: Vec<Event>,
    /// The lead as it shall be. The conversation's lead keeps the id it was first saved with.
    pub lead: Option<Lead>,
    /// What must leave the building.
    pub tasks: Vec<NewTask>,
    /// What it comes to for the counters.
    pub tally: Tally,
}

/// The rows of one turn, or of one form; made by the sender, so that the writer only binds them.
pub(super) struct Write {
    pub conversation: Option<ConversationRow>,
    pub events: Vec<EventRow>,
    pub lead: Option<LeadRow>,
    pub tasks: Vec<TaskRow>,
    /// When the group is written; becomes the tasks' `created_at`.
    pub now: Millis,
    /// What is told of it once it is stored; see [`Write::told_as`].
    pub told: Committed,
}

/// What only the database knows of a write that it has stored.
#[derive(Clone)]
pub(super) struct Stored {
    /// The tasks that were new.
    pub queued: Vec<TaskId>,
    /// Whether it is a form that was not there yet, and is not kept aside.
    pub is_new_form: bool,
}

impl From<Turn> for Write {
    fn from(turn: Turn) -> Self {
        let conversation = ConversationRow::from(&turn.conversation);
        let id = Text::clone(&conversation.id);
        Self {
            conversation: Some(conversation),
            events: turn.events.iter().map(|event| EventRow::new(&id, event)).collect(),
            lead: turn.lead.as_ref().map(LeadRow::from),
            tasks: turn.tasks.iter().map(TaskRow::from).collect(),
            now: 0,
            told: Committed {
                conversation: Some(turn.conversation.id),
                version: turn.conversation.version + 1,
                site: turn.conversation.site,
                events: turn.events,
                queued: Vec::new(),
                tally: turn.tally,
            },
        }
    }
}

impl Write {
    /// What is told of it, with what is known only once it is stored.
    pub fn told_as(self, stored: Stored) -> Committed {
        let Stored { queued, is_new_form } = stored;
        let tally = Tally { new_lead: self.told.tally.new_lead || is_new_form, ..self.told.tally };
        Committed { queued, tally, ..self.told }
    }

    /// Tasks alone, about a site.
    pub fn of_tasks(site: String, tasks: Vec<TaskRow>) -> Self {
        let told = Committed {
            conversation: None,
            site,
            version: 0,
            events: Vec::new(),
            queued: Vec::new(),
            tally: Tally::default(),
        };
        Self { conversation: None, events: Vec::new(), lead: None, tasks, now: 0, told }
    }
}
