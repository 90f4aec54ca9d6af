use rustix::process::{Resource, Rlimit, setrlimit};

/// Has this process leave no core dump from now on: it would hold every secret that the memory holds.
pub fn leave_no_core() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A limit may always be lowered; where a sandbox forbids even that, it is no reason not to serve.
    let _ = setrlimit(Resource::Core, none);
}
