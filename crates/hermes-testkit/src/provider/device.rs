//! Device codes, of RFC 8628 and of the vendors.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    grant::{Grant, Issued},
    reply::Refusal,
    state::State,
    vendor::Vendor,
};

/// What `slow_down` adds to the interval (RFC 8628 section 3.5).
const SLOW_DOWN: u64 = 5;
/// No vowels, so that no words come up (RFC 8628 section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Pending,
    Approved,
    Denied,
    Expired,
    Spent,
}

#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) grant: Grant,
    pub(super) user_code: String,
    pub(super) device_code: String,
    /// MiniMax binds its user codes to a verifier of the client.
    pub(super) challenge: Option<String>,
    pub(super) stage: Stage,
    pub(super) interval: u64,
    pub(super) polls: u32,
    slow_down: bool,
    last_poll: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

impl Device {
    /// The next poll is told to slow down.
    pub(super) fn slow_down(&mut self) {
        self.slow_down = true;
    }
}

impl State {
    /// A new device code.
    pub(super) fn new_device(
        &mut self,
        vendor: Vendor,
        client_id: &str,
        scope: &str,
        challenge: Option<&str>,
    ) -> Device {
        let device_code = self.canary("dc");
        let device = Device {
            grant: self.new_grant(vendor, client_id, scope),
            user_code: self.new_user_code(),
            device_code,
            challenge: challenge.map(str::to_owned),
            stage: Stage::Pending,
            interval: self.settings.interval,
            polls: 0,
            slow_down: false,
            last_poll: None,
            expires_at: self.after(Duration::from_secs(self.settings.device_expires_in)),
        };
        self.devices.push(device.clone());
        device
    }

    fn new_user_code(&mut self) -> String {
        let mut rest = self.serial().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut letter = || {
            let index = usize::try_from(rest % 20).unwrap_or(0);
            rest /= 20;
            char::from(LETTERS.get(index).copied().unwrap_or(b'B'))
        };
        let mut half = || -> String { (0..4).map(|_| letter()).collect() };
        format!("{}-{}", half(), half())
    }

    /// The device code that a person knows by this user code, in upper or lower case, with or
    /// without the dash.
    pub(super) fn device_mut(&mut self, user_code: &str) -> Option<&mut Device> {
        let plain = |code: &str| code.replace(['-', ' '], "").to_ascii_uppercase();
        let wanted = plain(user_code);
        self.devices
            .iter_mut()
            .find(|device| plain(&device.user_code) == wanted)
    }

    /// One poll. `Ok` is the device as approved, from then on spent.
    pub(super) fn poll_device(
        &mut self,
        vendor: Vendor,
        matches: impl Fn(&Device) -> bool,
    ) -> Result<Device, Refusal> {
        let now = self.now();
        let approve_at = self.settings.approve_at_poll;
        let device = self
            .devices
            .iter_mut()
            .find(|device| device.grant.vendor == vendor && matches(device))
            .ok_or_else(|| Refusal::invalid_grant("unknown device code"))?;
        device.polls += 1;
        let last_poll = std::mem::replace(&mut device.last_poll, now);
        let wait = Duration::from_secs(device.interval);
        let early = last_poll
            .and_then(|last| last.checked_add(wait).ok())
            .zip(now)
            .is_some_and(|(due, now)| now < due);
        if device.stage == Stage::Pending {
            if device
                .expires_at
                .zip(now)
                .is_some_and(|(end, now)| now >= end)
            {
                device.stage = Stage::Expired;
            } else if vendor.enforces_interval() && (early || std::mem::take(&mut device.slow_down))
            {
                device.interval += SLOW_DOWN;
                return Err(Refusal::new("slow_down", "poll less often"));
            } else if approve_at.is_some_and(|poll| device.polls >= poll) {
                device.stage = Stage::Approved;
            }
        }
        match device.stage {
            Stage::Pending => Err(Refusal::new("authorization_pending", "not approved yet")),
            Stage::Denied => Err(Refusal::new("access_denied", "the person said no")),
            Stage::Expired => Err(Refusal::new("expired_token", "the code has expired")),
            Stage::Spent => Err(Refusal::invalid_grant("the device code was used before")),
            Stage::Approved => {
                device.stage = Stage::Spent;
                Ok(device.clone())
            }
        }
    }

    /// The device code grant of RFC 8628.
    pub(super) fn redeem_device(
        &mut self,
        vendor: Vendor,
        client_id: &str,
        device_code: &str,
    ) -> Result<Issued, Refusal> {
        let device = self.poll_device(vendor, |device| {
            device.device_code == device_code && device.grant.client_id == client_id
        })?;
        Ok(self.issue(device.grant))
    }
}
