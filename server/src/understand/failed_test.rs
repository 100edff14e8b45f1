//! A test of the intents that fails, in words for their owner.

use std::fmt;

use sidedoor_dialogue::TestCase;

/// A `[[test]]` that is understood as something else.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedTest {
    /// The test.
    pub test: TestCase,
    /// What it was understood as; `none` for out of scope.
    pub got: String,
    /// The best score.
    pub score: f32,
    /// The score from which a message is answered.
    pub threshold: f32,
}

impl fmt::Display for FailedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { test, got, score, threshold } = self;
        write!(
            f,
            "{}:{}: \"{}\" must be understood as {}, but is as {got} (score {score:.2}, answered from {threshold:.2}); \
             add an example like it to {}, or correct the test",
            test.file,
            test.line,
            test.say,
            test.intent,
            if test.intent == "none" { "no intent (take away what resembles it)" } else { &test.intent },
        )
    }
}
