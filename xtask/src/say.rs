//! Lines for the person who runs the task, in one stream with the output of what it starts.

/// Writes a line to stdout. A closed stdout (`| head`) is no reason to stop working.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _closed = writeln!(std::io::stdout().lock(), $($text)*);
    }};
}

pub(crate) use say;
