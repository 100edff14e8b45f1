//! What each kind of task does when its time comes. A new kind is a file here, with `deliver`, and an arm below.

mod escalation;
mod forms;
mod sign_in;

use super::tools::Tools;
use crate::channel::Outcome;
use crate::model::{Payload, Task};

/// One try of what is delivered as one: load, render, send.
pub(super) async fn deliver(tools: &Tools<'_>, batch: &[Task]) -> Outcome {
    match batch {
        [] => Outcome::Sent,
        [task] => match &task.payload {
            Payload::Escalation { .. } => escalation::deliver(tools, task).await,
            Payload::SignIn { .. } => sign_in::deliver(tools, task).await,
        },
        [first, ..] => match &first.payload {
            Payload::Escalation { .. } => forms::deliver(tools, batch).await,
            // They have no batch key.
            Payload::SignIn { .. } => Outcome::reject("codes are mailed one by one"),
        },
    }
}
