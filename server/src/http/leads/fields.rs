//! What a form's body says, by the names of its fields, however it is encoded.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use futures_util::stream;
use serde_json::Value;

/// How a form was sent, which also decides how the answer looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Form,
    Multipart { boundary: String },
    Json,
}

impl Encoding {
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next()?.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Some(Self::Form),
            "multipart/form-data" => multer::parse_boundary(kind).ok().map(|boundary| Self::Multipart { boundary }),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Names and values, cleaned; a name that stands several times (boxes of one group) has all its values.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// # Errors
    ///
    /// What is wrong with the body.
    pub async fn decode(encoding: &Encoding, body: Vec<u8>) -> Result<Self, String> {
        match encoding {
            Encoding::Form => Ok(url::form_urlencoded::parse(&body).collect()),
            Encoding::Multipart { boundary } => parts(boundary, body).await,
            Encoding::Json => object(&body),
        }
    }

    /// The field's words, where there are any.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn add(&mut self, name: &str, value: &str) {
        let (name, value) = (crate::wire::clean(name), crate::wire::clean(value));
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return;
        }
        match self.0.get_mut(name) {
            Some(before) => {
                before.push_str(", ");
                before.push_str(value);
            }
            None => drop(self.0.insert(name.to_owned(), value.to_owned())),
        }
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut fields = Self::default();
        for (name, value) in pairs {
            fields.add(name.as_ref(), value.as_ref());
        }
        fields
    }
}

async fn parts(boundary: &str, body: Vec<u8>) -> Result<Fields, String> {
    let broken = |error: multer::Error| format!("the body is no multipart/form-data: {error}");
    let whole = stream::once(std::future::ready(Ok::<_, Infallible>(Bytes::from(body))));
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut fields = Fields::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            // Files are not taken; that there was one is worth knowing.
            Some(file) if !file.is_empty() => fields.add(&name, &format!("{file} (a file, not kept)")),
            Some(_) => {}
            None => fields.add(&name, &part.text().await.map_err(broken)?),
        }
    }
    Ok(fields)
}

fn object(body: &[u8]) -> Result<Fields, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    let Value::Object(object) = value else { return Err("the body is no JSON object".to_owned()) };
    Ok(object.into_iter().map(|(name, value)| (name, words(value))).collect())
}

/// A value as a form would have sent it.
fn words(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Array(values) => values.into_iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn decoded(kind: &str, body: &str) -> Result<Fields, String> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
        Fields::decode(&Encoding::of(&headers).unwrap(), body.as_bytes().to_vec()).await
    }

    #[tokio::test]
    async fn the_three_encodings_of_a_form_say_the_same() {
        let form =
            decoded("application/x-www-form-urlencoded; charset=UTF-8", "name=Ana+%C3%91&size=M&size=L&empty=").await;
        let json = decoded("application/json", r#"{"name":"Ana Ñ","size":["M","L"],"empty":null}"#).await;
        let multipart = "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAna Ñ\r\n\
            --x\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\nM\r\n\
            --x\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\nL\r\n--x--\r\n";
        let multipart = decoded("multipart/form-data; boundary=x", multipart).await;

        assert_eq!(form.as_ref().unwrap().get("size"), Some("M, L"));
        assert_eq!(form, json);
        assert_eq!(form, multipart);
    }

    #[tokio::test]
    async fn a_file_is_named_and_not_kept() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"vase.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\u{1}\u{2}\r\n--x--\r\n";

        let fields = decoded("multipart/form-data; boundary=x", body).await.unwrap();

        assert_eq!(fields.get("photo"), Some("vase.jpg (a file, not kept)"));
    }

    #[tokio::test]
    async fn what_is_none_of_them_is_named() {
        assert!(decoded("application/json", "[1]").await.unwrap_err().contains("no JSON object"));
        assert!(decoded("multipart/form-data; boundary=x", "name=Ana").await.is_err());
        assert_eq!(Encoding::of(&HeaderMap::from_iter([(header::CONTENT_TYPE, "text/plain".parse().unwrap())])), None);
    }
}
