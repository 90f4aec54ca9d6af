//! Sign-ins from end to end: the fake provider, real sockets, a moved clock, a person made of code.

mod browser;
mod device;
mod ladder;
mod loopback;
mod paste;
mod rig;
