//! One core for what is measured, the others for what measures it.

use anyhow::{Context, Result, ensure};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores of this machine, divided. This thread has those of the load.
pub(in crate::bench) struct Cores {
    server: CpuSet,
    load: CpuSet,
}

impl Cores {
    /// Gives the first core to the servers, and this thread the rest.
    pub(in crate::bench) fn divide() -> Result<Self> {
        let ours = sched_getaffinity(None).context("could not ask for the cores")?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| ours.is_set(*core));
        let (mut server, mut load) = (CpuSet::new(), CpuSet::new());
        if let Some(first) = cores.next() {
            server.set(first);
        }
        cores.for_each(|core| load.set(core));
        ensure!(
            load.count() > 0,
            "a server and its load need a core each, and there is one"
        );
        let cores = Self { server, load };
        enter(&cores.load)?;
        Ok(cores)
    }

    /// Starts something: a process stays on the core that it is started from.
    pub(in crate::bench) fn for_server<T>(&self, start: impl FnOnce() -> Result<T>) -> Result<T> {
        enter(&self.server)?;
        let started = start();
        enter(&self.load)?;
        started
    }
}

fn enter(cores: &CpuSet) -> Result<()> {
    sched_setaffinity(None, cores).context("could not choose a core")
}
