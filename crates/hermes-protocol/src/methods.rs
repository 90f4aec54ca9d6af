//! The methods of the socket: one table, and the types that it names (facts 3.6, checklist RZ1).
//!
//! A method is in the table or it does not exist: [`Call`] has a variant for each, which a dispatcher
//! has to match in full, and a request becomes a `Call` by [`Call::read`] alone, which has looked at
//! the role and the size first. What a method answers is tied to its parameters by [`Declared`].
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
mod setup;
mod table;

pub use config::{ConfigGetAnswer, ConfigGetParams, ConfigKey, PublicConfig};
pub use setup::{SetupStatusAnswer, SetupStatusParams};
pub use table::{Call, Cost, Declared, Method, Object, Role, Spec};

#[cfg(test)]
pub(crate) use table::typescript;
