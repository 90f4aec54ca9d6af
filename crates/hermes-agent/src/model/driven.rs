//! Streams that are written as a function which hands out one thing after the other.

use futures_util::{
    FutureExt as _, StreamExt as _, future,
    stream::{self, BoxStream},
};
use tokio::sync::mpsc;

/// Where the function puts what it hands out.
pub(super) struct Out<T>(mpsc::Sender<T>);

impl<T> Out<T> {
    /// Hands it out, and goes on once there is room for it.
    pub(super) async fn give(&self, item: T) {
        // The other end is gone only when the work is, for both are one stream.
        let _ = self.0.send(item).await;
    }
}

/// The stream of what the work hands out. The work goes on only while the stream is asked, and is
/// dropped with it.
pub(super) fn driven<T, F>(work: impl FnOnce(Out<T>) -> F) -> BoxStream<'static, T>
where
    T: Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel(1);
    let work = work(Out(sender)).into_stream().map(|()| None);
    let items = stream::poll_fn(move |context| receiver.poll_recv(context)).map(Some);
    stream::select(items, work)
        .filter_map(future::ready)
        .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_arrives_in_order_and_the_stream_ends() {
        let numbers = driven(|out| async move {
            for number in 0..100 {
                out.give(number).await;
            }
        });
        let all: Vec<i32> = numbers.collect().await;
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }
}
