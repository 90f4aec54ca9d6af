//! The methods of the socket: one table, and the types that it names (facts 3.6, checklist RZ1).
//!
//! A method is in the table or it does not exist: [`Call`] has a variant for each, which a dispatcher
//! has to match in full, and a request becomes a `Call` by [`Call::read`] alone, which has looked at
//! the role and the size first. What a method answers is tied to its parameters by [`Declared`].
//!
//! What is the host's alone is no `Call` but a [`HostCall`], which the control socket reads: a WebSocket
//! cannot be made to carry one out, whoever is at its other end.
//!
//! A dispatcher that forgets a method does not compile:
//!
//! ```compile_fail,E0004
//! use hermes_protocol::methods::Call;
//!
//! fn dispatch(call: Call) {
//!     match call {
//!         Call::SetupStatus(_) => {}
//!     }
//! }
//! ```

mod config;
mod host;
mod setup;
mod table;

pub use config::{ConfigGetAnswer, ConfigGetParams, ConfigKey, PublicConfig};
pub use host::{
    EndSessionParams, GatewayMode, HostCertificate, HostSession, HostSessions, HostSessionsParams,
    HostStatus, HostStatusParams, NotReady, ReloadParams, Reloaded, SessionEnded,
};
pub use setup::{SetupStatusAnswer, SetupStatusParams};
pub use table::{Access, Call, Cost, Declared, HostCall, Method, Object, Role, Spec};

#[cfg(test)]
pub(crate) use table::typescript;
