//! Whose pages may talk to a site: an exact match of scheme, host and port.

use http::HeaderValue;

use crate::config::Site;

/// Whether a request with this `Origin` header may reach `site`.
///
/// Exact and case-sensitive: browsers write origins in lower case and punycode, so anything else is not a browser's.
/// An absent header is a native program's; `null` is a sandboxed page's and belongs to nobody.
#[must_use]
pub fn allows(site: &Site, origin: Option<&HeaderValue>) -> bool {
    match origin {
        None => site.allow_no_origin,
        Some(origin) => site.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(allow_no_origin: bool) -> Site {
        toml::from_str(&format!(
            "id = \"acme\"\nname = \"Acme\"\nallow_no_origin = {allow_no_origin}\norigins = [\"https://brand.com\", \"https://xn--bcher-kva.example\"]"
        ))
        .unwrap()
    }

    #[test]
    fn only_the_exact_origin_is_allowed() {
        let site = site(false);
        let allowed = |origin: &str| allows(&site, Some(&HeaderValue::from_str(origin).unwrap()));

        assert!(allowed("https://brand.com"));
        assert!(allowed("https://xn--bcher-kva.example"));
        for other in [
            "null",
            "",
            "http://brand.com",
            "https://brand.com:8443",
            "https://brand.com.",
            "https://brand.com/",
            "https://BRAND.com",
            "https://brand.com.evil.com",
            "https://evilbrand.com",
            "https://brand.com, https://evil.com",
        ] {
            assert!(!allowed(other), "{other}");
        }
        assert!(!allows(&site, Some(&HeaderValue::from_bytes("https://bücher.example".as_bytes()).unwrap())));
    }

    #[test]
    fn an_absent_origin_is_allowed_only_where_the_site_says_so() {
        assert!(!allows(&site(false), None));
        assert!(allows(&site(true), None));
    }
}
