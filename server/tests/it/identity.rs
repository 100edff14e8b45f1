//! Who the brand's page says is here: hints that staff see, and the brand's server's word, which opens one conversation everywhere.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use sidedoor::clock::Clock;

use crate::harness::{TestServer, Visitor};
use crate::http::Caller;

const SECRET: &str = "identity-secret-for-site-acme-000";

/// What the brand's server signs for a person of its own.
fn token(person: &str, lives: i64) -> String {
    let now = Clock::system().now() / 1000;
    let claims = json!({"sub": person, "aud": "acme", "email": format!("{person}@acme.example"), "name": "Ada",
        "iat": now - 3_600, "exp": now - 3_600 + lives});
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let key: Hmac<Sha256> = Hmac::new_from_slice(SECRET.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.chain_update(&signed).finalize().into_bytes()))
}

async fn server() -> TestServer {
    TestServer::start_with(|config| config.sites[0].identity_secrets = vec![SECRET.to_owned()]).await
}

async fn signed_in(server: &TestServer, person: &str, more: Value) -> Visitor {
    let mut hello = json!({"identity": {"token": token(person, 7_200)}});
    hello.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.visitor_with(hello).await
}

#[tokio::test]
async fn a_person_has_one_conversation_on_every_device_and_transport() {
    let server = server().await;
    let mut phone = signed_in(&server, "ada", json!({})).await;
    let laptop = signed_in(&server, "ada", json!({})).await;
    phone.says("how long does shipping take").await;
    let tablet = signed_in(&server, "ada", json!({})).await;
    let caller = Caller::hello(server.address, json!({"identity": {"token": token("ada", 7_200)}})).await;
    let eve = signed_in(&server, "eve", json!({})).await;

    assert_eq!(phone.welcome["identity"], "verified");
    assert_eq!(laptop.conversation(), phone.conversation(), "before anything was said as well");
    assert_eq!(tablet.conversation(), phone.conversation());
    assert_eq!(tablet.welcome["events"][0]["text"], "how long does shipping take");
    assert_eq!(caller.welcome["conversation"], phone.welcome["conversation"]);
    assert_ne!(eve.conversation(), phone.conversation());
    server.stop().await;
}

#[tokio::test]
async fn who_signs_in_keeps_the_conversation_they_began_unless_it_is_anothers_or_they_have_one() {
    let server = server().await;
    let mut guest = server.visitor().await;
    guest.says("hi").await;

    let ada = signed_in(&server, "ada", json!({"visitor": guest.token(), "after": 2})).await;
    let eve = signed_in(&server, "eve", json!({"visitor": guest.token(), "after": 2})).await;
    let mut other = server.visitor().await;
    other.says("hi").await;
    let again = signed_in(&server, "ada", json!({"visitor": other.token(), "after": 2})).await;

    assert_eq!((ada.conversation(), ada.token()), (guest.conversation(), guest.token()));
    assert_ne!(eve.conversation(), guest.conversation(), "a shared computer");
    assert_eq!(again.conversation(), guest.conversation());
    assert_ne!(again.token(), other.token(), "so that the client forgets what it has shown");
    assert_eq!(again.welcome["events"][0]["seq"], 1);
    server.stop().await;
}

#[tokio::test]
async fn a_claimed_or_stale_identity_opens_nothing() {
    let server = server().await;
    let mut ada = signed_in(&server, "ada", json!({})).await;
    ada.says("hi").await;

    let claimed = server.visitor_with(json!({"identity": {"id": "ada", "email": "ada@acme.example"}})).await;
    let stale = server.visitor_with(json!({"identity": {"token": token("ada", 1_800)}})).await;
    let forged = server.visitor_with(json!({"identity": {"token": format!("{}x", token("ada", 7_200))}})).await;

    for (visitor, status) in [(&claimed, json!(null)), (&stale, json!("expired")), (&forged, json!("refused"))] {
        assert_ne!(visitor.conversation(), ada.conversation());
        assert_eq!(visitor.welcome["identity"], status);
        assert_eq!(visitor.welcome["events"], json!([]));
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_page_says_is_shown_to_staff_and_not_asked_again() {
    let server = server().await;
    let mut visitor = server
        .visitor_with(json!({"identity": {"id": "c-17", "name": "Ada", "email": "ada@acme.example"}, "attributes": {"plan": "pro"}}))
        .await;

    visitor.says("I want to talk to a person").await;
    visitor.settles().await;

    assert!(visitor.unasked().all(|event| event["kind"] != "form"), "the contact is known");
    let mails = server.mails().await.join("\n");
    for told in ["c-17", "Ada", "ada@acme.example", "plan: pro", "not verified"] {
        assert!(mails.contains(told), "{told}: {mails}");
    }
    server.stop().await;
}

#[tokio::test]
async fn staff_are_told_what_the_brands_own_server_vouches_for() {
    let server = server().await;
    let mut ada = signed_in(&server, "ada", json!({})).await;

    ada.says("I want to talk to a person").await;

    let mails = server.mails().await.join("\n");
    assert!(mails.contains("Signed in on your site; verified."), "{mails}");
    server.stop().await;
}
