//! What of a message is worth ranking: its sentences, without the addresses, numbers and sums that forms take from it.

/// A message of more sentences is a letter; its first ones say what it is about.
const MOST_SENTENCES: usize = 4;
/// Shorter pieces ("hola!", "ok.") carry no question of their own.
const FEWEST_LETTERS: usize = 8;

/// The message without email addresses, links, phone numbers and sums; as it is, where nothing else is left.
#[must_use]
pub fn without_details(text: &str) -> String {
    let kept: Vec<&str> = text.split_whitespace().filter(|word| !is_detail(word)).collect();
    if kept.iter().any(|word| word.chars().any(char::is_alphabetic)) { kept.join(" ") } else { text.to_owned() }
}

/// The sentences of a message that holds several; empty for a message of one.
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    let sentences: Vec<&str> = text
        .split_inclusive(['.', '!', '?', ';', '\n', '。', '！', '？'])
        .map(str::trim)
        .filter(|sentence| sentence.chars().filter(|char| char.is_alphabetic()).count() >= FEWEST_LETTERS)
        .take(MOST_SENTENCES)
        .collect();
    if sentences.len() > 1 || sentences.first().is_some_and(|only| only.len() < text.trim().len()) {
        sentences
    } else {
        Vec::new()
    }
}

fn is_detail(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_money = digits > 0 && word.contains(['$', '€', '£', '¥']);
    word.contains('@') || word.contains("://") || is_money || digits >= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_numbers_and_sums_are_left_out() {
        let text = "do you do wholesale? I'm Ana, ana@acme.example, +34600111222, about $5k";

        assert_eq!(without_details(text), "do you do wholesale? I'm Ana, about");
        assert_eq!(without_details("ana@acme.example"), "ana@acme.example");
        assert_eq!(without_details("200 units by 12/05"), "200 units by 12/05");
    }

    #[test]
    fn a_message_of_several_sentences_is_read_one_by_one() {
        assert_eq!(
            sentences("hola! hacen envíos a méxico? y cuánto cuesta el envío"),
            ["hacen envíos a méxico?", "y cuánto cuesta el envío"]
        );
        assert_eq!(sentences("do you ship to Spain?"), Vec::<&str>::new());
    }
}
