//! The shop's things, from the page's buttons to the mail: what is asked of them is answered with what is known.

use serde_json::json;
use sidedoor::config::Site;
use sidedoor::model::Author;

use crate::harness::{ORIGIN, TestServer, Visitor};

/// The demo shop, with the intents and the things that are built in.
async fn demo() -> TestServer {
    TestServer::start_with(|config| {
        config.intents = None;
        config.sites = vec![Site { id: "demo".to_owned(), ..config.sites[0].clone() }];
    })
    .await
}

async fn visitor(server: &TestServer, locale: &str) -> Visitor {
    let mut visitor = Visitor::connect(server.address, "demo", Some(ORIGIN)).await.unwrap();
    visitor.say_hello(json!({"locale": locale})).await;
    visitor
}

/// What the bot answers, all of it.
async fn asks(server: &TestServer, visitor: &mut Visitor, text: &str) -> String {
    let seq = visitor.says(text).await["seq"].as_i64().unwrap();
    let events = server.stored(visitor.conversation()).await;
    let told = events.into_iter().filter(|event| event.seq > seq && event.from == Author::Bot);
    told.map(|event| serde_json::to_string(&event.body).unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn each_question_about_the_demos_things_is_answered_with_a_fact() {
    let server = demo().await;
    let talks: [(&str, &[(&str, &str)]); 7] = [
        (
            "en",
            &[("Is the Cedar & Salt candle in stock?", "Cedar & Salt: in stock"), ("do you have it in large", "220 g")],
        ),
        ("en", &[("How long does the Fig Leaf candle burn?", "about 45 hours"), ("how much is it?", "€28")]),
        ("en", &[("Do you ship the Bitter Orange candle to Portugal?", "Portugal and all of the EU")]),
        ("en", &[("Can I return a candle if I don’t like the scent?", "within 30 days")]),
        ("en", &[("how much is the fig leaf candle", "€28"), ("and the bitter orange one?", "€24")]),
        ("en", &[("is the cedar & salt in stock?", "in stock"), ("figleaf?", "Fig Leaf: in stock")]),
        (
            "es",
            &[
                ("¿cuánto cuesta la vela Cedar & Salt?", "28 €"),
                ("y la de higo?", "Fig Leaf cuesta 28 €"),
                ("la tenéis en talla grande", "220 g"),
            ],
        ),
    ];

    let mut wrong = Vec::new();
    for (locale, turns) in talks {
        let mut visitor = visitor(&server, locale).await;
        for (question, fact) in turns {
            let answer = asks(&server, &mut visitor, question).await;
            if !answer.contains(fact) {
                wrong.push(format!("{question:?} is answered {answer:?}, without {fact:?}"));
            }
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    server.stop().await;
}

#[tokio::test]
async fn what_was_asked_about_stands_in_the_mail() {
    let server = demo().await;
    let mut visitor = visitor(&server, "en").await;

    visitor.says("how much is the fig leaf candle").await;
    visitor.says("I need 200 pieces of it, can a person call me? ana@acme.example").await;

    let mails = server.mails().await;
    assert!(mails.iter().any(|mail| mail.contains("Fig Leaf, 200 pieces")), "{mails:#?}");
    server.stop().await;
}
