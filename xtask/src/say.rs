//! Lines for the person who runs the task.

/// Writes a line to stdout. A closed stdout (`| head`) is no reason to stop working.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _closed = writeln!(std::io::stdout().lock(), $($text)*);
    }};
}

/// Writes a line about what went wrong, to stderr.
macro_rules! complain {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _closed = writeln!(std::io::stderr().lock(), $($text)*);
    }};
}

pub(crate) use {complain, say};
