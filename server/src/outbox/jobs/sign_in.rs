//! A mail with which a member of staff signs in: a code and a link that are made when it is written, and stand nowhere else.

use askama::Template;

use super::super::tools::{Tools, unread};
use crate::channel::Outcome;
use crate::channel::mail::Mail;
use crate::model::{Payload, Task};

#[derive(Template)]
#[template(path = "email/sign-in/body.txt")]
struct Text<'a> {
    site: &'a str,
    url: &'a str,
    code: &'a str,
    is_first: bool,
}

#[derive(Template)]
#[template(path = "email/sign-in/body.html")]
struct Html<'a> {
    site: &'a str,
    url: &'a str,
    code: &'a str,
    is_first: bool,
}

pub(super) async fn deliver(tools: &Tools<'_>, task: &Task) -> Outcome {
    match write(tools, task).await {
        Ok(mail) => tools.channels.email.send(|_| Ok(mail)).await,
        Err(outcome) => outcome,
    }
}

async fn write(tools: &Tools<'_>, task: &Task) -> Result<Mail, Outcome> {
    let Payload::SignIn { site, recipient, member, nonce } = &task.payload else {
        return Err(Outcome::reject("this task signs nobody in"));
    };
    let site = tools.site(site)?.name.as_str();
    let found = tools.staff.member(*member).await.map_err(unread)?;
    let Some(found) = found.filter(|member| !member.roles.is_empty()) else {
        return Err(Outcome::reject("the member's rights were taken back"));
    };
    let (code, url, is_first) = match nonce {
        Some(nonce) => {
            let (code, url) = tools.staff.sign_in_words(*member, *nonce);
            (code, url, false)
        }
        None => {
            let door = tools.staff.first_door(&found, task.created_at).await.map_err(unread)?;
            (door.code.unwrap_or_default(), door.url, true)
        }
    };
    let rendered =
        |result: askama::Result<String>| result.map_err(|error| Outcome::reject(format!("template: {error}")));
    Ok(Mail {
        to: recipient.clone(),
        reply_to: None,
        subject: if is_first { format!("You answer for {site} now") } else { format!("{code} signs you in at {site}") },
        text: rendered(Text { site, url: &url, code: &code, is_first }.render())?,
        html: rendered(Html { site, url: &url, code: &code, is_first }.render())?,
        message_id: task.message_id.clone(),
        thread: None,
        list: None,
        at: task.created_at,
    })
}
