//! One turn of a conversation.

use crate::intent::Intents;
use crate::state::State;
use crate::turn::{Action, Context, Input, Rejected, Turn};

/// Takes one turn.
///
/// # Errors
/// [`Rejected`] where the input cannot be taken; nothing is to be stored then.
pub fn step(
    intents: &Intents,
    context: &Context,
    state: State,
    input: Input,
) -> Result<Turn, Rejected> {
    let mut actions = Vec::new();
    let mut intent = None;
    if let Input::Message { ranking, .. } = input {
        let best = ranking
            .candidates
            .first()
            .filter(|_| ranking.in_scope)
            .and_then(|best| intents.get(&best.intent));
        let template = match best {
            Some(best) => {
                intent = Some(best.name.clone());
                best.find(context.locale, &context.profile.locale, |wording| {
                    wording.reply.first()
                })
            }
            None => crate::phrases::sentence(
                intents,
                "unsure_plain",
                context.locale,
                &context.profile.locale,
            )
            .first(),
        };
        if let Some(template) = template {
            let text =
                template.render(|name| (name == "site").then(|| context.profile.name.clone()));
            actions.push(Action::Say { text });
        }
    }
    Ok(Turn {
        state,
        actions,
        intent,
        learnt: Vec::new(),
    })
}
