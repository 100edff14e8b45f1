//! `POST /v1/leads`: a form of the shop's own page, sent as browsers and programs send it.

use serde_json::json;
use sidedoor::clock::Clock;
use sidedoor::config::Config;
use sidedoor::model::Lead;
use sidedoor::store;

use crate::harness::{ORIGIN, TestServer};
use crate::http::{Answer, call};

const FORM: &str = "application/x-www-form-urlencoded";

/// A shop that hears of every form at once, not of several in one mail.
async fn prompt(change: impl FnOnce(&mut Config)) -> TestServer {
    TestServer::start_with(|config| {
        config.sites[0].high_value = 0;
        change(config);
    })
    .await
}

async fn post(server: &TestServer, kind: &str, more: &[(&str, &str)], body: &str) -> Answer {
    let mut headers = vec![("origin", ORIGIN), ("content-type", kind)];
    headers.extend_from_slice(more);
    call(server.address, "POST", "/v1/leads?site=acme", &headers, body).await
}

/// The leads that are stored, kept aside or not.
async fn leads(server: &TestServer, held: bool) -> Vec<Lead> {
    store::leads::export(&server.shared.store, Some("acme"), None, held, None, 100).await.unwrap()
}

#[tokio::test]
async fn a_forms_words_become_a_lead_and_a_mail_and_the_browser_goes_back() {
    let server = prompt(|_| {}).await;
    let body = "email=ana%40acme.example&name=Ana&phone=%2B12025550123&company=Acme&order=A-17&size=L\
        &message=300+candles&consent=on&consent_wording=You+may+write+back.&page=%2Fcandles%3Futm_source%3Dig&website=";

    let answer = post(&server, FORM, &[("referer", "https://shop.example/")], body).await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.headers["location"], "https://shop.example/candles?utm_source=ig#sidedoor-thanks");
    let [lead] = leads(&server, false).await.try_into().unwrap();
    assert_eq!(lead.page.url, "https://shop.example/candles?utm_source=ig");
    assert_eq!((lead.phone.as_deref(), lead.company.as_deref()), (Some("+12025550123"), Some("Acme")));
    assert_eq!((lead.fields["order"].as_str(), lead.fields["size"].as_str()), ("A-17", "L"));
    assert_eq!(lead.utm["source"], "ig");
    assert_eq!(lead.consent.unwrap().wording, "You may write back.");
    assert_eq!(lead.id.uuid().get_version_num(), 7);
    server.stop().await;
}

#[tokio::test]
async fn json_and_multipart_are_taken_as_well() {
    let server = prompt(|_| {}).await;
    let json = json!({"email": "ana@acme.example", "consent": true, "size": ["M", "L"]}).to_string();
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n+12025550123\r\n\
        --x\r\nContent-Disposition: form-data; name=\"consent\"\r\n\r\nchecked\r\n--x--\r\n";

    let of_json = post(&server, "application/json", &[], &json).await;
    let of_multipart = post(&server, "multipart/form-data; boundary=x", &[], multipart).await;

    assert_eq!((of_json.status.as_u16(), of_json.json()), (200, json!({"ok": true})));
    assert_eq!(of_multipart.status, 200);
    assert!(of_multipart.body.contains("Thank you"), "no page is known to go back to");
    assert_eq!(leads(&server, false).await.len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn the_same_form_is_one_lead_and_a_different_one_replaces_nothing() {
    let server = prompt(|_| {}).await;
    let ana = "email=ana%40acme.example&name=Ana&consent=on&consent_wording=You+may+write+back.";
    let eve = "email=ana%40acme.example&name=Eve&consent=on&consent_wording=Sell+me+everything.";

    for body in [ana, ana, eve] {
        post(&server, FORM, &[], body).await;
    }

    let told: Vec<_> = leads(&server, false)
        .await
        .into_iter()
        .map(|lead| (lead.name.unwrap(), lead.consent.unwrap().wording))
        .collect();
    assert_eq!(
        told,
        [("Ana".to_owned(), "You may write back.".to_owned()), ("Eve".to_owned(), "Sell me everything.".to_owned())]
    );
    server.stop().await;
}

#[tokio::test]
async fn a_filled_trap_looks_like_success_and_is_kept_aside() {
    let server = prompt(|_| {}).await;

    let answer =
        post(&server, FORM, &[], "email=bot%40spam.example&consent=on&website=https%3A%2F%2Fspam.example&page=%2F")
            .await;

    assert_eq!(answer.status, 303);
    assert!(leads(&server, false).await.is_empty());
    assert_eq!(leads(&server, true).await[0].email.as_deref(), Some("bot@spam.example"));
    assert_eq!(server.shared.metrics.leads_held.get(), 1);
    assert!(server.mails().await.is_empty(), "nobody is written to");
    assert_eq!(store::leads::expire_held(&server.shared.store, i64::MAX).await.unwrap(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_sites_own_language_answers_the_person_who_filled_in_the_form() {
    let server = prompt(|config| config.sites[0].locale = "es-MX".to_owned()).await;

    let taken = post(&server, FORM, &[], "email=ana%40acme.example&consent=on").await;
    let refused = post(&server, FORM, &[], "email=ana&consent=on").await;

    assert!(taken.body.contains("<html lang=\"es\">") && taken.body.contains("<h1>Gracias</h1>"), "{}", taken.body);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("no es una dirección de correo electrónico"), "{}", refused.body);
    server.stop().await;
}

#[tokio::test]
async fn a_lead_counts_once_also_where_nobody_is_written_to() {
    let server = prompt(|config| config.sites[0].staff.clear()).await;

    for name in ["Ana", "Ana", "Eve"] {
        post(&server, FORM, &[], &format!("email=ana%40acme.example&name={name}&consent=on")).await;
    }
    post(&server, FORM, &[], "email=bot%40spam.example&consent=on&website=x").await;

    assert_eq!(server.shared.metrics.leads.get(), 2);
    server.stop().await;
}

#[tokio::test]
async fn posted_forms_come_to_staff_in_one_mail_at_the_end_of_their_ten_minutes() {
    let clock = Clock::manual(1_795_425_000_000);
    let server = TestServer::start_at(clock.clone()).await;
    for message in ["300 candles", "gift boxes"] {
        let body = format!("email=ana%40acme.example&message={}&consent=on", message.replace(' ', "+"));
        assert_eq!(post(&server, FORM, &[], &body).await.status, 200);
    }
    let waiting = store::outbox::pending_count(&server.shared.store).await.unwrap();

    clock.advance(600_000);
    // Whatever is to be sent at once makes the outbox look at what is due.
    server.visitor().await.says("I want to talk to a person, I am bea@acme.example").await;
    let mails = server.mails().await;

    assert_eq!(waiting, 2, "neither is sent before its time");
    let forms: Vec<&String> = mails.iter().filter(|mail| mail.contains("300 candles")).collect();
    assert_eq!(forms.len(), 1, "{mails:?}");
    assert!(forms[0].contains("gift boxes") && forms[0].contains("ana@acme.example"), "{}", forms[0]);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_told_by_field_in_the_forms_own_manner() {
    let server = prompt(|_| {}).await;

    let of_json = post(&server, "application/json", &[], r#"{"email":"ana","consent":false}"#).await;
    let of_form = post(&server, FORM, &[], "email=ana%3Cb%3E&consent=on").await;
    let of_other = post(&server, "text/plain", &[], "hi").await;
    let headers = [("origin", "https://evil.example"), ("content-type", FORM)];
    let body = "email=ana%40acme.example&consent=on";
    let foreign = call(server.address, "POST", "/v1/leads?site=acme", &headers, body).await;

    assert_eq!((of_json.status.as_u16(), &of_json.json()["code"]), (422, &json!("invalid_field")));
    assert!(of_json.json()["fields"]["email"].is_string() && of_json.json()["fields"]["consent"].is_string());
    assert_eq!(of_form.status, 422);
    assert!(
        of_form.body.contains("is not an email address") && of_form.headers.contains_key("content-security-policy")
    );
    assert_eq!(of_other.status, 415);
    assert_eq!(foreign.status, 403);
    assert_eq!(call(server.address, "POST", "/v1/leads?site=nobody", &[], "").await.status, 404);
    assert!(leads(&server, false).await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn an_address_that_sends_too_many_forms_is_told_when_to_come_back() {
    let server = prompt(|config| config.limits.leads_per_hour = 1).await;
    let body = r#"{"email":"ana@acme.example","consent":true}"#;

    post(&server, "application/json", &[], body).await;
    let refused = post(&server, "application/json", &[], body).await;

    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (429, &json!("rate_limited")));
    assert!(refused.headers.contains_key("retry-after"));
    server.stop().await;
}
