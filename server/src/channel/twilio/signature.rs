//! Is a request Twilio's? HMAC over its address and its fields, by the account's token or by a shared key that the request names.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What a line's requests are signed with.
#[derive(Clone, Debug, Default)]
pub struct SigningKeys {
    /// The account's tokens: the one in use, and the one before or after it while they change.
    pub tokens: Vec<String>,
    /// Keys of Twilio's webhook settings, by name.
    pub shared: BTreeMap<String, String>,
    /// Refuse what no shared key signs, even if the account's token does.
    pub require_shared: bool,
}

/// A request as it arrived, and the address that Twilio was told to call.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `public_url` with the path and the raw query; never what `Host` says.
    pub url: &'a str,
    /// The fields of a form, in any order; empty for other requests.
    pub fields: &'a [(String, String)],
    /// The raw body of a request that is no form.
    pub body: Option<&'a [u8]>,
    /// `X-Twilio-Signature`.
    pub signature: Option<&'a str>,
    /// `X-Twilio-Webhooks-Signature-Settings`.
    pub settings: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Sha1,
    Sha256,
}

/// Whether the request is genuine. Compares in constant time; a weaker way is never taken because a header is missing.
#[must_use]
pub fn verify(keys: &SigningKeys, request: Signed<'_>) -> bool {
    let Some(signature) = request.signature.filter(|signature| !signature.is_empty()) else { return false };
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    if !body_is_as_named(request) {
        return false;
    }
    let (candidates, algorithm): (Vec<&str>, _) = match request.settings {
        Some(settings) => {
            let Some((key, algorithm)) = named_key(keys, settings) else { return false };
            (vec![key], algorithm)
        }
        None if keys.require_shared => return false,
        None => (keys.tokens.iter().map(String::as_str).collect(), Algorithm::Sha1),
    };
    let messages: Vec<String> = addresses(request.url).iter().map(|url| message(url, request.fields)).collect();
    // All of them are tried, so that the time says nothing.
    let mut genuine = false;
    for key in candidates.iter().filter(|key| !key.is_empty()) {
        for message in &messages {
            genuine |= signs(key, algorithm, message, &signature);
        }
    }
    genuine
}

/// `key=NAME,algorithm=HMAC_SHA256`: the key of that name, and how it signs.
fn named_key<'k>(keys: &'k SigningKeys, settings: &str) -> Option<(&'k str, Algorithm)> {
    let part = |name: &str| {
        settings.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')).map(str::trim)
    };
    let algorithm = match part("algorithm")? {
        "HMAC_SHA256" => Algorithm::Sha256,
        _ => return None,
    };
    Some((keys.shared.get(part("key")?)?, algorithm))
}

fn signs(key: &str, algorithm: Algorithm, message: &str, signature: &[u8]) -> bool {
    match algorithm {
        Algorithm::Sha1 => mac::<Hmac<Sha1>>(key, message).verify_slice(signature).is_ok(),
        Algorithm::Sha256 => mac::<Hmac<Sha256>>(key, message).verify_slice(signature).is_ok(),
    }
}

fn mac<M: Mac + KeyInit>(key: &str, message: &str) -> M {
    let mut mac = <M as KeyInit>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(message.as_bytes());
    mac
}

/// The address, then each field in byte order of its name: name and value; of a name that repeats, its distinct values in order.
fn message(url: &str, fields: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut message = url.to_owned();
    for (name, value) in sorted {
        message.push_str(name);
        message.push_str(value);
    }
    message
}

/// The address without a port and with the usual one: Twilio signs either.
fn addresses(url: &str) -> Vec<String> {
    let url = url.split('#').next().unwrap_or(url);
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(at);
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let bare = host.strip_suffix(usual).unwrap_or(host);
    let has_port = bare.rsplit(']').next().is_some_and(|host| host.contains(':'));
    let mut addresses = vec![format!("{scheme}://{bare}{path}")];
    if !has_port {
        addresses.push(format!("{scheme}://{bare}{usual}{path}"));
    }
    addresses
}

/// A body that is no form is named in the address by its hash.
fn body_is_as_named(request: Signed<'_>) -> bool {
    let Some(body) = request.body else { return true };
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let named = query.split('&').find_map(|pair| pair.strip_prefix("bodySHA256="));
    named.is_some_and(|named| named.eq_ignore_ascii_case(&data_encoding::HEXLOWER.encode(&Sha256::digest(body))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    const URL_A: &str = "https://chat.example.com/hooks/sms/line-1?tenant=acme";
    const BODY_A: &str = "ToCountry=US&ToState=CA&SmsMessageSid=SM00000000000000000000000000000001&NumMedia=0&ToCity=&FromZip=94105&SmsSid=SM00000000000000000000000000000001&FromState=CA&SmsStatus=received&FromCity=SAN+FRANCISCO&Body=Hola+%26+%C2%BFabren+hoy%3F+%F0%9F%91%8B+&FromCountry=US&To=%2B15005550006&ToZip=&NumSegments=1&MessageSid=SM00000000000000000000000000000001&AccountSid=AC00000000000000000000000000000001&From=%2B14155550123&ApiVersion=2010-04-01";

    fn fields(body: &str) -> Vec<(String, String)> {
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
    }

    fn with_token(token: &str) -> SigningKeys {
        SigningKeys { tokens: vec![token.to_owned()], ..SigningKeys::default() }
    }

    fn genuine(token: &str, url: &str, body: &str, signature: &str) -> bool {
        let fields = fields(body);
        let request = Signed { url, fields: &fields, body: None, signature: Some(signature), settings: None };
        verify(&with_token(token), request)
    }

    #[test]
    fn twilios_own_requests_are_taken() {
        let status = "AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01&ErrorCode=30007&From=%2B15005550006&MessageSid=SM00000000000000000000000000000002&MessageStatus=undelivered&SmsSid=SM00000000000000000000000000000002&SmsStatus=undelivered&To=%2B14155550123";
        let call = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
        let repeated = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
        let published = "https://mycompany.com/myapp.php?foo=1&bar=2";
        for (token, url, body, signature) in [
            (TOKEN, URL_A, BODY_A, "LN9TK6Xh0NffzyRafOQ6a3d+7lc="),
            (TOKEN, URL_A, BODY_A, "V/a3fH7kLdP27UT5vOA1wtmboZc="),
            (TOKEN, "https://chat.example.com/hooks/sms/status", status, "yyKyTMk7fqkpHMKOdJkyFlEL2ys="),
            (
                TOKEN,
                "https://chat.example.com/hooks/sms/line-1?From=%2B14155550123&Body=hi%20there",
                "",
                "LpuxjdPn/1n34GSnpmY5Bxn1Rm8=",
            ),
            ("12345", published, call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            ("12345", published, repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        ] {
            assert!(genuine(token, url, body, signature), "{url} {body}");
        }
    }

    #[test]
    fn what_was_changed_on_the_way_is_refused() {
        let signature = "LN9TK6Xh0NffzyRafOQ6a3d+7lc=";
        let trimmed = BODY_A.replace("%8B+&", "%8B&");
        let dropped = BODY_A.replace("&ToCity=", "").replace("&ToZip=", "");

        assert!(!genuine(TOKEN, URL_A, &trimmed, signature));
        assert!(!genuine(TOKEN, URL_A, &dropped, signature));
        for wrong in ["", "LN9TK6Xh0NffzyRafOQ6a3d+7l", "LN9TK6Xh0NffzyRafOQ6a3d+7lg=", "?"] {
            assert!(!genuine(TOKEN, URL_A, BODY_A, wrong), "{wrong:?}");
        }
        assert!(!genuine("", URL_A, BODY_A, signature));
        assert!(!verify(
            &SigningKeys::default(),
            Signed { url: URL_A, fields: &[], body: None, signature: None, settings: None }
        ));
    }

    #[test]
    fn a_json_body_is_held_to_the_hash_in_its_address() {
        let url = "https://chat.example.com/hooks/json?bodySHA256=27ebfe91a318dc07829eec267640f3751e9a3cdc12079c47803ad76b3404b82e";
        let signed = |body: &'static [u8]| Signed {
            url,
            fields: &[],
            body: Some(body),
            signature: Some("yh3Evo5llrtQxlkHYUP90N0Is3Q="),
            settings: None,
        };

        assert!(verify(&with_token(TOKEN), signed(br#"{"event":"x","n":1}"#)));
        assert!(!verify(&with_token(TOKEN), signed(br#"{"event":"x","n":2}"#)));
    }

    #[test]
    fn a_shared_key_signs_only_as_it_is_named() {
        let mut keys = with_token(TOKEN);
        keys.shared.insert("site".to_owned(), "SharedKeySecret-0123456789abcdef".to_owned());
        let fields = fields(BODY_A);
        let by = |keys: &SigningKeys, signature, settings| {
            verify(keys, Signed { url: URL_A, fields: &fields, body: None, signature: Some(signature), settings })
        };
        let shared = "Y2xjRLSA7GH7qfuX4wOaAmTyj5Ju7hxF05K4nc/EaY4=";
        let named = Some("key=site,algorithm=HMAC_SHA256");

        assert!(by(&keys, shared, named));
        assert!(
            !by(&keys, "uEzgDLcvi07BOIj2yZFNUawNtEhJFK0mQdRZyb8z2X0=", named),
            "the token in place of the shared key"
        );
        assert!(!by(&keys, "3yMtiOGM0r8M0xBC9vYjNHFaxuk=", named), "a weaker hash");
        assert!(!by(&keys, shared, None), "the shared key, unnamed");
        assert!(!by(&keys, shared, Some("key=other,algorithm=HMAC_SHA256")));
        assert!(!by(&keys, shared, Some("key=site,algorithm=HMAC_MD5")));
        keys.require_shared = true;
        assert!(!by(&keys, "LN9TK6Xh0NffzyRafOQ6a3d+7lc=", None), "the token's way is closed");
    }
}
