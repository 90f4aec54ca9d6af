//! How long a connection waits for the head of a request.
//!
//! hyper asks for a timer when it begins to wait for a head, and drops it once the head is there. A
//! timer of the runtime is a place in a list that all share, taken and given back with each request.
//! Here such a timer is a moment, and a connection keeps one timer of the runtime, which is set
//! again when it rings before that moment.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};
use hyper_util::rt::TokioTimer;

/// The timer of one connection, which waits for one head at a time.
#[derive(Clone)]
pub(super) struct Patience<T = TokioTimer> {
    runtime: T,
    alarm: Arc<Mutex<Option<Alarm>>>,
}

/// A timer of the runtime.
struct Alarm {
    rings_at: Instant,
    sleep: Pin<Box<dyn Sleep>>,
}

/// The end of patience with one head.
struct End<T> {
    at: Instant,
    patience: Patience<T>,
}

impl Patience {
    /// For a connection that begins.
    pub(super) fn new() -> Self {
        Self::of(TokioTimer::new())
    }
}

impl<T> Patience<T> {
    fn of(runtime: T) -> Self {
        let alarm = Arc::default();
        Self { runtime, alarm }
    }
}

impl<T: Timer + Clone + Send + Sync + 'static> Timer for Patience<T> {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, at: Instant) -> Pin<Box<dyn Sleep>> {
        let patience = self.clone();
        Box::pin(End { at, patience })
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }
}

impl Alarm {
    fn new(timer: &impl Timer, at: Instant) -> Self {
        Self {
            rings_at: at,
            sleep: timer.sleep_until(at),
        }
    }

    fn set(&mut self, timer: &impl Timer, at: Instant) {
        self.rings_at = at;
        timer.reset(&mut self.sleep, at);
    }
}

impl<T: Timer> Future for End<T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Patience { runtime, alarm } = &self.patience;
        let mut alarm = alarm.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = alarm.get_or_insert_with(|| Alarm::new(runtime, self.at));
        if alarm.rings_at > self.at {
            alarm.set(runtime, self.at);
        }
        while alarm.sleep.as_mut().poll(cx).is_ready() {
            if alarm.rings_at == self.at {
                return Poll::Ready(());
            }
            alarm.set(runtime, self.at);
        }
        Poll::Pending
    }
}

impl<T: Timer + Send + Sync> Sleep for End<T> {}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        task::Waker,
    };

    use super::*;

    const HEAD: Duration = Duration::from_secs(10);

    /// A clock that is moved by hand, and how many timers it had to make.
    #[derive(Clone)]
    struct Hand(Arc<Dial>);

    struct Dial {
        begin: Instant,
        seconds: AtomicU32,
        timers: AtomicU32,
    }

    impl Hand {
        fn new() -> Self {
            Self(Arc::new(Dial {
                begin: TokioTimer::new().now(),
                seconds: AtomicU32::new(0),
                timers: AtomicU32::new(0),
            }))
        }

        fn forward(&self, seconds: u32) {
            self.0.seconds.fetch_add(seconds, Ordering::Relaxed);
        }

        fn timers(&self) -> u32 {
            self.0.timers.load(Ordering::Relaxed)
        }
    }

    struct Until(Hand, Instant);

    impl Future for Until {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            match self.0.now() >= self.1 {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        }
    }

    impl Sleep for Until {}

    impl Timer for Hand {
        fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
            self.sleep_until(self.now() + duration)
        }

        fn sleep_until(&self, at: Instant) -> Pin<Box<dyn Sleep>> {
            self.0.timers.fetch_add(1, Ordering::Relaxed);
            Box::pin(Until(self.clone(), at))
        }

        fn now(&self) -> Instant {
            let seconds = self.0.seconds.load(Ordering::Relaxed);
            self.0.begin + Duration::from_secs(seconds.into())
        }
    }

    fn is_over(end: &mut Pin<Box<dyn Sleep>>) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        end.as_mut().poll(&mut cx).is_ready()
    }

    #[test]
    fn ds1_each_head_has_its_whole_time_and_no_more() {
        let hand = Hand::new();
        let patience = Patience::of(hand.clone());
        for _ in 0..3 {
            let mut end = patience.sleep(HEAD);
            for _ in 0..9 {
                hand.forward(1);
                assert!(!is_over(&mut end));
            }
        }
        let mut end = patience.sleep(HEAD);
        assert!(!is_over(&mut end));
        hand.forward(9);
        assert!(!is_over(&mut end), "the alarm of a head before has rung");
        hand.forward(1);
        assert!(is_over(&mut end));
    }

    #[test]
    fn ds1_a_shorter_time_is_not_made_longer_by_the_one_before() {
        let hand = Hand::new();
        let patience = Patience::of(hand.clone());
        assert!(!is_over(&mut patience.sleep(HEAD)));
        let mut end = patience.sleep(HEAD / 5);
        assert!(!is_over(&mut end));
        hand.forward(2);
        assert!(is_over(&mut end));
    }

    #[test]
    fn heads_that_come_at_once_share_one_timer() {
        let hand = Hand::new();
        let patience = Patience::of(hand.clone());
        for _ in 0..1000 {
            assert!(!is_over(&mut patience.sleep(HEAD)));
        }
        assert_eq!(hand.timers(), 1);
    }
}
