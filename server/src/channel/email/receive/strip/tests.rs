//! The corpus of answers, by what mail programs do with what is answered.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

#[track_caller]
fn leaves(mail: &str, reply: &str) {
    assert_eq!(strip(&mail.replace('⏎', "\n")).reply, reply.replace('⏎', "\n"), "of {mail}");
    assert_eq!(strip(&mail.replace('⏎', "\r\n")).reply, reply.replace('⏎', "\n"), "of {mail}");
}

#[test]
fn a_quote_below_the_answer_goes_with_the_line_above_it() {
    leaves(
        "Yes, we ship to Peru.⏎⏎On Mon, 23 Nov 2026 at 10:02, Acme chat <reply+abc@in.example.com> wrote:⏎> Do you ship to Peru?⏎> -- Ada",
        "Yes, we ship to Peru.",
    );
    leaves(
        "Yes.⏎⏎On Mon, 23 Nov 2026 at 10:02, Acme chat with a long name⏎<reply+abc@in.example.com> wrote:⏎⏎> Do you ship?",
        "Yes.",
    );
}

#[test]
fn the_line_above_a_quote_is_known_in_each_language() {
    leaves(
        "Sí, enviamos.⏎⏎El lun, 23 nov 2026 a las 10:02, Acme chat (<reply+abc@in.example.com>) escribió:⏎⏎> ¿Envían?",
        "Sí, enviamos.",
    );
    leaves(
        "Ja, das geht.⏎⏎Am Mo., 23. Nov. 2026 um 10:02 Uhr schrieb Acme chat <a@b.example>:⏎⏎> Liefern Sie?",
        "Ja, das geht.",
    );
    leaves("Oui.⏎⏎Le lun. 23 nov. 2026 à 10:02, Acme chat <a@b.example> a écrit :⏎⏎> Livrez-vous ?", "Oui.");
    leaves("Sì.⏎⏎Il giorno lun 23 nov 2026 alle ore 10:02 Acme chat <a@b.example> ha scritto:⏎⏎> Spedite?", "Sì.");
    leaves("Sim.⏎⏎Em seg., 23 de nov. de 2026 às 10:02, Acme chat <a@b.example> escreveu:⏎⏎> Enviam?", "Sim.");
    leaves("Ja.⏎⏎Op ma 23 nov 2026 om 10:02 schreef Acme chat <a@b.example>:⏎⏎> Leveren jullie?", "Ja.");
    leaves("Ok.⏎⏎2026-11-23 10:02 GMT+01:00 Acme chat <a@b.example>:⏎⏎> Do you ship?", "Ok.");
}

#[test]
fn a_message_that_follows_without_quote_marks_is_cut_to_its_end() {
    leaves(
        "Yes, we do.⏎⏎________________________________⏎From: Acme chat <a@b.example>⏎Sent: Monday, 23 November⏎To: Ana <ana@acme.example>⏎Subject: [Acme] Hi⏎⏎Do you ship?",
        "Yes, we do.",
    );
    leaves("Yes, we do.⏎⏎From: Acme chat <a@b.example>⏎Sent: Monday⏎To: Ana⏎Subject: Hi⏎⏎Do you ship?", "Yes, we do.");
    leaves("Ja.⏎⏎*Von:* Acme chat <a@b.example>⏎*Gesendet:* Montag⏎*An:* Ana⏎*Betreff:* Hallo⏎⏎Liefern Sie?", "Ja.");
    leaves("Yes.⏎⏎-----Original Message-----⏎From: Acme chat⏎Sent: Monday⏎⏎Do you ship?", "Yes.");
    leaves("Ja.⏎⏎-----Ursprüngliche Nachricht-----⏎Von: Acme chat⏎⏎Liefern Sie?", "Ja.");
    leaves("Yes.⏎⏎On Mon, 23 Nov 2026 at 10:02, Acme chat <a@b.example> wrote:⏎⏎Do you ship?", "Yes.");
}

#[test]
fn signatures_go_and_lists_stay() {
    leaves("Yes, we do.⏎⏎-- ⏎Ana Pérez⏎Acme", "Yes, we do.");
    leaves("Yes, we do.⏎⏎--⏎Ana Pérez⏎Acme", "Yes, we do.");
    leaves("Yes, we do.⏎⏎Sent from my iPhone", "Yes, we do.");
    leaves(
        "Sí.⏎⏎Enviado desde mi iPhone⏎⏎El 23 nov 2026, a las 10:02, Acme <a@b.example> escribió:⏎⏎> ¿Envían?",
        "Sí.",
    );
    leaves("Two options:⏎- standard⏎- express⏎⏎Ana", "Two options:⏎- standard⏎- express⏎⏎Ana");
}

#[test]
fn answers_between_quotes_are_kept() {
    leaves("> Do you ship to Peru?⏎Yes.⏎> How much is it?⏎12 USD.", "Yes.⏎12 USD.");
    leaves(
        "On Mon, 23 Nov 2026 at 10:02, Acme <a@b.example> wrote:⏎> Do you ship to Peru?⏎⏎Yes, in ten days.⏎⏎> How much?⏎⏎12 USD.",
        "Yes, in ten days.⏎⏎12 USD.",
    );
}

#[test]
fn our_own_marker_cuts_only_below_words() {
    leaves("Yes.⏎⏎-- Reply above this line --⏎⏎Do you ship?", "Yes.");
    leaves("Sí.⏎⏎-- Responde por encima de esta línea --⏎⏎¿Envían?", "Sí.");
    leaves("> -- Reply above this line --⏎> Do you ship?⏎⏎Yes, below.", "Yes, below.");
    leaves(
        "On Mon, 23 Nov 2026 at 10:02, Acme <a@b.example> wrote:⏎> -- Reply above this line --⏎> Do you ship?⏎Yes.⏎> How much?⏎12 USD.",
        "Yes.⏎12 USD.",
    );
}

#[test]
fn words_that_only_look_like_marks_stay() {
    for mail in [
        "Ana wrote: it is fine.",
        "To: the whole team\nthank you.",
        "The tracking page says: delivered",
        "We are open 10:00 to 18:00:\nMonday to Friday",
        "Sent from my heart to you and all of the wonderful people who have worked on this for so many years now",
        "Subject: to change",
    ] {
        assert_eq!(strip(mail).reply, mail);
    }
}

#[test]
fn nothing_new_leaves_nothing() {
    for mail in ["", "\n\n", "> Do you ship?", "-- \nAna", "On Mon, 23 Nov 2026, Acme <a@b.example> wrote:\n> Hi"] {
        assert_eq!(strip(mail).reply, "", "of {mail:?}");
    }
}

#[test]
fn what_was_cut_can_be_unfolded() {
    let cut = strip("Yes.\n\n> Do you ship?\n\n-- \nAna");

    assert!(cut.rest.contains("> Do you ship?") && cut.rest.contains("Ana"), "{cut:?}");
}

#[test]
fn a_mail_made_to_be_slow_is_not() {
    let began = Instant::now();
    for unit in ["> ", "On 1:1 a@b <", "wrote:\n", "From: x\n", "-- \n", "a\n\n", "\u{200b}:"] {
        assert!(strip(&unit.repeat(200_000)).reply.len() <= MAX_BYTES);
    }

    assert!(began.elapsed() < Duration::from_secs(20), "a quadratic rule would take hours");
}

proptest! {
    #[test]
    fn no_word_is_invented(mail in "([a-z>: \n-]{0,12}\n?){0,12}") {
        let cut = strip(&mail);

        for word in cut.reply.split_whitespace() {
            prop_assert!(mail.contains(word), "{word} of {mail:?}");
        }
    }
}
