//! Whether a WebSocket's client is still there: when it is pinged, and when it is given up.

use tokio::time::Instant;

use crate::http::pace::Pace;

/// Whether the client is still there.
pub(super) struct Watch {
    pace: Pace,
    heard: Instant,
    pinged: Option<Instant>,
}

/// What is to be done next.
pub(super) enum Due {
    Nothing { until: Instant },
    Ping,
    End,
}

impl Watch {
    pub fn new(pace: Pace) -> Self {
        Self { pace, heard: Instant::now(), pinged: None }
    }

    pub fn heard(&mut self) {
        self.heard = Instant::now();
        self.pinged = None;
    }

    /// Gives the time by which the ping must be answered.
    pub fn pinged(&mut self) -> Instant {
        let now = Instant::now();
        self.pinged = Some(now);
        now + self.pace.pong
    }

    pub fn due(&self) -> Due {
        let now = Instant::now();
        match self.pinged {
            Some(at) if now >= at + self.pace.pong => Due::End,
            Some(at) => Due::Nothing { until: at + self.pace.pong },
            None if now >= self.heard + self.pace.ping => Due::Ping,
            None => Due::Nothing { until: self.heard + self.pace.ping },
        }
    }
}
