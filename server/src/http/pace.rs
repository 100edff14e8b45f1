//! How long a connection waits for what.

use std::time::Duration;

/// How long a connection waits for what.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// For the head of a request; also how long an idle connection is kept alive. A browser on a bad phone line needs a few
    /// seconds, a dribbling attacker would take for ever.
    pub head: Duration,
    /// For the body of a request, from its head to its end.
    pub body: Duration,
    /// For the hello.
    pub hello: Duration,
    /// For any sign of life, before a ping is sent. Shorter than what NAT boxes and proxies forget after.
    pub ping: Duration,
    /// For an answer to the ping.
    pub pong: Duration,
    /// For the client to read what it is sent.
    pub send: Duration,
    /// For a client without a WebSocket to read anything at all. A phone that changes networks may need a while.
    pub write: Duration,
    /// For the client's side of the closing.
    pub linger: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            head: seconds(10),
            body: seconds(15),
            hello: seconds(10),
            ping: seconds(25),
            pong: seconds(20),
            send: seconds(10),
            write: seconds(45),
            linger: seconds(2),
        }
    }
}
