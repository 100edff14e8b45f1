//! What still stands in the configuration as `sidedoor init` wrote it, and what to put there.

use sidedoor::config::Config;

/// The domain of every address in the starter configuration.
const STARTER_DOMAIN: &str = "your-shop.com";
const STARTER_NAME: &str = "Your shop";

/// One line for each value that is the starter's still: where it stands, and what to do.
pub(super) fn left_in(config: &Config) -> Vec<(String, String)> {
    let mut left = Vec::new();
    let mut add = |place: String, key: &str, value: &str, remedy: &str| {
        left.push((place, format!("\"{key}\" still says {value}, the starter's; {remedy}")));
    };
    if is_starters(&config.public_url) {
        add(
            "configuration".into(),
            "public_url",
            &config.public_url,
            "put the address there at which this server is reached",
        );
    }
    if is_starters(&config.smtp.from) {
        add("mail".into(), "smtp.from", &config.smtp.from, "put an address of your own domain there");
    }
    for site in &config.sites {
        let place = || format!("site {}", site.id);
        if site.name == STARTER_NAME {
            add(place(), "name", &site.name, "put your brand's name there: visitors read it");
        }
        for origin in site.origins.iter().filter(|origin| is_starters(origin)) {
            add(place(), "origins", origin, "name your own pages, or the chat is refused there");
        }
        for address in site.staff.iter().filter(|address| is_starters(address)) {
            add(place(), "staff", address, "put your own address there, or nobody reads what visitors want");
        }
        for link in site.channels.iter().filter(|link| is_starters(&link.value)) {
            add(place(), "channel", &link.value, "put your own there, or take it out: visitors are sent to it");
        }
    }
    left
}

/// Whether a value holds the starter's domain, or a subdomain of it, and not a longer name that begins or ends alike.
fn is_starters(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    value.match_indices(STARTER_DOMAIN).any(|(at, found)| {
        let before = value[..at].chars().next_back();
        let after = value[at + found.len()..].chars().next();
        let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !before.is_some_and(goes_on) && !after.is_some_and(|c| goes_on(c) || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::is_starters;

    #[test]
    fn the_starters_addresses_are_known_by_their_domain_alone() {
        for starters in
            ["you@your-shop.com", "Your shop <chat@your-shop.com>", "https://www.your-shop.com", "HELLO@YOUR-SHOP.COM"]
        {
            assert!(is_starters(starters), "{starters}");
        }
        for own in
            ["ana@not-your-shop.com", "ana@your-shop.com.example", "https://your-shop.community", "ana@shop.example"]
        {
            assert!(!is_starters(own), "{own}");
        }
    }
}
