//! How far a long step has come: one line that is rewritten on a terminal, a line every tenth elsewhere.

use std::io::{self, IsTerminal, Write};

pub struct Progress {
    step: &'static str,
    what: &'static str,
    total: usize,
    tenth: usize,
}

impl Progress {
    pub fn new(step: &'static str, what: &'static str, total: usize) -> Self {
        Self { step, what, total, tenth: 0 }
    }

    pub fn reached(&mut self, done: usize) {
        let mut out = io::stdout();
        let tenth = done * 10 / self.total.max(1);
        if out.is_terminal() {
            let end = if done == self.total { "\n" } else { "" };
            print!("\r{} {}: {done} of {}{end}", self.what, self.step, self.total);
            let _ = out.flush();
        } else if tenth > self.tenth {
            println!("{} {}: {done} of {}", self.what, self.step, self.total);
        }
        self.tenth = tenth;
    }
}
