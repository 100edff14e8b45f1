//! The button that leads from a mail to its conversation, and the code for mailboxes that break links.

use crate::model::Door;

/// The button and the code, in the mail's language.
pub(super) struct ShownDoor {
    pub(super) url: String,
    pub(super) button: &'static str,
    /// What to do where the button does nothing; none where the page asks to sign in anyway.
    pub(super) help: Option<String>,
}

impl ShownDoor {
    pub(super) fn of(door: &Door, lang: &str) -> Self {
        let (button, help) = words(lang);
        let help = door.code.as_ref().map(|code| help.replace("{page}", &door.page).replace("{code}", code));
        Self { url: door.url.clone(), button, help }
    }
}

fn words(lang: &str) -> (&'static str, &'static str) {
    match lang {
        "es" => (
            "Abrir y responder",
            "¿No se abre? Vaya a {page} y escriba su dirección y el código {code}. Vale tres días.",
        ),
        "fr" => (
            "Ouvrir et répondre",
            "Le lien ne s'ouvre pas ? Allez sur {page} et tapez votre adresse et le code {code}. Valable trois jours.",
        ),
        "de" => (
            "Öffnen und antworten",
            "Öffnet der Link nicht? Gehen Sie auf {page} und geben Sie Ihre Adresse und den Code {code} ein. Er gilt drei Tage.",
        ),
        "it" => (
            "Apri e rispondi",
            "Il link non si apre? Vada su {page} e scriva il suo indirizzo e il codice {code}. Vale tre giorni.",
        ),
        "pt" => (
            "Abrir e responder",
            "O link não abre? Vá a {page} e escreva o seu endereço e o código {code}. Vale três dias.",
        ),
        _ => (
            "Open and answer",
            "Does the link not open? Go to {page} and type your address and the code {code}. It is good for three days.",
        ),
    }
}
