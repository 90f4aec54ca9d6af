use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::oneshot;

/// Completes when whoever reads standard error has gone: the ssh connection that this runs in was
/// lost, or the terminal closed. Where standard error goes to a file, that never happens.
///
/// Without a terminal nobody sends a hang-up signal, and a sign-in that nobody can finish any more
/// would listen until its time is over.
pub(crate) async fn reader_gone() {
    let (sender, receiver) = oneshot::channel();
    // A thread, because the wait cannot be registered for files; it ends with the process.
    std::thread::spawn(move || {
        let stderr = std::io::stderr();
        let mut watched = [PollFd::new(&stderr, PollFlags::empty())];
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        loop {
            match poll(&mut watched, None) {
                Ok(_) if watched.iter().any(|one| one.revents().intersects(gone)) => break,
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
        // Nobody waits any more if the sign-in has ended meanwhile.
        let _ = sender.send(());
    });
    if receiver.await.is_err() {
        std::future::pending::<()>().await;
    }
}
