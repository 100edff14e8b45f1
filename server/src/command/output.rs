//! What a command prints, also where nobody reads to the end.

use std::fmt::Arguments;
use std::io::{self, Write as _};

/// Prints a line on standard output, as `println!` does; see [`line`].
macro_rules! say {
    ($($words:tt)*) => {
        crate::command::output::line(format_args!($($words)*))
    };
}
pub(super) use say;

/// Prints a line. `| head` has read enough and is no fault: what the command does besides it still does. Anything else that
/// keeps the words from where they go ends the program, since whoever waits for them would take half for the whole.
pub(super) fn line(words: Arguments<'_>) {
    match writeln!(io::stdout(), "{words}") {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => {
            // Where this cannot be told either, the exit code still does.
            drop(writeln!(
                io::stderr(),
                "sidedoor: standard output cannot be written ({error}); see where it is led to"
            ));
            std::process::exit(1);
        }
    }
}
