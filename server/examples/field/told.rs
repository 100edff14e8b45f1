//! Judges `conversations.jsonl` as far as the dialogue decides: numbers, companies, languages, questions beside an address.

use std::path::Path;

use serde::Deserialize;
use sidedoor_dialogue::Action;

use crate::data::{self, Tally, Verdict};
use crate::shop::{self, Shop, Visit};

#[derive(Deserialize)]
struct Row {
    kind: String,
    context: String,
    input: String,
    expected: String,
}

pub fn judge_all(folder: &Path, kinds: &[String], shop: &Shop) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for row in data::rows::<Row>(folder, "conversations.jsonl")? {
        if !crate::TOLD.contains(&row.kind.as_str()) || (!kinds.is_empty() && !kinds.contains(&row.kind)) {
            continue;
        }
        let (verdict, got) = match row.kind.as_str() {
            "phone-intl" => phone(shop, &row)?,
            "company" => company(shop, &row)?,
            "language" => language(shop, &row)?,
            _ => question(shop, &row)?,
        };
        tally.add(&row.kind, verdict, || format!("{}: {:?}: {got}, not {}", row.context, row.input, row.expected));
    }
    Ok(tally)
}

fn phone(shop: &Shop, row: &Row) -> Result<(Verdict, String), String> {
    let region = row.context.split("region ").nth(1).and_then(|rest| rest.get(..2)).map(str::to_owned);
    let mut visit = shop.visited("en", region);
    visit.says(&row.input)?;
    Ok(compared(visit.state.details.phone.clone(), &row.expected))
}

fn company(shop: &Shop, row: &Row) -> Result<(Verdict, String), String> {
    let mut visit = shop.visited("en-US", Some("US".into()));
    ask_for(&mut visit, "company")?;
    visit.says(&row.input)?;
    Ok(compared(visit.state.details.company.clone(), &row.expected))
}

fn compared(got: Option<String>, expected: &str) -> (Verdict, String) {
    match got {
        Some(got) if got == expected => (Verdict::Right, got),
        Some(got) => (Verdict::Wrong, got),
        None => (Verdict::Missed, "none".into()),
    }
}

fn language(shop: &Shop, row: &Row) -> Result<(Verdict, String), String> {
    let is_spanish = row.context.contains("es site") || row.context.contains("site es");
    let locale = if is_spanish { "es" } else { "en-US" };
    let mut visit = shop.visited(locale, data::region_of(locale));
    if row.context.contains("company asked") {
        ask_for(&mut visit, "company")?;
    }
    let turn = visit.says(&row.input)?;
    let intent = shop::intent(&turn).unwrap_or("none");
    let right = visit.language() == if is_spanish { "es" } else { "en" };
    let got = format!("{intent} in {}: {:?}", visit.language(), shop::spoken(&turn));
    Ok((if right { Verdict::Right } else { Verdict::Language }, got))
}

fn question(shop: &Shop, row: &Row) -> Result<(Verdict, String), String> {
    let mut visit = shop.visited("en", Some("US".into()));
    let turn = visit.says(&row.input)?;
    let right = shop::intent(&turn).is_some() || shop::is_passed_on(&turn);
    Ok((if right { Verdict::Right } else { Verdict::Missed }, shop::spoken(&turn)))
}

/// Opens the wholesale form and answers until `slot` is asked for.
fn ask_for(visit: &mut Visit<'_>, slot: &str) -> Result<(), String> {
    let mut turn = visit.chooses("wholesale.quote")?;
    for _ in 0..6 {
        let asked = turn.actions.iter().find_map(|action| match action {
            Action::Ask { form, .. } => form.fields.first().map(|field| field.name.clone()),
            _ => None,
        });
        let answer = match asked.as_deref() {
            Some(asked) if asked == slot => return Ok(()),
            Some("email") => "ana@acme.example",
            Some("phone") => "+34 600 111 222",
            Some("name") => "Ana",
            Some("budget") => "500",
            other => return Err(format!("wholesale.quote asks for {other:?} before {slot}")),
        };
        turn = visit.says(answer)?;
    }
    Err(format!("wholesale.quote never asks for {slot}"))
}
