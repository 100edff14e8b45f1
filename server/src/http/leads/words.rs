//! What the answers to a form say, in each language that the bot speaks by itself.

/// The words of one language; sentences for the person who has filled in the form.
pub(super) struct Words {
    pub lang: &'static str,
    pub thanks: &'static str,
    pub received: &'static str,
    pub failed: &'static str,
    pub check: &'static str,
    pub still_there: &'static str,
    pub foreign: &'static str,
    pub too_many: &'static str,
    pub not_stored: &'static str,
    pub too_large: &'static str,
    pub too_slow: &'static str,
    pub unreadable: &'static str,
    pub no_email: &'static str,
    pub no_phone: &'static str,
    pub no_contact: &'static str,
    pub no_consent: &'static str,
    /// With `{}` where the most characters stand.
    longer: &'static str,
}

impl Words {
    /// The words of a language tag; English where it is none of ours.
    pub fn of(locale: &str) -> &'static Self {
        let language = locale.split(['-', '_']).next().unwrap_or_default();
        ALL.into_iter().find(|words| words.lang.eq_ignore_ascii_case(language)).unwrap_or(&ENGLISH)
    }

    pub fn longer(&self, most: usize) -> String {
        self.longer.replace("{}", &most.to_string())
    }
}

static ALL: [&Words; 6] = [&ENGLISH, &SPANISH, &GERMAN, &FRENCH, &ITALIAN, &PORTUGUESE];

static ENGLISH: Words = Words {
    lang: "en",
    thanks: "Thank you",
    received: "We have your message and will write back.",
    failed: "That did not work",
    check: "Please check the form.",
    still_there: "Go back to the form: what you typed is still there.",
    foreign: "This page may not send to this site.",
    too_many: "Too many messages; wait a moment.",
    not_stored: "Your message could not be stored; please send it again in a minute.",
    too_large: "This is more than fits; please shorten your message.",
    too_slow: "Your message did not arrive; please send it again.",
    unreadable: "The form could not be read; please send it again.",
    no_email: "is not an email address",
    no_phone: "is no phone number; write it with its country code, such as +1 555 123 4567",
    no_contact: "is missing, and so is a phone number",
    no_consent: "please tick the box, so that we may write back",
    longer: "is longer than {} characters",
};

static SPANISH: Words = Words {
    lang: "es",
    thanks: "Gracias",
    received: "Hemos recibido tu mensaje y te responderemos.",
    failed: "No ha funcionado",
    check: "Revisa el formulario, por favor.",
    still_there: "Vuelve al formulario: lo que has escrito sigue ahí.",
    foreign: "Esta página no puede enviar a este sitio.",
    too_many: "Demasiados mensajes; espera un momento.",
    not_stored: "No hemos podido guardar tu mensaje; envíalo de nuevo dentro de un minuto.",
    too_large: "Es más de lo que cabe; acorta el mensaje, por favor.",
    too_slow: "Tu mensaje no ha llegado; envíalo de nuevo, por favor.",
    unreadable: "No hemos podido leer el formulario; envíalo de nuevo, por favor.",
    no_email: "no es una dirección de correo electrónico",
    no_phone: "no es un número de teléfono; escríbelo con el prefijo del país, como +34 612 34 56 78",
    no_contact: "falta, y también un teléfono",
    no_consent: "marca la casilla para que podamos responderte",
    longer: "tiene más de {} caracteres",
};

static GERMAN: Words = Words {
    lang: "de",
    thanks: "Vielen Dank",
    received: "Wir haben Ihre Nachricht und melden uns bei Ihnen.",
    failed: "Das hat nicht geklappt",
    check: "Bitte prüfen Sie das Formular.",
    still_there: "Gehen Sie zurück zum Formular: Ihre Eingaben sind noch da.",
    foreign: "Diese Seite darf nicht hierher senden.",
    too_many: "Zu viele Nachrichten; bitte warten Sie einen Moment.",
    not_stored: "Ihre Nachricht konnte nicht gespeichert werden; bitte senden Sie sie in einer Minute noch einmal.",
    too_large: "Das ist mehr, als hineinpasst; bitte kürzen Sie Ihre Nachricht.",
    too_slow: "Ihre Nachricht ist nicht angekommen; bitte senden Sie sie noch einmal.",
    unreadable: "Das Formular konnte nicht gelesen werden; bitte senden Sie es noch einmal.",
    no_email: "ist keine E-Mail-Adresse",
    no_phone: "ist keine Telefonnummer; bitte mit Landesvorwahl, etwa +49 151 23456789",
    no_contact: "fehlt, und eine Telefonnummer auch",
    no_consent: "bitte setzen Sie das Häkchen, damit wir antworten dürfen",
    longer: "ist länger als {} Zeichen",
};

static FRENCH: Words = Words {
    lang: "fr",
    thanks: "Merci",
    received: "Nous avons bien reçu votre message et vous répondrons.",
    failed: "Cela n\u{2019}a pas fonctionné",
    check: "Veuillez vérifier le formulaire.",
    still_there: "Revenez au formulaire\u{a0}: ce que vous avez saisi y est toujours.",
    foreign: "Cette page ne peut pas envoyer à ce site.",
    too_many: "Trop de messages\u{a0}; attendez un instant.",
    not_stored: "Votre message n\u{2019}a pas pu être enregistré\u{a0}; renvoyez-le dans une minute.",
    too_large: "C\u{2019}est trop long\u{a0}; veuillez raccourcir votre message.",
    too_slow: "Votre message n\u{2019}est pas arrivé\u{a0}; veuillez le renvoyer.",
    unreadable: "Le formulaire n\u{2019}a pas pu être lu\u{a0}; veuillez le renvoyer.",
    no_email: "n\u{2019}est pas une adresse e-mail",
    no_phone: "n\u{2019}est pas un numéro de téléphone\u{a0}; ajoutez l\u{2019}indicatif du pays, par exemple +33 6 12 34 56 78",
    no_contact: "manque, et un numéro de téléphone aussi",
    no_consent: "veuillez cocher la case pour que nous puissions vous répondre",
    longer: "dépasse {} caractères",
};

static ITALIAN: Words = Words {
    lang: "it",
    thanks: "Grazie",
    received: "Abbiamo ricevuto il tuo messaggio e ti risponderemo.",
    failed: "Non ha funzionato",
    check: "Controlla il modulo, per favore.",
    still_there: "Torna al modulo: ciò che hai scritto è ancora lì.",
    foreign: "Questa pagina non può inviare a questo sito.",
    too_many: "Troppi messaggi; aspetta un momento.",
    not_stored: "Non è stato possibile salvare il tuo messaggio; invialo di nuovo tra un minuto.",
    too_large: "È più di quanto ci stia; accorcia il messaggio, per favore.",
    too_slow: "Il tuo messaggio non è arrivato; invialo di nuovo, per favore.",
    unreadable: "Non è stato possibile leggere il modulo; invialo di nuovo, per favore.",
    no_email: "non è un indirizzo email",
    no_phone: "non è un numero di telefono; scrivilo con il prefisso del paese, come +39 312 345 6789",
    no_contact: "manca, e manca anche un numero di telefono",
    no_consent: "spunta la casella, così possiamo risponderti",
    longer: "supera i {} caratteri",
};

static PORTUGUESE: Words = Words {
    lang: "pt",
    thanks: "Obrigado",
    received: "Recebemos a sua mensagem e vamos responder.",
    failed: "Não funcionou",
    check: "Verifique o formulário, por favor.",
    still_there: "Volte ao formulário: o que escreveu continua lá.",
    foreign: "Esta página não pode enviar para este site.",
    too_many: "Demasiadas mensagens; espere um momento.",
    not_stored: "Não foi possível guardar a sua mensagem; envie-a de novo dentro de um minuto.",
    too_large: "É mais do que cabe; encurte a mensagem, por favor.",
    too_slow: "A sua mensagem não chegou; envie-a de novo, por favor.",
    unreadable: "Não foi possível ler o formulário; envie-o de novo, por favor.",
    no_email: "não é um endereço de email",
    no_phone: "não é um número de telefone; escreva-o com o indicativo do país, como +351 912 345 678",
    no_contact: "falta, e também um número de telefone",
    no_consent: "marque a caixa, para que possamos responder",
    longer: "tem mais de {} caracteres",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_answers_forms_in_its_own_language() {
        assert_eq!(Words::of("es-MX").thanks, "Gracias");
        assert_eq!(Words::of("PT_br").lang, "pt");
        assert_eq!(Words::of("nl").lang, "en");
        assert_eq!(Words::of("de").longer(200), "ist länger als 200 Zeichen");
    }

    #[test]
    fn what_is_too_long_is_told_with_its_limit_in_every_language() {
        for words in ALL {
            assert!(words.longer(4_000).contains("4000"), "{}", words.lang);
        }
    }
}
