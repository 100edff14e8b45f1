//! Makes text that strangers chose safe for headers, bodies and logs.

/// Longest reason that is kept or logged, in characters: a mail server may answer with pages.
const MAX_LOGGED: usize = 300;

/// Characters that no reader sees but that break headers (C0, C1, DEL, U+2028/9), hide others (zero-width space, word joiner,
/// byte-order mark) or turn text around (direction marks, overrides and isolates, which can make `exe.gpj` read as `jpg.exe`).
/// The zero-width joiners stay: scripts and emoji need them.
fn is_unprintable(c: char) -> bool {
    is_break(c) || is_invisible(c)
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// `text` on one line of at most `max` characters: what breaks lines and runs of white space become one space, what nobody
/// sees goes; what is cut ends in `…`.
#[must_use]
pub fn line(text: &str, max: usize) -> String {
    let seen = text.chars().filter(|c| !is_invisible(*c));
    let spaced: String = seen.map(|c| if is_break(c) { ' ' } else { c }).collect();
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&words, max)
}

/// `text` with its lines kept: every kind of line break becomes `\n`, tabs become spaces, unprintable characters go, blank lines
/// do not pile up, at most `max` characters.
#[must_use]
pub fn block(text: &str, max: usize) -> String {
    let broken = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}'], "\n");
    let printable: String = broken.replace('\t', " ").chars().filter(|c| *c == '\n' || !is_unprintable(*c)).collect();
    let mut kept: Vec<&str> = Vec::new();
    for line in printable.lines().map(str::trim_end) {
        if !(line.is_empty() && kept.last().is_none_or(|last| last.is_empty())) {
            kept.push(line);
        }
    }
    cut(kept.join("\n").trim_end(), max)
}

/// `a…@acme.example`: enough for an operator to recognise an address, too little to write to it.
#[must_use]
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().next().unwrap_or('?')),
        None => "…".to_owned(),
    }
}

/// `text` on one bounded line with every address in it masked: mail servers like to repeat the recipient.
#[must_use]
pub fn for_log(text: &str) -> String {
    let is_edge = |c: char| matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '\'' | ':' | '[' | ']');
    line(text, MAX_LOGGED)
        .split(' ')
        .map(|word| {
            let address = word.trim_matches(is_edge);
            if address.contains('@') { word.replace(address, &masked(address)) } else { word.to_owned() }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(max.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_one_printable_line_within_its_bound(text in any::<String>(), max in 1_usize..200) {
            let line = line(&text, max);

            prop_assert!(line.chars().count() <= max);
            prop_assert!(!line.chars().any(is_unprintable), "{line:?}");
        }

        #[test]
        fn a_block_keeps_no_break_but_the_newline(text in any::<String>(), max in 1_usize..200) {
            let block = block(&text, max);

            prop_assert!(block.chars().count() <= max);
            prop_assert!(!block.chars().any(|c| c != '\n' && is_unprintable(c)), "{block:?}");
        }
    }

    #[test]
    fn line_breaks_of_every_kind_become_one() {
        assert_eq!(block("a\r\nb\rc\u{2028}d\u{85}e\n\n\n\nf", 100), "a\nb\nc\nd\ne\n\nf");
        assert_eq!(line("a\r\nBcc: x@y.example\u{0}", 100), "a Bcc: x@y.example");
    }

    #[test]
    fn marks_that_nobody_sees_go_and_scripts_keep_their_joiners() {
        assert_eq!(line("A\u{200e}na\u{202e}\u{feff} Pé\u{200b}rez\u{61c}", 100), "Ana Pérez");
        assert_eq!(line("می\u{200c}خواهم", 100), "می\u{200c}خواهم");
    }

    #[test]
    fn what_a_mail_server_repeats_is_masked() {
        assert_eq!(
            for_log("550 5.1.1 <ana@acme.example>: no such\r\nuser bo@x.example"),
            "550 5.1.1 <a…@acme.example>: no such user b…@x.example"
        );
    }
}
