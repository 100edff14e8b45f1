//! One mail about several plain forms that waited for the same member of staff.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::super::tools::{Tools, unread};
use crate::channel::Outcome;
use crate::channel::letter::forms::FormsLetter;
use crate::model::{Payload, Task};
use crate::store;

pub(super) async fn deliver(tools: &Tools<'_>, batch: &[Task]) -> Outcome {
    match load(tools, batch).await {
        Ok(letter) => tools.channels.email.send(|_| letter.mail()).await,
        Err(outcome) => outcome,
    }
}

async fn load(tools: &Tools<'_>, batch: &[Task]) -> Result<FormsLetter, Outcome> {
    let Some(last) = batch.last() else { return Err(Outcome::Sent) };
    let Payload::Escalation { site, recipient, .. } = &last.payload else {
        return Err(Outcome::reject("this task is no form's"));
    };
    let site = tools.site(site)?;
    let mut leads = Vec::with_capacity(batch.len());
    for task in batch {
        let Payload::Escalation { lead: Some(id), .. } = &task.payload else { continue };
        leads.extend(store::leads::load(tools.store, *id).await.map_err(unread)?);
    }
    if leads.is_empty() {
        return Err(Outcome::reject("what it tells of has been deleted"));
    }
    Ok(FormsLetter {
        site: site.clone(),
        recipient: recipient.clone(),
        leads,
        message_id: message_id(batch, &last.message_id),
        queued_at: last.created_at,
    })
}

/// The same for the same forms, however often they are tried; another as soon as one has joined them, so that a mail server
/// which has seen the first does not drop the second.
fn message_id(batch: &[Task], last: &str) -> String {
    let domain = last.rsplit_once('@').map_or("localhost.localdomain>", |(_, domain)| domain);
    let mut digest = Sha256::new();
    for task in batch {
        digest.update(task.id.uuid().as_bytes());
    }
    let mut name = String::new();
    for byte in &digest.finalize()[..12] {
        let _ = write!(name, "{byte:02x}");
    }
    format!("<f.{name}@{domain}")
}
