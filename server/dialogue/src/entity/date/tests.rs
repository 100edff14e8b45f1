//! Days as people write them, a kind a table, in each language.

use super::*;

/// A Wednesday.
const TODAY: Date = jiff::civil::date(2026, 11, 25);

fn read(text: &str, tag: &str) -> String {
    let setting = Setting { language: tag.split('-').next().unwrap(), month_first: tag == "en-US", today: TODAY };
    match find(text, setting) {
        Reading::Day(date) => date.to_string(),
        Reading::Doubtful(date) => format!("{date}?"),
        Reading::Nothing => "nothing".into(),
        Reading::Past => "past".into(),
    }
}

fn check(rows: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(text, tag, date)| read(text, tag) != *date)
        .map(|(text, tag, date)| format!("{text} in {tag} is {date}, not {}", read(text, tag)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_part_of_the_day_is_not_tomorrow() {
    check(&[
        ("Freitag morgen", "de", "2026-11-27"),
        ("am Montag Morgen", "de", "2026-11-30"),
        ("Samstagvormittag", "de", "2026-11-28"),
        ("Freitagabend um 8", "de", "2026-11-27"),
        ("morgen früh", "de", "2026-11-26"),
        ("morgen Vormittag um 10", "de", "2026-11-26"),
        ("heute Morgen", "de", "2026-11-25"),
        ("Guten Morgen, Freitag passt", "de", "2026-11-27"),
        ("el viernes por la mañana", "es", "2026-11-27"),
        ("mañana por la mañana", "es", "2026-11-26"),
        ("por la mañana el sábado", "es", "2026-11-28"),
        ("viernes a las 10 de la mañana", "es", "2026-11-27"),
        ("a las 9 de la mañana", "es", "nothing"),
        ("friday morning", "en", "2026-11-27"),
        ("tmrw morning", "en", "2026-11-26"),
        ("demain matin", "fr", "2026-11-26"),
        ("vendredi matin", "fr", "2026-11-27"),
        ("venerdì mattina", "it", "2026-11-27"),
        ("domani sera", "it", "2026-11-26"),
        ("sexta de manhã", "pt", "2026-11-27"),
        ("amanhã de manhã", "pt", "2026-11-26"),
    ]);
}

#[test]
fn clock_times_prices_and_counts_are_no_days() {
    check(&[
        ("10.30 on friday", "en", "2026-11-27"),
        ("10.30", "en", "nothing"),
        ("at 14:30", "en", "nothing"),
        ("at 5", "en", "nothing"),
        ("10-12", "en", "nothing"),
        ("between 10 and 12", "en", "nothing"),
        ("10am", "en", "nothing"),
        ("1/2", "en", "2027-02-01?"),
        ("1/2 kg please", "en", "nothing"),
        ("24/7", "en", "nothing"),
        ("500 pcs", "en", "nothing"),
        ("3-4 days", "en", "nothing"),
        ("it takes 2 weeks", "en", "nothing"),
        ("$5.12", "en", "nothing"),
        ("5.12 €", "de", "nothing"),
        ("um 10.12 Uhr", "de", "nothing"),
        ("um 14.30", "de", "nothing"),
        ("10-12 Uhr", "de", "nothing"),
        ("a las 10", "es", "nothing"),
        ("à 14h30", "fr", "nothing"),
        ("le 5 personnes", "fr", "nothing"),
        ("alle 10", "it", "nothing"),
        ("às 10h", "pt", "nothing"),
        ("for 4 people, tomorrow", "en", "2026-11-26"),
        ("for 5 people", "en", "nothing"),
        ("I sat down", "en", "nothing"),
        ("my sun candle", "en", "nothing"),
        ("may I come", "en", "nothing"),
        ("192.168.10.12", "en", "nothing"),
        ("christmas candles", "en", "nothing"),
    ]);
}

#[test]
fn weekdays_and_weeks_are_counted_from_today() {
    check(&[
        ("friday", "en", "2026-11-27"),
        ("on sat", "en", "2026-11-28"),
        ("fri 5pm", "en", "2026-11-27"),
        ("next friday", "en", "2026-12-04"),
        ("coming friday", "en", "2026-11-27"),
        ("this friday", "en", "2026-11-27"),
        ("last friday", "en", "past"),
        ("monday", "en", "2026-11-30"),
        ("next week", "en", "2026-11-30"),
        ("friday next week", "en", "2026-12-04"),
        ("next week on friday", "en", "2026-12-04"),
        ("next week, maybe tuesday", "en", "2026-12-01"),
        ("the week after next", "en", "2026-12-07"),
        ("this weekend", "en", "2026-11-28"),
        ("a week from friday", "en", "2026-12-04"),
        ("a week on friday", "en", "2026-12-04"),
        ("friday week", "en", "2026-12-04"),
        ("a week today", "en", "2026-12-02"),
        ("a week from tomorrow", "en", "2026-12-03"),
        ("two weeks from monday", "en", "2026-12-14"),
        ("in 3 days", "en", "2026-11-28"),
        ("in three days", "en", "2026-11-28"),
        ("in a fortnight", "en", "2026-12-09"),
        ("3 days from now", "en", "2026-11-28"),
        ("three days ago", "en", "past"),
        ("in a month", "en", "2026-12-25"),
        ("end of the month", "en", "2026-11-30"),
        ("end of next week", "en", "2026-12-04"),
        ("early december", "en", "2026-12-01"),
        ("mid december", "en", "2026-12-15"),
        ("end of december", "en", "2026-12-31"),
        ("Anfang Dezember", "de", "2026-12-01"),
        ("Ende nächster Woche", "de", "2026-12-04"),
        ("a mediados de diciembre", "es", "2026-12-15"),
        ("fin décembre", "fr", "2026-12-31"),
        ("mi-décembre", "fr", "2026-12-15"),
        ("fine dicembre", "it", "2026-12-31"),
        ("início de dezembro", "pt", "2026-12-01"),
        ("friday at 10.30", "en", "2026-11-27"),
        ("noon tomorrow", "en", "2026-11-26"),
        ("Mon 30/11", "en-GB", "2026-11-30"),
        ("mon 10am", "en", "2026-11-30"),
        ("the fifth", "en", "2026-12-05"),
        ("sat 5 dec", "en", "2026-12-05"),
        ("Dec. 5", "en", "2026-12-05"),
        ("friday the 27th", "en", "2026-11-27"),
        ("any day next week", "en", "2026-11-30"),
        ("10-12 on monday", "en", "2026-11-30"),
        ("3 weeks from now", "en", "2026-12-16"),
        ("el martes que viene", "es", "2026-12-01"),
        ("el 24 de dic", "es", "2026-12-24"),
        ("el lunes o el martes", "es", "2026-11-30"),
        ("el sábado a las 11:30", "es", "2026-11-28"),
        ("Mo., 30.11.", "de", "2026-11-30"),
        ("Di 1.12.", "de", "2026-12-01"),
        ("Montag in einer Woche", "de", "2026-12-07"),
        ("heute Abend", "de", "2026-11-25"),
        ("Sonnabend um 10", "de", "2026-11-28"),
        ("lundi prochain à 14h", "fr", "2026-11-30"),
        ("lundi 30", "fr", "2026-11-30"),
        ("d'ici trois jours", "fr", "2026-11-28"),
        ("asap", "en", "nothing"),
        ("29 feb", "en", "2028-02-29?"),
        ("13/13", "en", "nothing"),
        ("00/00/0000", "en", "nothing"),
        ("next month", "en", "2026-12-01"),
        ("the day after tomorrow", "en", "2026-11-27"),
        ("2morrow", "en", "2026-11-26"),
        ("tonight", "en", "2026-11-25"),
        ("el próximo viernes", "es", "2026-11-27"),
        ("viernes que viene", "es", "2026-11-27"),
        ("el viernes de la semana que viene", "es", "2026-12-04"),
        ("la semana que viene", "es", "2026-11-30"),
        ("el lunes a las 10", "es", "2026-11-30"),
        ("pasado mañana", "es", "2026-11-27"),
        ("dentro de dos semanas", "es", "2026-12-09"),
        ("en tres días", "es", "2026-11-28"),
        ("de hoy en ocho", "es", "2026-12-02"),
        ("este finde", "es", "2026-11-28"),
        ("nächsten Freitag", "de", "2026-11-27"),
        ("übernächsten Freitag", "de", "2026-12-04"),
        ("Freitag in einer Woche", "de", "2026-12-04"),
        ("heute in zwei Wochen", "de", "2026-12-09"),
        ("nächste Woche Freitag", "de", "2026-12-04"),
        ("Freitag nächster Woche", "de", "2026-12-04"),
        ("naechste woche", "de", "2026-11-30"),
        ("in drei Tagen", "de", "2026-11-28"),
        ("in einer Woche", "de", "2026-12-02"),
        ("in 14 Tagen", "de", "2026-12-09"),
        ("übermorgen", "de", "2026-11-27"),
        ("samedi en huit", "fr", "2026-12-05"),
        ("lundi en quinze", "fr", "2026-12-14"),
        ("dans quinze jours", "fr", "2026-12-10"),
        ("dans une semaine", "fr", "2026-12-02"),
        ("ce samedi", "fr", "2026-11-28"),
        ("vendredi prochain", "fr", "2026-11-27"),
        ("lundi de la semaine prochaine", "fr", "2026-11-30"),
        ("après-demain", "fr", "2026-11-27"),
        ("aujourd'hui", "fr", "2026-11-25"),
        ("venerdì prossimo", "it", "2026-11-27"),
        ("il prossimo venerdì", "it", "2026-11-27"),
        ("tra tre giorni", "it", "2026-11-28"),
        ("fra due settimane", "it", "2026-12-09"),
        ("la settimana prossima", "it", "2026-11-30"),
        ("oggi a otto", "it", "2026-12-02"),
        ("dopodomani", "it", "2026-11-27"),
        ("sexta que vem", "pt", "2026-11-27"),
        ("na próxima sexta-feira", "pt", "2026-11-27"),
        ("sexta-feira da semana que vem", "pt", "2026-12-04"),
        ("daqui a três dias", "pt", "2026-11-28"),
        ("depois de amanhã", "pt", "2026-11-27"),
        ("mañana", "en", "2026-11-26"),
        ("whenever", "en", "nothing"),
    ]);
}

#[test]
fn dates_are_read_in_the_order_of_the_locale() {
    check(&[
        ("2026-12-04", "en", "2026-12-04"),
        ("2026/12/04", "en", "2026-12-04"),
        ("December 5th", "en", "2026-12-05"),
        ("the 5th of dec", "en", "2026-12-05"),
        ("5th dec at 14:30", "en", "2026-12-05"),
        ("Sept 3", "en", "2027-09-03"),
        ("5 Jan", "en", "2027-01-05"),
        ("5 or 6 december", "en", "2026-12-05"),
        ("10-12 december", "en", "2026-12-10"),
        ("the first of december", "en", "2026-12-01"),
        ("may I come on 3 may", "en", "2027-05-03"),
        ("12/05", "en-US", "2026-12-05"),
        ("12/05/26", "en-US", "2026-12-05"),
        ("12/05", "en-GB", "2027-05-12"),
        ("25/12", "en-US", "2026-12-25"),
        ("1/2/27", "en-GB", "2027-02-01"),
        ("on 5/12 please", "en", "2026-12-05"),
        ("5.12.2026", "en", "2026-12-05"),
        ("el 5 de enero de 2027", "es", "2027-01-05"),
        ("5 de diciembre", "es", "2026-12-05"),
        ("cinco de diciembre", "es", "2026-12-05"),
        ("primero de diciembre", "es", "2026-12-01"),
        ("el 5-12-2026", "es", "2026-12-05"),
        ("le 1er décembre", "fr", "2026-12-01"),
        ("le 5/12", "fr", "2026-12-05"),
        ("am 24. Dezember", "de", "2026-12-24"),
        ("24.12.", "de", "2026-12-24"),
        ("am 5.12. um 14.30 Uhr", "de", "2026-12-05"),
        ("5.12", "de", "2026-12-05"),
        ("5. 12. 2026", "de", "2026-12-05"),
        ("Fr. 4.12.", "de", "2026-12-04"),
        ("am ersten Dezember", "de", "2026-12-01"),
        ("il 5 dicembre", "it", "2026-12-05"),
        ("l'8 dicembre", "it", "2026-12-08"),
        ("5 de dezembro", "pt", "2026-12-05"),
        ("1º de dezembro", "pt", "2026-12-01"),
        ("december", "en", "2026-12-01"),
        ("in december", "en", "2026-12-01"),
        ("Christmas Eve", "en", "2026-12-24"),
        ("an Heiligabend", "de", "2026-12-24"),
    ]);
}

#[test]
fn a_day_without_its_month_is_the_next_such_day() {
    check(&[
        ("the 5th", "en", "2026-12-05"),
        ("5th", "en", "2026-12-05"),
        ("on the 28th please", "en", "2026-11-28"),
        ("Saturday the 5th", "en", "2026-12-05"),
        ("the 5th candle", "en", "nothing"),
        ("the 5", "en", "nothing"),
        ("am 5. um 15 Uhr", "de", "2026-12-05"),
        ("am 5.", "de", "2026-12-05"),
        ("le 5", "fr", "2026-12-05"),
        ("le 1er", "fr", "2026-12-01"),
        ("mardi 1er", "fr", "2026-12-01"),
        ("el 5", "es", "2026-12-05"),
        ("el día 5 a las 10", "es", "2026-12-05"),
        ("viernes 4", "es", "2026-12-04"),
        ("il 5", "it", "2026-12-05"),
        ("dia 5", "pt", "2026-12-05"),
        ("friday 10", "en", "2026-11-27"),
    ]);
}

#[test]
fn what_is_denied_is_not_taken() {
    check(&[
        ("not friday, saturday", "en", "2026-11-28"),
        ("thursday or friday", "en", "2026-11-26"),
        ("friday doesn't work, saturday?", "en", "2026-11-28"),
        ("why not friday", "en", "2026-11-27"),
        ("any day but friday", "en", "nothing"),
        ("I can't on friday, monday is fine", "en", "2026-11-30"),
        ("el viernes no, el sábado", "es", "2026-11-28"),
        ("el viernes no puedo, mejor el sábado", "es", "2026-11-28"),
        ("no, el viernes", "es", "2026-11-27"),
        ("nicht Freitag, sondern Samstag", "de", "2026-11-28"),
        ("Freitag geht nicht, Samstag?", "de", "2026-11-28"),
        ("pas vendredi, samedi", "fr", "2026-11-28"),
        ("non venerdì, sabato", "it", "2026-11-28"),
        ("sexta não, sábado", "pt", "2026-11-28"),
    ]);
}

#[test]
fn what_is_past_is_refused_and_what_is_in_doubt_is_marked() {
    check(&[
        ("yesterday", "en", "past"),
        ("2020-01-01", "en", "past"),
        ("ayer", "es", "past"),
        ("gestern", "de", "past"),
        ("I ordered yesterday, come friday", "en", "2026-11-27"),
        ("31/11", "en-GB", "nothing"),
        ("30 february", "en", "nothing"),
        ("5 December 2028", "en", "2028-12-05?"),
        ("2030-01-01", "en", "2030-01-01?"),
        ("20 November", "en", "2027-11-20?"),
        ("friday 5 december", "en", "2026-12-05?"),
        ("tomorrow friday", "en", "2026-11-26?"),
    ]);
}

#[test]
fn a_long_text_is_read_in_linear_time() {
    // Would take minutes if the time were quadratic in anything.
    for (piece, date) in [
        ("in ", "nothing"),
        ("the 5 ", "nothing"),
        ("not on ", "nothing"),
        ("1/2/", "nothing"),
        ("one hundred and ", "nothing"),
        ("1.1.", "nothing"),
        ("fünfund", "nothing"),
        ("5 000 ", "nothing"),
        ("of the ", "nothing"),
        ("friday ", "2026-11-27"),
    ] {
        assert_eq!(read(&piece.repeat(20_000 / piece.len()), "en"), date, "{piece}");
    }
}
