//! Numbers in digits and in words, with the scale behind them.

use super::grammar::{self, Grammar};
use super::tokens::{Kind, Token};

/// A number as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// What it is.
    pub value: f64,
    /// How many tokens it has.
    pub len: usize,
    /// "thousand", `k` or the like stands behind it.
    pub scaled: bool,
    /// It is written in words.
    pub spelled: bool,
}

/// More groups of three digits are a list.
const MAX_GROUPS: usize = 5;

/// The number that begins at a token.
pub fn at(tokens: &[Token], at: usize, grammar: &Grammar) -> Option<Number> {
    let number = match tokens.get(at)?.kind {
        Kind::Number => in_digits(tokens, at, grammar)?,
        Kind::Word => in_words(tokens, at, grammar)?,
        Kind::Sign => return None,
    };
    grammar.numbers.vague.before(tokens, at).is_none().then_some(number)
}

fn in_digits(tokens: &[Token], at: usize, grammar: &Grammar) -> Option<Number> {
    let mut text = tokens[at].text.clone();
    let mut end = at + 1;
    // "5 000": groups of three, apart by a space.
    while end - at < MAX_GROUPS
        && text.len() - text.rfind('\'').map_or(0, |mark| mark + 1) <= 3
        && !text.contains(['.', ','])
        && let Some(next) = tokens.get(end).filter(|next| next.kind == Kind::Number && !next.glued)
        && next.text.split(['.', ',']).next().is_some_and(|group| group.len() == 3)
        && next.text.matches(['.', ',']).count() <= 1
    {
        text = format!("{text}'{}", next.text);
        end += 1;
    }
    let mut number = Number { value: digits(&text)?, len: end - at, scaled: false, spelled: false };
    let mut last_scale = 0;
    while let Some((scale, len)) = scale_at(tokens, at + number.len, grammar) {
        if scale == 0 {
            return None;
        }
        // Before a scale one separator is a decimal point: "1.234 million".
        if !number.scaled && text.matches(['.', ',', '\'']).count() == 1 && scale > 1_000 {
            number.value = text.replace(',', ".").replace('\'', "").parse().ok()?;
        }
        number.value *= scale as f64;
        number.scaled = true;
        number.len += len;
        last_scale = scale;
    }
    if number.scaled {
        let half = half_behind(tokens, at + number.len, grammar);
        number.value += if half > 0 { last_scale as f64 / 2.0 } else { 0.0 };
        number.len += half;
    }
    Some(number)
}

/// A scale behind digits, in any language; a single letter must touch the digits or a currency sign.
fn scale_at(tokens: &[Token], at: usize, grammar: &Grammar) -> Option<(i64, usize)> {
    let token = tokens.get(at).filter(|token| token.kind == Kind::Word)?;
    let touches = token.glued
        || tokens.get(at + 1).is_some_and(|next| next.glued && next.kind == Kind::Sign && is_money(&next.text));
    let short = |grammar: &Grammar| {
        grammar.numbers.short_scales.at(tokens, at).filter(|_| token.text.len() > 1 || touches || token.text == "k")
    };
    let long = |grammar: &Grammar| grammar.numbers.scales.at(tokens, at);
    // Hundredths of a currency are no hundreds.
    let own = short(grammar).or_else(|| long(grammar).filter(|_| grammar.money.cents.word(&token.text).is_none()));
    let (scale, len) = own.or_else(|| {
        if grammar.money.cents.word(&token.text).is_some() || token.text.len() < 3 {
            return None;
        }
        grammar::all().iter().filter(|other| other.money.cents.word(&token.text).is_none()).find_map(long)
    })?;
    let is_abbreviation = ["tsd", "mio", "mrd", "mill", "mn", "mln"].contains(&token.text.as_str());
    let dot = is_abbreviation && tokens.get(at + len).is_some_and(|next| next.is(".") && next.glued);
    Some((scale, len + usize::from(dot)))
}

fn is_money(sign: &str) -> bool {
    super::currency::of_sign(sign).is_some()
}

/// "(two million) and a half": how many tokens that is, 0 where it does not stand here or goes on.
fn half_behind(tokens: &[Token], at: usize, grammar: &Grammar) -> usize {
    let numbers = &grammar.numbers;
    let Some((_, and)) = numbers.and.at(tokens, at) else { return 0 };
    let one = numbers.one.at(tokens, at + and).map_or(0, |found| found.1);
    let Some((_, half)) = numbers.half.at(tokens, at + and).or_else(|| numbers.half.at(tokens, at + and + one)) else {
        return 0;
    };
    let len = and + if numbers.half.at(tokens, at + and).is_some() { half } else { one + half };
    if numbers.scales.at(tokens, at + len).is_some() { 0 } else { len }
}

/// "(two) and a half million": the scale.
fn half_of_scale(tokens: &[Token], at: usize, grammar: &Grammar) -> Option<(i64, usize)> {
    let numbers = &grammar.numbers;
    let (_, and) = numbers.and.at(tokens, at)?;
    let one = numbers.one.at(tokens, at + and).map_or(0, |found| found.1);
    [0, one].into_iter().find_map(|one| {
        let (_, half) = numbers.half.at(tokens, at + and + one)?;
        let (scale, len) = numbers.scales.at(tokens, at + and + one + half)?;
        Some((scale, and + one + half + len))
    })
}

fn in_words(tokens: &[Token], start: usize, grammar: &Grammar) -> Option<Number> {
    let numbers = &grammar.numbers;
    let done = |value: i64, end: usize, scaled: bool| {
        (value > 0).then_some(Number { value: value as f64, len: end - start, scaled, spelled: true })
    };
    if let Some((_, half)) = numbers.half.at(tokens, start)
        && let Some((scale, len)) = numbers.scales.at(tokens, start + half)
    {
        return done(scale / 2, start + half + len, true);
    }
    let (mut total, mut current, mut any, mut scaled) = (0i64, 0i64, false, false);
    let mut at = start;
    loop {
        if let Some((value, len)) = word_at(tokens, at, grammar) {
            let fits =
                !any || current == 0 || (value < current && (current % 100 == 0 || (current % 10 == 0 && value < 20)));
            if value >= 1_000 {
                if any {
                    break;
                }
                (total, scaled) = (value, true);
            } else if fits {
                current += value;
            } else {
                break;
            }
            any = true;
            at += len;
        } else if let Some((scale, len)) = numbers.scales.at(tokens, at) {
            if scale == 0 {
                return None;
            }
            if !any && numbers.bare.at(tokens, at).is_none() {
                break;
            }
            if scale < 1_000 {
                current = current.max(1).saturating_mul(scale);
            } else {
                total = total.saturating_add(current.max(1).saturating_mul(scale));
                current = 0;
                let half = half_behind(tokens, at + len, grammar);
                if half > 0 {
                    return done(total.saturating_add(scale / 2), at + len + half, true);
                }
            }
            (any, scaled) = (true, scaled || scale >= 1_000);
            at += len;
        } else if !any
            && let Some((_, len)) = numbers.one.at(tokens, at)
            && numbers.scales.at(tokens, at + len).is_some()
        {
            (any, current) = (true, 1);
            at += len;
        } else if any && let Some((scale, len)) = half_of_scale(tokens, at, grammar) {
            return done(total.saturating_add(current.saturating_mul(scale)).saturating_add(scale / 2), at + len, true);
        } else if any
            && let Some((_, len)) = numbers.and.at(tokens, at)
            && word_at(tokens, at + len, grammar).is_some()
        {
            // "two and three" are two numbers.
            if current % 10 != 0 {
                break;
            }
            at += len;
        } else {
            break;
        }
        if total.max(current) > 1_000_000_000_000 {
            return None;
        }
    }
    done(total.saturating_add(current), at, scaled).filter(|_| any)
}

/// A single number word, or several written in one.
fn word_at(tokens: &[Token], at: usize, grammar: &Grammar) -> Option<(i64, usize)> {
    let token = tokens.get(at).filter(|token| token.kind == Kind::Word)?;
    grammar.numbers.words.at(tokens, at).or_else(|| Some((apart(&token.text, &grammar.numbers.glued)?, 1)))
}

/// "zweitausendfünfhundert": 2 · 1,000 + 5 · 100.
fn apart(word: &str, parts: &[(String, i64)]) -> Option<i64> {
    /// Longer words are no numbers.
    const MAX_WORD_BYTES: usize = 80;
    if word.len() > MAX_WORD_BYTES {
        return None;
    }
    let (mut rest, mut total, mut current, mut count) = (word, 0i64, 0i64, 0);
    while !rest.is_empty() {
        let (part, value) = parts.iter().find(|(part, _)| rest.starts_with(part.as_str()))?;
        rest = &rest[part.len()..];
        match value {
            1_000.. => {
                total = total.checked_add(current.max(1).checked_mul(*value)?)?;
                current = 0;
            }
            100 => current = current.max(1).checked_mul(100)?,
            _ => current = current.checked_add(*value)?,
        }
        count += 1;
    }
    total.checked_add(current).filter(|_| count > 1)
}

/// `1,200` and `1.200` are twelve hundred, `1,20` and `1.20` one and a fifth, `1.234,50` and `1,234.50` the same, `1,00,000` is a lakh.
/// What is no number, such as a version or an address, is none.
pub fn digits(text: &str) -> Option<f64> {
    let marks: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
    let Some(&(last, mark)) = marks.last() else {
        return text.parse().ok().filter(|_| text.len() == 1 || !text.starts_with('0'));
    };
    let decimals = text.len() - last - 1;
    let repeats = marks.iter().filter(|(_, c)| *c == mark).count() > 1;
    let starts_with_zero = text.starts_with('0');
    let is_decimal = mark != '\'' && !repeats && (decimals != 3 || (starts_with_zero && marks.len() == 1));
    let (whole, fraction) = if is_decimal { (&text[..last], &text[last + 1..]) } else { (text, "") };
    if !is_grouped(whole) || (fraction.len() > 2 && marks.len() > 1) {
        return None;
    }
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{whole}.{fraction}0").parse().ok()
}

/// Groups of three behind one to three digits, or the Indian groups of two before the last three; all by one mark.
fn is_grouped(whole: &str) -> bool {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else { return true };
    if whole.chars().any(|c| !c.is_ascii_digit() && c != mark) {
        return false;
    }
    let groups: Vec<usize> = whole.split(mark).map(str::len).collect();
    let (first, rest) = (groups[0], &groups[1..]);
    let is_western = (1..=3).contains(&first) && rest.iter().all(|group| *group == 3);
    let is_indian = (1..=2).contains(&first)
        && rest.last() == Some(&3)
        && rest[..rest.len() - 1].iter().all(|group| *group == 2)
        && mark == ',';
    is_western || is_indian
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::tokens::tokens;

    #[test]
    fn separators_are_told_apart() {
        for (text, value) in [
            ("5000", Some(5000.0)),
            ("1,200", Some(1200.0)),
            ("1.200", Some(1200.0)),
            ("1,20", Some(1.2)),
            ("0.500", Some(0.5)),
            ("1.234,50", Some(1234.5)),
            ("1,234.50", Some(1234.5)),
            ("1'234.50", Some(1234.5)),
            ("1,00,000", Some(100_000.0)),
            ("12,34,567.50", Some(1_234_567.5)),
            ("1.000.000", Some(1_000_000.0)),
            ("1.2.3", None),
            ("192.168.10.1", None),
            ("12.05.26", None),
            ("1.234.5", None),
            ("007", None),
        ] {
            assert_eq!(digits(text), value, "{text}");
        }
    }

    #[test]
    fn numbers_in_words_are_read_in_each_language() {
        for (tag, text, value) in [
            ("en", "five thousand two hundred and fifty", 5250.0),
            ("en", "fifteen hundred", 1500.0),
            ("en", "half a million", 500_000.0),
            ("en", "two and a half million", 2_500_000.0),
            ("en", "two million and a half", 2_500_000.0),
            ("en", "a hundred", 100.0),
            ("en", "two dozen", 24.0),
            ("en", "two lakh", 200_000.0),
            ("en", "1.5 crore", 15_000_000.0),
            ("en", "2.5 million", 2_500_000.0),
            ("es", "dos mil quinientos", 2500.0),
            ("es", "mil doscientos cincuenta y cinco", 1255.0),
            ("es", "quinientos mil", 500_000.0),
            ("es", "medio millón", 500_000.0),
            ("es", "dos millones y medio", 2_500_000.0),
            ("es", "5 mil", 5000.0),
            ("fr", "mille cinq cents", 1500.0),
            ("fr", "quatre-vingt-dix-neuf", 99.0),
            ("fr", "deux mille", 2000.0),
            ("fr", "soixante et onze", 71.0),
            ("fr", "un demi-million", 500_000.0),
            ("de", "zweitausendfünfhundert", 2500.0),
            ("de", "fuenfhundert", 500.0),
            ("de", "fünfundzwanzig", 25.0),
            ("de", "dreitausend", 3000.0),
            ("de", "eine halbe Million", 500_000.0),
            ("de", "5 Tsd.", 5000.0),
            ("de", "1,5 Mio.", 1_500_000.0),
            ("it", "duemilacinquecento", 2500.0),
            ("it", "cinquecento", 500.0),
            ("it", "mille", 1000.0),
            ("it", "mezzo milione", 500_000.0),
            ("pt", "mil e quinhentos", 1500.0),
            ("pt", "dois mil", 2000.0),
            ("pt", "meio milhão", 500_000.0),
        ] {
            let grammar = grammar::own_first(tag).next().unwrap();
            let read = at(&tokens(text), 0, grammar).map(|number| number.value);
            assert_eq!(read, Some(value), "{text} in {tag}");
        }
    }

    #[test]
    fn what_leaves_open_how_many_is_no_number() {
        let grammar = grammar::own_first("en").next().unwrap();

        assert_eq!(at(&tokens("few hundred"), 1, grammar), None);
        assert_eq!(at(&tokens("5 mil"), 0, grammar), None, "thousand to some, million to others");
    }
}
