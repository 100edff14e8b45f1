//! What a mail to staff says, in each language that it speaks.

use crate::model::{Author, Reason};

/// The words of one language. Names are those of the places in the mail where they stand.
pub(super) struct Words {
    pub(super) lang: &'static str,
    months: [&'static str; 12],
    days: [&'static str; 7],
    headlines: [&'static str; 8],
    whys: [&'static str; 8],
    pub(super) wants: &'static str,
    pub(super) topics: &'static str,
    pub(super) contact: &'static str,
    pub(super) name: &'static str,
    pub(super) company: &'static str,
    pub(super) email: &'static str,
    pub(super) phone: &'static str,
    pub(super) write: &'static str,
    pub(super) call: &'static str,
    pub(super) no_contact: &'static str,
    pub(super) unverified: &'static str,
    pub(super) vouched: &'static str,
    pub(super) introduced: &'static str,
    pub(super) customer: &'static str,
    pub(super) unusable: &'static str,
    reply_reaches: &'static str,
    reply_lost: &'static str,
    pub(super) score: &'static str,
    pub(super) of_hundred: &'static str,
    pub(super) high: &'static str,
    pub(super) known: &'static str,
    pub(super) budget: &'static str,
    pub(super) order: &'static str,
    pub(super) date: &'static str,
    pub(super) quantity: &'static str,
    pub(super) items: &'static str,
    pub(super) occasion: &'static str,
    pub(super) consent: &'static str,
    consent_given: &'static str,
    pub(super) consent_none: &'static str,
    pub(super) transcript: &'static str,
    pub(super) earlier: &'static str,
    pub(super) times: &'static str,
    pub(super) source: &'static str,
    pub(super) page: &'static str,
    pub(super) first_page: &'static str,
    pub(super) title: &'static str,
    pub(super) referrer: &'static str,
    pub(super) language: &'static str,
    pub(super) same: &'static str,
    pub(super) same_note: &'static str,
    pub(super) visitor: &'static str,
    bot: &'static str,
    staff: &'static str,
    system: &'static str,
    pub(super) rated: &'static str,
    pub(super) asked_for: &'static str,
    pub(super) conversation: &'static str,
    forms: &'static str,
    forms_rest: &'static str,
    footer: &'static str,
}

const ENGLISH: Words = Words {
    lang: "en",
    months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    headlines: [
        "Wants to talk to a person",
        "Question the bot could not answer",
        "Complaint",
        "Question for your team",
        "High-value inquiry",
        "Message from your form",
        "Still waiting for an answer",
        "Inquiry that the bot could not answer",
    ],
    whys: [
        "The visitor asked for a person.",
        "The bot did not understand twice and passed the chat on to you.",
        "The visitor is unhappy, so the chat was passed on to you.",
        "This topic always goes to your team.",
        "The lead's score reached the mark at which you want to hear at once.",
        "Somebody filled in the form on your page.",
        "The visitor wrote again, and nobody has answered yet.",
        "The visitor left an address and an inquiry that fits nothing the bot knows.",
    ],
    wants: "What they wrote",
    topics: "About",
    contact: "Contact",
    name: "Name",
    company: "Company",
    email: "Email",
    phone: "Phone",
    write: "Write to",
    call: "Call",
    no_contact: "No email address or phone number yet.",
    unverified: "As typed by the visitor; not verified.",
    vouched: "Signed in on your site; verified.",
    introduced: "What your page says of the visitor (✓: verified)",
    customer: "Customer",
    unusable: "does not look like a working address",
    reply_reaches: "Your answer to this mail goes to {}, not into the chat. Delete the quoted text before you send: it holds these notes.",
    reply_lost: "An answer to this mail does not reach the visitor.",
    score: "Score",
    of_hundred: "of 100",
    high: "high value",
    known: "What we know",
    budget: "Budget",
    order: "Order number",
    date: "Date",
    quantity: "Quantity",
    items: "Asked about",
    occasion: "Occasion",
    consent: "Consent",
    consent_given: "Given on {}, to this wording:",
    consent_none: "The visitor has not ticked a consent.",
    transcript: "The chat so far",
    earlier: "Earlier messages are not shown.",
    times: "Times in",
    source: "Where they are and how they came",
    page: "Page",
    first_page: "First page",
    title: "Title",
    referrer: "Came from",
    language: "Language",
    same: "The same address also wrote",
    same_note: "Anybody can type an address: it may be somebody else.",
    visitor: "Visitor",
    bot: "Bot",
    staff: "Team",
    system: "Notice",
    rated: "Rated the chat",
    asked_for: "asked for",
    conversation: "Conversation",
    forms: "{} messages from your forms",
    forms_rest: "And {} more: `sidedoor leads export` lists all of them.",
    footer: "You get this mail because you are named as staff of {}.",
};

const SPANISH: Words = Words {
    lang: "es",
    months: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    days: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    headlines: [
        "Quiere hablar con una persona",
        "Pregunta que el bot no supo responder",
        "Queja",
        "Pregunta para tu equipo",
        "Consulta de mucho valor",
        "Mensaje de tu formulario",
        "Sigue esperando respuesta",
        "Consulta que el bot no supo responder",
    ],
    whys: [
        "La persona que escribe pidió hablar con alguien.",
        "El bot no entendió dos veces y te pasó el chat.",
        "Hay una queja; por eso te llega el chat.",
        "Este tema siempre pasa a tu equipo.",
        "La puntuación llegó al nivel en el que quieres enterarte al momento.",
        "Alguien rellenó el formulario de tu página.",
        "Ha vuelto a escribir y aún no le ha respondido nadie.",
        "El visitante dejó cómo localizarlo y una consulta que no encaja con nada de lo que el bot sabe.",
    ],
    wants: "Lo que escribió",
    topics: "Sobre",
    contact: "Contacto",
    name: "Nombre",
    company: "Empresa",
    email: "Correo",
    phone: "Teléfono",
    write: "Escribir a",
    call: "Llamar al",
    no_contact: "Aún no ha dejado correo ni teléfono.",
    unverified: "Tal como lo escribió; sin verificar.",
    vouched: "Identificado en tu sitio; verificado.",
    introduced: "Lo que tu página dice del visitante (✓: verificado)",
    customer: "Cliente",
    unusable: "no parece una dirección válida",
    reply_reaches: "Si respondes a este correo, llega a {}, no al chat. Borra el texto citado antes de enviar: contiene estas notas.",
    reply_lost: "Si respondes a este correo, no le llega a quien escribió.",
    score: "Puntuación",
    of_hundred: "de 100",
    high: "mucho valor",
    known: "Lo que sabemos",
    budget: "Presupuesto",
    order: "Número de pedido",
    date: "Fecha",
    quantity: "Cantidad",
    items: "Preguntó por",
    occasion: "Ocasión",
    consent: "Consentimiento",
    consent_given: "Dado el {}, con este texto:",
    consent_none: "No ha marcado ningún consentimiento.",
    transcript: "El chat hasta ahora",
    earlier: "No se muestran los mensajes anteriores.",
    times: "Horas en",
    source: "Dónde está y cómo llegó",
    page: "Página",
    first_page: "Primera página",
    title: "Título",
    referrer: "Vino de",
    language: "Idioma",
    same: "La misma dirección también escribió",
    same_note: "Cualquiera puede escribir una dirección: puede ser otra persona.",
    visitor: "Visitante",
    bot: "Bot",
    staff: "Equipo",
    system: "Aviso",
    rated: "Valoró el chat",
    asked_for: "se le pidió",
    conversation: "Conversación",
    forms: "{} mensajes de tus formularios",
    forms_rest: "Y {} más: `sidedoor leads export` los muestra todos.",
    footer: "Recibes este correo porque figuras en el equipo de {}.",
};

impl Words {
    /// The words for a BCP 47 tag; English where its language is not spoken.
    pub(super) fn of(locale: &str) -> &'static Self {
        let language = locale.split(['-', '_']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("es") { &SPANISH } else { &ENGLISH }
    }

    /// What happened, as the subject says it.
    pub(super) fn headline(&self, reason: Reason) -> &'static str {
        self.headlines[place(reason)]
    }

    /// Why the mail is sent, as a sentence.
    pub(super) fn why(&self, reason: Reason) -> &'static str {
        self.whys[place(reason)]
    }

    pub(super) fn author(&self, author: Author) -> &'static str {
        match author {
            Author::Visitor => self.visitor,
            Author::Bot => self.bot,
            Author::Staff => self.staff,
            Author::System => self.system,
        }
    }

    /// `Mon 23 Nov 2026`.
    pub(super) fn day(&self, at: &jiff::ZonedDateTime) -> String {
        let day = self.days[at.weekday().to_monday_zero_offset().unsigned_abs() as usize % 7];
        let month = self.months[(at.month().unsigned_abs() as usize + 11) % 12];
        format!("{day} {} {month} {}", at.day(), at.year())
    }

    pub(super) fn reply_reaches(&self, address: &str) -> String {
        self.reply_reaches.replace("{}", address)
    }

    pub(super) fn reply_lost(&self) -> &'static str {
        self.reply_lost
    }

    pub(super) fn consent_given(&self, when: &str) -> String {
        self.consent_given.replace("{}", when)
    }

    pub(super) fn forms(&self, count: usize) -> String {
        self.forms.replace("{}", &count.to_string())
    }

    pub(super) fn forms_rest(&self, count: usize) -> String {
        self.forms_rest.replace("{}", &count.to_string())
    }

    pub(super) fn footer(&self, site: &str) -> String {
        self.footer.replace("{}", site)
    }
}

const fn place(reason: Reason) -> usize {
    match reason {
        Reason::Asked => 0,
        Reason::Unsure => 1,
        Reason::Complaint => 2,
        Reason::Intent => 3,
        Reason::HighValue => 4,
        Reason::Form => 5,
        Reason::Waiting => 6,
        Reason::Inquiry => 7,
    }
}
