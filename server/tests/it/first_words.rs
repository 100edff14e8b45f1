//! What a visitor is offered to begin with, and the language in which the talk goes on.

use serde_json::{Value, json};
use sidedoor::config::WordLists;

use crate::harness::{ORIGIN, TestServer};
use crate::http;

/// The shop's greeting has buttons in two languages; the shop's own list goes before them.
async fn shop_with(suggestions: Option<&[&str]>) -> TestServer {
    let own = suggestions.map(|list| WordLists::One(list.iter().map(|words| (*words).to_owned()).collect()));
    TestServer::start_with(|config| {
        let folder = config.intents.clone().unwrap();
        std::fs::write(
            folder.join("greeting.toml"),
            "[[intent]]\nname = \"greeting\"\nexamples = [\"hello there\", \"good morning\"]\nreply = [\"Hello!\"]\n\
             choices = [{ label = \"Track my order\", intent = \"order.track\" }]\n\
             [intent.es]\nexamples = [\"hola\", \"buenos días\"]\nreply = [\"¡Hola!\"]\n\
             choices = [{ label = \"Seguir mi pedido\", intent = \"order.track\" }]\n",
        )
        .unwrap();
        config.sites[0].suggestions = own;
    })
    .await
}

#[tokio::test]
async fn the_welcome_suggests_what_the_greeting_offers_in_the_visitors_language() {
    let server = shop_with(None).await;

    let english = server.visitor().await;
    let spanish = server.visitor_with(json!({"locale": "es-MX"})).await;

    assert_eq!(english.welcome["site"]["suggestions"], json!([{"label": "Track my order", "value": "order.track"}]));
    assert_eq!(spanish.welcome["site"]["suggestions"], json!([{"label": "Seguir mi pedido", "value": "order.track"}]));
    server.stop().await;
}

#[tokio::test]
async fn a_sites_own_suggestions_are_intents_or_words_and_none_is_a_name_that_means_nothing() {
    let server = shop_with(Some(&["shipping.time", "Do you make them to order?", "order.trakc"])).await;

    let visitor = server.visitor().await;

    assert_eq!(
        visitor.welcome["site"]["suggestions"],
        json!([
            {"label": "How long does shipping take", "value": "shipping.time"},
            {"label": "Do you make them to order?", "text": "Do you make them to order?"},
        ])
    );
    server.stop().await;
}

#[tokio::test]
async fn a_site_that_wants_none_suggests_nothing() {
    let server = shop_with(Some(&[])).await;

    let visitor = server.visitor().await;

    assert_eq!(visitor.welcome["site"]["suggestions"], Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn a_suggestion_is_chosen_at_seq_0_and_anything_else_there_is_refused() {
    let server = shop_with(None).await;
    let mut visitor = server.visitor().await;

    let refused = visitor.tries(json!({"type": "choose", "seq": 0, "option": "wholesale.quote"})).await;
    let ack = visitor.posts(json!({"type": "choose", "seq": 0, "option": "order.track"})).await;
    let (said, answer) = (visitor.hears().await, visitor.hears().await);

    assert_eq!((&refused["code"], &ack["seq"]), (&json!("unknown_event"), &json!(1)));
    assert_eq!(
        (&said["text"], &said["option"], &said["answers"]),
        (&json!("Track my order"), &json!("order.track"), &Value::Null)
    );
    assert_eq!(answer["text"], "Your parcel's page shows where it is.");
    server.stop().await;
}

#[tokio::test]
async fn the_bots_events_say_the_language_of_the_talk_live_and_when_read_again() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor_with(json!({"locale": "en"})).await;

    visitor.says("cuánto tarda el envío").await;
    let (said, answer) = (visitor.hears().await, visitor.hears().await);
    let again = server.again(visitor.token(), 0).await;

    assert_eq!((&said["locale"], &answer["locale"]), (&Value::Null, &json!("es")));
    assert_eq!(again.welcome["events"][1]["locale"], "es");
    server.stop().await;
}

#[tokio::test]
async fn a_page_can_read_that_its_origin_is_not_allowed() {
    let server = TestServer::start().await;
    let asked = async |site: &str, origin: &str| {
        let path = format!("/v1/allowed?site={site}");
        let answer = http::call(server.address, "GET", &path, &[("origin", origin)], "").await;
        (answer.status.as_u16(), answer.headers["access-control-allow-origin"].to_str().unwrap().to_owned())
    };

    assert_eq!(asked("acme", ORIGIN).await, (204, "*".to_owned()));
    assert_eq!(asked("acme", "https://elsewhere.example").await, (403, "*".to_owned()));
    assert_eq!(asked("nobody", ORIGIN).await, (404, "*".to_owned()));
    server.stop().await;
}
