//! Runs of digits that may be a phone's, with what people put between them.

use std::ops::Range;

/// Seven digits at least (E.164 has shorter ones in no country that dials them from abroad), and no more than a prefix and fifteen.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=19;
/// More signs in a row between two digits part two numbers.
const MAX_BETWEEN: usize = 4;

/// Zero in the scripts whose digits phones type.
const ZEROS: [u32; 16] =
    [0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xff10];

/// Digits that may be a phone's.
#[derive(Debug)]
pub struct Candidate {
    /// In ASCII, without what stands between them.
    pub digits: String,
    /// With its plus, its brackets and its extension.
    pub span: Range<usize>,
    /// Written with a plus, or in a link that always has the country.
    pub is_international: bool,
    /// Nothing stands between the digits.
    pub is_bare: bool,
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    digits: Range<usize>,
    span: Range<usize>,
    /// What stands before it, behind the last group.
    sign: Option<char>,
}

impl Candidate {
    /// The numbers that slashes part.
    pub fn parts(&self, text: &str) -> Vec<(String, Range<usize>)> {
        let mut parts = Vec::new();
        let mut first = 0;
        for at in 1..=self.groups.len() {
            let parted = self
                .groups
                .get(at)
                .is_none_or(|group| text[self.groups[at - 1].span.end..group.span.start].contains(['/', '&']));
            if !parted {
                continue;
            }
            let groups = &self.groups[first..at];
            let digits = &self.digits[groups[0].digits.start..groups[groups.len() - 1].digits.end];
            let is_whole = groups.len() == self.groups.len();
            if DIGITS.contains(&digits.len()) && !is_whole {
                parts.push((digits.to_owned(), groups[0].span.start..groups[groups.len() - 1].span.end));
            }
            first = at;
        }
        parts
    }
}

/// All runs of a text, in one pass.
pub fn candidates(text: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut scan = Scan::default();
    for (at, c) in text.char_indices() {
        match (digit(c), between(c)) {
            (Some(digit), _) => scan.digit(at, c, digit, text),
            (None, Some(sign)) if scan.is_open() && scan.waiting < MAX_BETWEEN && sign != '+' => scan.between(sign),
            _ => {
                found.extend(scan.close(text));
                scan.opening(at, c);
            }
        }
    }
    found.extend(scan.close(text));
    found
}

#[derive(Default)]
struct Scan {
    /// Where a plus or a bracket before the first digit stands.
    opened: Option<usize>,
    plus: bool,
    digits: String,
    groups: Vec<Group>,
    waiting: usize,
    sign: Option<char>,
}

impl Scan {
    fn is_open(&self) -> bool {
        !self.groups.is_empty() || self.opened.is_some()
    }

    fn opening(&mut self, at: usize, c: char) {
        *self = Self::default();
        if matches!(c, '+' | '＋') {
            self.plus = true;
            self.opened = Some(at);
        } else if matches!(c, '(' | '[') {
            self.opened = Some(at);
        }
    }

    fn digit(&mut self, at: usize, c: char, digit: char, text: &str) {
        let end = at + c.len_utf8();
        self.digits.push(digit);
        let length = self.digits.len();
        match self.groups.last_mut() {
            Some(group) if self.waiting == 0 && group.span.end == at => {
                group.span.end = end;
                group.digits.end = length;
            }
            _ => {
                let sign = self.sign.or_else(|| text[..at].chars().next_back());
                self.groups.push(Group { digits: length - 1..length, span: at..end, sign });
            }
        }
        (self.waiting, self.sign) = (0, None);
    }

    fn between(&mut self, sign: char) {
        if sign != '\u{0}' {
            self.waiting += 1;
            // A space beside another sign says nothing.
            self.sign = match self.sign {
                Some(known) if known != ' ' => Some(known),
                _ => Some(sign),
            };
        }
    }

    fn close(&mut self, text: &str) -> Option<Candidate> {
        let scan = std::mem::take(self);
        let (Some(first), Some(last)) = (scan.groups.first(), scan.groups.last()) else { return None };
        let start = scan.opened.unwrap_or(first.span.start);
        let end = last.span.end;
        let link = is_link(&text[..start]);
        if (is_glued_before(&text[..start]) && !link) || is_glued_behind(&text[end..]) {
            return None;
        }
        let end = end + extension(&text[end..]);
        let mut groups = scan.groups;
        let mut start = start;
        // A day before or behind a number is none of it.
        while !scan.plus && groups.len() > 3 && is_day(&scan.digits, &groups[..3]) {
            groups.drain(..3);
            start = groups[0].span.start;
        }
        let is_whole_day = groups.len() == 3 && is_day(&scan.digits, &groups);
        let is_address = groups.len() == 4 && is_ip(&scan.digits, &groups);
        let digits = scan.digits[groups[0].digits.start..].to_owned();
        let offset = groups[0].digits.start;
        for group in &mut groups {
            group.digits = group.digits.start - offset..group.digits.end - offset;
        }
        let fits = DIGITS.contains(&digits.len())
            || (digits.len() <= 2 * DIGITS.end() && text[start..end].contains(['/', '&']));
        if !fits || is_whole_day || is_address {
            return None;
        }
        let is_bare = groups.len() == 1;
        Some(Candidate { digits, span: start..end, is_international: scan.plus || link, is_bare, groups })
    }
}

fn digit(c: char) -> Option<char> {
    if c.is_ascii_digit() {
        return Some(c);
    }
    let zero = ZEROS.into_iter().find(|zero| (*zero..zero + 10).contains(&(c as u32)))?;
    char::from_digit(c as u32 - zero, 10)
}

/// What may stand between two digits of a number; `\0` for what is not seen.
fn between(c: char) -> Option<char> {
    match c {
        ' ' | '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{3000}' | '\t' => Some(' '),
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff0d}' | '~' => Some('-'),
        '.' | '·' | '•' | '∙' | '⋅' | '\u{30fb}' | '\u{ff0e}' => Some('.'),
        '/' | '&' | '(' | ')' | '[' | ']' | '（' | '）' | '+' | '_' => Some(c),
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fe0f}'
        | '\u{20e3}' => Some('\0'),
        _ => None,
    }
}

/// `wa.me/34600111222`: always with the country, never with a plus.
fn is_link(before: &str) -> bool {
    let from = before.floor_char_boundary(before.len().saturating_sub(48));
    let link = before[from..].rsplit(char::is_whitespace).next().unwrap_or_default().to_ascii_lowercase();
    link.ends_with("wa.me/") || (link.contains("whatsapp") && link.ends_with("phone="))
}

/// A letter or a currency touches the first digit: `SKU2125550143`, `DE89 3704 …`, `$2025550143`.
fn is_glued_before(before: &str) -> bool {
    let mut last = before.chars().rev();
    match last.next() {
        Some('-' | '_' | '/') => last.next().is_some_and(char::is_alphanumeric),
        Some('.' | ',') => last.next().is_some_and(|c| digit(c).is_some()),
        Some(c) => c.is_alphabetic() || "$€£¥₹₽₺₩#%@".contains(c),
        None => false,
    }
}

/// `2125550143-XL`, `2.000.000 €`, `15550143%`.
fn is_glued_behind(behind: &str) -> bool {
    if extension(behind) > 0 {
        return false;
    }
    let mut next = behind.chars();
    match next.next() {
        Some('-' | '_') => next.next().is_some_and(char::is_alphabetic),
        Some(',') => next.next().is_some_and(|c| digit(c).is_some()),
        Some(' ') => next.next().is_some_and(|c| "$€£¥₹₽₺₩%".contains(c)),
        Some(c) => c.is_alphabetic() || "$€£¥₹₽₺₩%@".contains(c),
        None => false,
    }
}

/// How long ` ext. 204` is.
fn extension(behind: &str) -> usize {
    let rest = behind.trim_start_matches([' ', ',', ';']);
    let lower: String = rest.chars().take(12).collect::<String>().to_ascii_lowercase();
    let names = ["extension", "extensión", "ext.", "ext", "durchwahl", "anexo", "interno", "ramal", "poste", "x", "#"];
    let Some(name) = names.into_iter().find(|name| lower.starts_with(name)) else { return 0 };
    let Some(number) = rest.get(name.len()..) else { return 0 };
    let number = number.trim_start_matches([' ', '.', ':']);
    let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let ends = !number[digits..].starts_with(char::is_alphanumeric);
    if (1..=6).contains(&digits) && ends { behind.len() - number.len() + digits } else { 0 }
}

/// `2026-11-25`, `25.11.2026`.
fn is_day(digits: &str, groups: &[Group]) -> bool {
    let number = |at: usize| digits[groups[at].digits.clone()].parse::<u32>().unwrap_or(u32::MAX);
    let length = |at: usize| groups[at].digits.len();
    let sign = groups[1].sign;
    let is_parted = sign == groups[2].sign && matches!(sign, Some('.' | '-' | '/'));
    let is_year = |at: usize| length(at) == 4 && (1900..2100).contains(&number(at));
    let is_part = |at: usize| length(at) <= 2 && (1..=31).contains(&number(at));
    is_parted && ((is_year(0) && is_part(1) && is_part(2)) || (is_part(0) && is_part(1) && is_year(2)))
}

/// `192.168.100.100`
fn is_ip(digits: &str, groups: &[Group]) -> bool {
    groups.iter().all(|group| digits[group.digits.clone()].parse::<u32>().is_ok_and(|part| part < 256))
        && groups[1..].iter().all(|group| group.sign == Some('.'))
        && groups.iter().any(|group| group.digits.len() != 3 && group.digits.len() != 2)
}
