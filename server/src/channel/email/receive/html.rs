//! The words of an HTML mail, line by line: tokens only, no scripts, no styles; quotes get the `>` that text mails have.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// What is read of a mail's HTML; Outlook writes a hundred kilobytes around a word.
const MAX_BYTES: usize = 1024 * 1024;
/// Quotes within quotes within quotes: more marks say nothing more.
const MAX_QUOTES: usize = 8;

/// The text that a reader would see, with `> ` before what is quoted, up to where a mail program says that the answered mail begins.
#[must_use]
pub fn text_of(html: &str) -> String {
    let html = &html[..html.floor_char_boundary(MAX_BYTES)];
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    // It stops early only for scripts to run, and none does here.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut reader = tokenizer.sink.0.into_inner();
    reader.end_line();
    reader.out
}

#[derive(Default)]
struct Reader(RefCell<Reading>);

#[derive(Default)]
struct Reading {
    out: String,
    line: String,
    /// Open elements that matter, innermost last.
    open: Vec<(String, Role)>,
    /// The answered mail has begun: nothing more is read.
    over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Plain,
    Quote,
    /// Not seen by a reader, or a signature.
    Hidden,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reading = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => reading.hear(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let raw = raw_text(&tag);
                reading.start(&tag);
                if let Some(kind) = raw {
                    return TokenSinkResult::RawData(kind);
                }
            }
            Token::TagToken(tag) => reading.end(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// Elements whose content is no HTML; a tree builder would tell the tokenizer so.
fn raw_text(tag: &Tag) -> Option<html5ever::tokenizer::states::RawKind> {
    use html5ever::tokenizer::states::RawKind;
    match &*tag.name {
        "script" => Some(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "title" | "textarea" => Some(RawKind::Rcdata),
        _ => None,
    }
}

impl Reading {
    fn hear(&mut self, text: &str) {
        if self.over || self.open.iter().any(|(_, role)| *role == Role::Hidden) {
            return;
        }
        for char in text.chars() {
            // White space between words is one space, as a browser shows it.
            if char.is_whitespace() {
                if !self.line.is_empty() && !self.line.ends_with(' ') {
                    self.line.push(' ');
                }
            } else {
                self.line.push(char);
            }
        }
    }

    fn start(&mut self, tag: &Tag) {
        if self.over {
            return;
        }
        let name = &*tag.name;
        if begins_answered_mail(tag) {
            self.end_line();
            self.over = true;
            return;
        }
        match name {
            "br" => self.break_line(),
            "hr" => self.end_line(),
            "li" => {
                self.end_line();
                self.line.push_str("- ");
            }
            _ if is_block(name) => self.end_line(),
            _ => {}
        }
        if !is_void(name) && !tag.self_closing {
            self.open.push((name.to_owned(), role(tag)));
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|(open, _)| open == name) {
            if is_block(name) {
                self.end_line();
            }
            self.open.truncate(at);
            if matches!(name, "p" | "blockquote" | "table") && !self.over && !self.out.ends_with("\n\n") {
                self.out.push('\n');
            }
        }
    }

    /// Ends a line that has begun.
    fn end_line(&mut self) {
        if !self.line.trim().is_empty() {
            self.break_line();
        }
    }

    /// Ends the line, or leaves a blank one; blank ones do not pile up.
    fn break_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim();
        if line.is_empty() && (self.out.is_empty() || self.out.ends_with("\n\n")) {
            return;
        }
        let quotes = self.open.iter().filter(|(_, role)| *role == Role::Quote).count().min(MAX_QUOTES);
        self.out.push_str(&"> ".repeat(quotes));
        self.out.push_str(line);
        self.out.push('\n');
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "table"
            | "tr"
            | "ul"
            | "ol"
            | "li"
            | "blockquote"
            | "pre"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "center"
            | "body"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}

fn is_void(name: &str) -> bool {
    matches!(name, "br" | "hr" | "img" | "meta" | "link" | "input" | "col" | "area" | "base" | "wbr" | "source")
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> &'t str {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map_or("", |attribute| &*attribute.value)
}

fn has_class(tag: &Tag, wanted: impl Fn(&str) -> bool) -> bool {
    attribute(tag, "class").split_whitespace().any(wanted)
}

fn role(tag: &Tag) -> Role {
    let id = attribute(tag, "id");
    let signature = |class: &str| {
        matches!(class, "gmail_signature" | "gmail_signature_prefix")
            || class.starts_with("moz-signature")
            || class.starts_with("protonmail_signature")
    };
    let hides = matches!(
        &*tag.name,
        "head" | "script" | "style" | "title" | "template" | "noscript" | "iframe" | "textarea" | "select"
    );
    let invisible = attribute(tag, "style").to_ascii_lowercase().replace(' ', "").contains("display:none");
    if hides || invisible || has_class(tag, signature) || matches!(id, "Signature" | "AppleMailSignature") {
        Role::Hidden
    } else if &*tag.name == "blockquote" || has_class(tag, |class| class.starts_with("protonmail_quote")) {
        Role::Quote
    } else {
        Role::Plain
    }
}

/// Where Outlook, Yahoo, Zimbra and others begin the answered mail without quoting it.
fn begins_answered_mail(tag: &Tag) -> bool {
    let style = attribute(tag, "style").to_ascii_lowercase().replace(' ', "");
    let outlook_rule = style.contains("border-top:solid#e1e1e11.0pt") || style.contains("border-top:solid#b5c4df1.0pt");
    let id = attribute(tag, "id");
    matches!(id, "divRplyFwdMsg" | "OLK_SRC_BODY_SECTION" | "appendonsend" | "mail-editor-reference-message-container")
        || outlook_rule
        || has_class(tag, |class| class == "yahoo_quoted")
        || attribute(tag, "name") == "messageReplySection"
        || (&*tag.name == "hr" && !attribute(tag, "data-marker").is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::email::receive::strip;

    fn reply(html: &str) -> String {
        strip(&text_of(html)).reply
    }

    #[test]
    fn gmail_and_apple_mail_quote_what_they_answer() {
        let gmail = r#"<div dir="ltr">Yes, <b>we</b> ship&nbsp;to Peru.<div>In ten days.</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 23 Nov 2026 at 10:02, Acme &lt;<a href="mailto:a@b.example">a@b.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote"><p>Do you ship to Peru?</p></blockquote></div>"#;
        let apple = r#"<html><body>Yes.<br><div id="AppleMailSignature">Sent from my iPhone</div><div><br>On 23 Nov 2026, at 10:02, Acme &lt;a@b.example&gt; wrote:<br><br></div><blockquote type="cite"><div>Do you ship?</div></blockquote></body></html>"#;

        assert_eq!(reply(gmail), "Yes, we ship to Peru.\nIn ten days.");
        assert_eq!(reply(apple), "Yes.");
    }

    #[test]
    fn outlook_says_only_where_the_answered_mail_begins() {
        let web = r#"<div>Yes, we do.</div><div id="Signature">Ana</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Acme</div><div>Do you ship?</div>"#;
        let desktop = r##"<p class=MsoNormal>Yes, we do.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p><b>From:</b> Acme</p></div><p>Do you ship?</p>"##;

        assert_eq!(reply(web), "Yes, we do.");
        assert_eq!(reply(desktop), "Yes, we do.");
    }

    #[test]
    fn an_answer_between_two_quotes_stays() {
        let html = "<blockquote>Do you ship?</blockquote><p>Yes.</p><blockquote>How much?</blockquote><p>12 USD.</p>";

        assert_eq!(reply(html), "Yes.\n\n12 USD.");
    }

    #[test]
    fn what_a_reader_does_not_see_is_not_read() {
        let html = "<head><title>No</title><style>p{}</style></head><script>alert('<p>no')</script><p style='display: none'>no</p><p>Yes &lt;3</p><!-- no -->";

        assert_eq!(text_of(html).trim(), "Yes <3");
    }

    #[test]
    fn lists_keep_their_items_apart() {
        assert_eq!(reply("Two:<ul><li>standard</li><li>express</li></ul>"), "Two:\n- standard\n- express");
    }

    proptest::proptest! {
        #[test]
        fn no_html_makes_the_reader_panic(html in "(<[a-z/!-]{0,8}( [a-z]{0,5}(=['\"]?[a-z:# ]{0,9}['\"]?)?)?>?|[a-z&;< >]{0,6}){0,30}") {
            proptest::prop_assert!(text_of(&html).lines().count() <= html.len() + 1);
        }
    }
}
