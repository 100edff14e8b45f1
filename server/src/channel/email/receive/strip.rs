//! Cuts what a person wrote out of their answer by mail: without the quoted message, its head, and signatures.
//!
//! Each line gets a label, and what stands between quotes is kept; the method is that of discourse/email_reply_trimmer, with the
//! words of more languages. Every rule looks at a line, or a few lines, once.

use super::labels::LABELS;

/// What is read of a mail: nobody writes more, and quotes may be endless.
const MAX_BYTES: usize = 256 * 1024;
const MAX_LINES: usize = 1_000;
/// A "… wrote:" line that a mail program has wrapped has no more lines than this.
const MAX_ATTRIBUTION_LINES: usize = 4;
const MAX_ATTRIBUTION_CHARS: usize = 400;
/// Fewer labels of a head in a row ("To: the team") are somebody's own words.
const MIN_HEAD_LINES: usize = 2;

/// An answer by mail, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// What was written anew; empty where nothing was.
    pub reply: String,
    /// What was cut away, line by line, for staff to unfold.
    pub rest: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Text,
    Blank,
    Quote,
    /// "On Monday Ana wrote:", all its lines.
    Attribution,
    /// "-----Original Message-----", a rule above a head, or the head itself: a message follows, not quoted.
    Original,
    /// "-- ": a signature follows.
    Signature,
    /// "Sent from my phone".
    SentFrom,
    /// Our own "reply above this line".
    Marker,
}

/// Takes an answer apart. `text` is plain text with any kind of line break.
#[must_use]
pub fn strip(text: &str) -> Cut {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.lines().take(MAX_LINES).map(str::trim_end).collect();
    let mut labels = label(&lines);
    cut_below_marker(&mut labels);
    cut_originals(&mut labels);
    cut_signatures(&mut labels);
    cut_attributions(&mut labels);

    let of = |wanted: fn(Label) -> bool| {
        let kept = lines.iter().zip(&labels).filter(|(_, label)| wanted(**label)).map(|(line, _)| *line);
        crate::channel::clean::block(&kept.collect::<Vec<_>>().join("\n"), MAX_BYTES)
    };
    let is_kept = |label| matches!(label, Label::Text | Label::Blank);
    Cut { reply: of(is_kept).trim_start_matches('\n').to_owned(), rest: of(|label| !matches!(label, Label::Text)) }
}

fn label(lines: &[&str]) -> Vec<Label> {
    let mut labels: Vec<Label> = lines.iter().map(|line| label_line(line)).collect();
    let mut at = 0;
    while at < lines.len() {
        if labels[at] == Label::Text
            && let Some(length) = attribution_at(&lines[at..])
        {
            labels[at..at + length].fill(Label::Attribution);
            at += length;
            continue;
        }
        if labels[at] == Label::Text && is_head_line(lines[at]) {
            let heads = head_at(&lines[at..]);
            if heads >= MIN_HEAD_LINES {
                labels[at..at + heads].fill(Label::Original);
                at += heads;
                continue;
            }
        }
        at += 1;
    }
    labels
}

fn label_line(line: &str) -> Label {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return Label::Blank;
    }
    // Also when a mail program has quoted it: then it has quoted all that follows, and the quote's own mark decides.
    if trimmed.starts_with('>') {
        return Label::Quote;
    }
    // Before its end was trimmed, "-- " had a space (RFC 3676, 4.3); half of the mail programs leave it out.
    if matches!(trimmed, "--" | "—" | "__") {
        return Label::Signature;
    }
    let folded = trimmed.to_lowercase();
    let within_rules =
        folded.trim_matches(|c: char| matches!(c, '-' | '_' | '*' | '—' | '–' | '=') || c.is_whitespace());
    if LABELS.reply_above.iter().any(|marker| marker == within_rules) {
        return Label::Marker;
    }
    let is_ruled = trimmed.starts_with("--") || trimmed.starts_with("__");
    if is_ruled && LABELS.original.iter().any(|original| within_rules.starts_with(original.as_str())) {
        return Label::Original;
    }
    if folded.starts_with("begin forwarded message") {
        return Label::Original;
    }
    // Outlook's line above a head.
    if trimmed.len() >= 20 && trimmed.bytes().all(|byte| byte == b'_') {
        return Label::Original;
    }
    let short = trimmed.chars().count() <= 80;
    if short && LABELS.sent_from.iter().any(|start| folded.starts_with(start.as_str())) {
        return Label::SentFrom;
    }
    Label::Text
}

/// How many lines the "… wrote:" has that begins here, if one does.
fn attribution_at(lines: &[&str]) -> Option<usize> {
    let mut whole = String::new();
    for (count, line) in (1..=MAX_ATTRIBUTION_LINES).zip(lines) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('>') {
            return None;
        }
        whole.push_str(line);
        whole.push(' ');
        if whole.len() > MAX_ATTRIBUTION_CHARS {
            return None;
        }
        if line.ends_with(':') || line.ends_with('：') {
            return is_attribution(&whole).then_some(count);
        }
    }
    None
}

/// A name with an address or a time, and a word for "wrote"; or, as some programs have it, a time and an address alone.
fn is_attribution(text: &str) -> bool {
    let folded = text.to_lowercase();
    let has_address = folded.contains('@') || folded.contains('<');
    let has_time = folded.bytes().filter(u8::is_ascii_digit).count() >= 3;
    let wrote = LABELS.wrote.iter().any(|word| folded.contains(word.as_str()));
    (wrote && (has_address || has_time)) || (folded.contains('@') && folded.contains('<') && has_time)
}

fn is_head_line(line: &str) -> bool {
    head_label(line).is_some()
}

/// The label of a line of a quoted head, with or without the asterisks that bold letters became.
fn head_label(line: &str) -> Option<String> {
    let (label, value) = line.trim().trim_start_matches('*').split_once([':', '：'])?;
    let label = label.trim_end_matches('*').trim().to_lowercase();
    (!value.trim().is_empty() && LABELS.headers.contains(&label)).then_some(label)
}

/// How many lines the head of a quoted message has that begins here; a label that comes twice is no head.
fn head_at(lines: &[&str]) -> usize {
    let mut seen: Vec<String> = Vec::new();
    for line in lines {
        match head_label(line) {
            Some(label) if !seen.contains(&label) => seen.push(label),
            _ => break,
        }
    }
    seen.len()
}

/// Our marker is trusted only where words stand above it: who answers below it, or between the quotes, is not cut off.
fn cut_below_marker(labels: &mut [Label]) {
    let Some(marker) = labels.iter().position(|label| *label == Label::Marker) else { return };
    if labels[..marker].contains(&Label::Text) {
        labels[marker..].fill(Label::Quote);
    }
}

/// A message that follows without marks is cut to its end. Where nothing stands above it, it was passed on without a word.
fn cut_originals(labels: &mut [Label]) {
    if let Some(at) = labels.iter().position(|label| *label == Label::Original) {
        labels[at..].fill(Label::Quote);
    }
}

/// What follows "-- " up to the next quote.
fn cut_signatures(labels: &mut [Label]) {
    let mut at = 0;
    while let Some(found) = labels[at..].iter().position(|label| *label == Label::Signature) {
        at += found;
        while at < labels.len() && !matches!(labels[at], Label::Quote | Label::Attribution) {
            labels[at] = Label::Signature;
            at += 1;
        }
    }
}

/// Below "… wrote:" stands the quoted message. With quote marks it shows its own end; without, it has none.
fn cut_attributions(labels: &mut [Label]) {
    let mut at = 0;
    while let Some(found) = labels[at..].iter().position(|label| *label == Label::Attribution) {
        at += found;
        while labels.get(at) == Some(&Label::Attribution) {
            at += 1;
        }
        let next = labels[at..].iter().find(|label| **label != Label::Blank);
        if next.is_some_and(|next| *next != Label::Quote) {
            labels[at..].fill(Label::Quote);
        }
    }
}

#[cfg(test)]
mod tests;
