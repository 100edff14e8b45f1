//! What the visitors say: short conversations as small brands have them, in English and Spanish, some with an address.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A visitor's side of a conversation.
pub struct Script {
    /// The visitor's locale.
    pub locale: &'static str,
    /// The page that they are on.
    pub page: &'static str,
    /// What they write, in order. `{n}` is a number that no other conversation of the run has.
    pub says: &'static [&'static str],
}

/// Taken by turns. Three in eight leave an address, so that leads are saved; none asks for a person, after which the bot
/// would rightly be silent.
pub const SCRIPTS: [Script; 8] = [
    Script {
        locale: "en-US",
        page: "https://shop.example/products/tote?utm_source=ig",
        says: &[
            "hi",
            "how long does delivery take",
            "and how much is the shipping to Portugal?",
            "do you ship to spain",
            "thanks!",
        ],
    },
    Script {
        locale: "en-GB",
        page: "https://shop.example/pricing",
        says: &[
            "hello there",
            "how much is the canvas bag",
            "do you have any discount codes?",
            "I'm Ana, you can write to me at ana{n}@mail.example",
            "what payment methods do you take",
            "great, thank you",
        ],
    },
    Script {
        locale: "en-US",
        page: "https://shop.example/wholesale?utm_source=ig&utm_campaign=spring",
        says: &[
            "do you sell wholesale",
            "I'm Ben, ben{n}@acme.example, our budget is about $5k",
            "how long does delivery take",
            "ok thanks",
        ],
    },
    Script {
        locale: "es-MX",
        page: "https://shop.example/es",
        says: &["hola", "cuánto tarda el envío", "hacen envíos a México?", "se puede pagar con tarjeta?", "gracias"],
    },
    Script {
        locale: "es",
        page: "https://shop.example/es/bolsos",
        says: &[
            "buenas",
            "qué precio tiene el bolso de lona",
            "mi correo es eva{n}@correo.example",
            "cuál es el horario",
            "muchas gracias",
        ],
    },
    Script {
        locale: "en-AU",
        page: "https://shop.example/returns",
        says: &[
            "can i return something i bought",
            "how do i exchange it for a bigger size",
            "do u have this in blue",
            "is it in stock",
            "thx",
        ],
    },
    Script {
        locale: "en",
        page: "https://shop.example/about",
        says: &[
            "is instagram down?",
            "where is your store",
            "what time do you open",
            "do you have gift cards",
            "cool thank you so much",
        ],
    },
    Script {
        locale: "en-US",
        page: "https://shop.example/",
        says: &[
            "hey",
            "is the grey one with the long strap that was in your story yesterday still there",
            "what about delivery times",
            "do you wrap gifts",
            "perfect, thanks",
        ],
    },
];

static CONVERSATIONS: AtomicUsize = AtomicUsize::new(0);

/// A number that no other conversation of the run has.
pub fn number() -> usize {
    CONVERSATIONS.fetch_add(1, Ordering::Relaxed)
}

/// What is said, with the number filled in.
pub fn line(template: &str, number: usize) -> String {
    template.replace("{n}", &number.to_string())
}
