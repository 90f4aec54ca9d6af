//! The gateway as a whole, over a real database and a moved clock: by its router, without sockets,
//! and by real ones where bytes on a wire are the point.

mod gate;
mod rig;
mod sessions;
mod sockets;
