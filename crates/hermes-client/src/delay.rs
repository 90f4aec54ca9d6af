use std::time::Duration;

/// The longest wait before a gateway is tried again.
pub const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// The wait before the first retry, at most.
const FIRST: Duration = Duration::from_millis(300);

/// How long to wait before the next attempt, after so many that failed in a row: twice as long each
/// time, and `roll`, which is random, takes up to half of it away. Clients that have lost their
/// gateway at once do not come back at once.
pub fn delay(failed: u32, roll: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(16);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST_DELAY);
    let share = f64::from(roll) / f64::from(u32::MAX);
    whole - whole.mul_f64(share / 2.0)
}
