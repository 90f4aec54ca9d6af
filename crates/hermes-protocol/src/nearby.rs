//! How a gateway tells the networks of its host that it is there: a service of DNS-SD (RFC 6763). Its name is
//! that of the host, its port the gateway's; what else is said are these texts, and no secret, no person and no
//! version is among them.

/// The kind of service.
pub const SERVICE: &str = "_hermes._tcp.local.";

/// The form of the texts. Who does not know it leaves the service alone.
pub const FORM: &str = "1";

/// Names of the texts.
pub mod text {
    /// Their form.
    pub const FORM: &str = "v";
    /// Whether the gateway itself speaks TLS: [`YES`] or [`NO`].
    pub const HTTPS: &str = "https";
    /// The address that people type, where the gateway was told one. It is the one that counts then.
    pub const URL: &str = "url";
    /// It is so.
    pub const YES: &str = "1";
    /// It is not.
    pub const NO: &str = "0";
}
