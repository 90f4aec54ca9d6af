//! The gateway's wire: REST bodies, JSON-RPC frames and methods, close codes, routes, names.
//!
//! What clients of upstream 0.16 to 0.19 read has the shape that was measured there; what is ours
//! is added beside it. Nothing here does I/O or decides who may do what: the gateway converts its
//! own types into these by hand, so that a change of the domain is never a change of the wire by
//! accident.
//!
//! Where a shape was measured, its source is named: "facts 1.5" is that row of the project's notes on
//! upstream's wire (`facts/gateway-protocol.md`), "checklist RZ1" a row of its security checklist.
//!
//! The types are the source of `ui/src/protocol/`; `cargo xtask codegen` writes it, and a test
//! fails if it differs.

pub mod bridge;
pub mod close;
mod lenient;
pub mod limits;
pub mod methods;
pub mod nearby;
pub mod rest;
pub mod routes;
pub mod rpc;

#[cfg(test)]
mod typescript;
