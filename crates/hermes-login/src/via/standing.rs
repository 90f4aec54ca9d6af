/// What the laptop knows of the credential at the moment at which it loses sight of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing that finishes a sign-in has reached the host, or it has said that it failed: there
    /// is nothing that it could have saved.
    NotSaved,
    /// It has an answer, or polls for one, and a host finishes what it has begun.
    Unknown,
    /// It has said that it saved it.
    Saved,
}
