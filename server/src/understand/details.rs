//! What of a message is worth ranking: all but the addresses, numbers and sums that forms take from it.

/// The message without email addresses, links, phone numbers and sums; as it is, where nothing else is left.
#[must_use]
pub fn without_details(text: &str) -> String {
    let kept: Vec<&str> = text.split_whitespace().filter(|word| !is_detail(word)).collect();
    if kept.iter().any(|word| word.chars().any(char::is_alphabetic)) { kept.join(" ") } else { text.to_owned() }
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
}
