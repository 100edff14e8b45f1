//! The world's numbering plans: whether digits are a number, and how it is written everywhere.

use phonenumber::metadata::{DATABASE, Metadata};
use phonenumber::{Mode, Type, country};

/// Where people leave out the trunk zero by habit: without it, digits are as likely a phone's as with it.
const ZERO_IS_OPTIONAL: [&str; 6] = ["IN", "BR", "AR", "PK", "NG", "CN"];

/// How national digits are to be read.
pub struct How<'a> {
    /// The site's region.
    pub region: Option<&'a str>,
    /// They are a phone's for sure: it was asked for, or a word says so.
    pub is_said: bool,
    /// Only a mobile's digits are unlike other numbers.
    pub mobile_only: bool,
}

/// Reads the metadata.
pub fn prepare() {
    international("34600111222");
}

/// Digits behind a plus: read by themselves. The library takes a default region's trunk prefix off them too, so it is told none.
pub fn international(digits: &str) -> Option<String> {
    let digits = digits.trim_start_matches('0');
    valid(None, &format!("+{digits}"))
        .or_else(|| {
            // Mexico gave up the 1 of its mobiles; its people still write it.
            let mexican = digits.strip_prefix("521").filter(|rest| rest.len() == 10)?;
            valid(None, &format!("+52{mexican}"))
        })
        .map(|(phone, _)| phone)
}

/// Digits without a plus: as the region dials them, else with `00` or the country's code before them.
pub fn national(digits: &str, how: &How<'_>) -> Option<String> {
    if let Some(foreign) = digits.strip_prefix("00") {
        return international(foreign);
    }
    let Some(plan) = how.region.and_then(|region| DATABASE.by_id(&region.to_ascii_uppercase()[..])) else {
        return how.is_said.then(|| abroad(digits)).flatten();
    };
    let region: Option<country::Id> = plan.id().parse().ok();
    let code = plan.country_code().to_string();
    let own = valid(region, digits)
        // "0911234567890": a zero before the country's code.
        .or_else(|| valid(None, &format!("+{}", digits.strip_prefix('0').filter(|rest| rest.starts_with(&code))?)))
        // The area code is the country's, or the library knows an old prefix no more.
        .or_else(|| valid(None, &format!("+{code}{}", without_old_prefix(plan, digits)?)));
    if let Some((phone, kind)) = own {
        let national = &phone[1 + code.len()..];
        let has_prefix = digits.len() > national.len();
        let needs_zero = plan.national_prefix() == Some("0") && !ZERO_IS_OPTIONAL.contains(&plan.id());
        let is_mobile = matches!(kind, Type::Mobile);
        let fits = (how.is_said || has_prefix || !needs_zero) && (!how.mobile_only || is_mobile);
        return fits.then_some(phone);
    }
    how.is_said.then(|| abroad(digits)).flatten()
}

/// A number from elsewhere whose plus was left out, long enough to be unlike a national one.
fn abroad(digits: &str) -> Option<String> {
    // North America's eleven digits are a national number with a slip as often.
    (digits.len() >= 11 && !digits.starts_with(['0', '1'])).then(|| international(digits)).flatten()
}

/// National digits that the library takes for something else.
fn without_old_prefix<'d>(plan: &Metadata, digits: &'d str) -> Option<&'d str> {
    match plan.id() {
        "MX" => {
            ["044", "045", "01"].into_iter().find_map(|old| digits.strip_prefix(old)).filter(|rest| rest.len() == 10)
        }
        _ => match plan.national_prefix().filter(|prefix| prefix.len() == 1) {
            Some(prefix) => Some(digits.strip_prefix(prefix).unwrap_or(digits)),
            None => Some(digits),
        },
    }
}

fn valid(region: Option<country::Id>, text: &str) -> Option<(String, Type)> {
    let number = phonenumber::parse(region, text).ok()?;
    phonenumber::is_valid(&number)
        .then(|| (number.format().mode(Mode::E164).to_string(), number.number_type(&DATABASE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regions whose trunk prefixes (1, 0) foreign numbers begin with as well.
    const SITES: [Option<&str>; 2] = [Some("US"), Some("BR")];

    fn examples() -> Vec<(String, u16, String)> {
        let mut examples = Vec::new();
        for plan in DATABASE.iter() {
            let kinds = [plan.descriptors().fixed_line(), plan.descriptors().mobile()];
            let known = kinds.into_iter().flatten().filter_map(|kind| kind.example());
            examples.extend(known.map(|example| (plan.id().to_owned(), plan.country_code(), example.to_owned())));
        }
        examples
    }

    #[test]
    fn every_example_of_the_worlds_plans_is_read_with_its_plus_whatever_the_site() {
        let examples = examples();
        assert!(examples.len() >= 489, "{}", examples.len());
        for (_, code, number) in examples {
            let text = format!("my number is +{code} {number}, thanks");
            for site in SITES {
                let found = super::super::find(&mut text.clone(), site, super::super::Asked::Nothing);
                assert_eq!(found, Some(format!("+{code}{number}")), "{site:?}");
            }
        }
    }

    #[test]
    fn every_example_is_read_as_its_own_region_writes_it() {
        for (region, code, number) in examples() {
            let how = How { region: Some(&region), is_said: true, mobile_only: false };
            assert_eq!(national(&number, &how), Some(format!("+{code}{number}")), "{region}");
        }
    }
}
