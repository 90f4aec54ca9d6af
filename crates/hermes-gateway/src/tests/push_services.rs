//! The push services of browsers, and a browser that reads what they deliver.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_machine::{
    BoxFuture,
    http::{Body, Http, HttpError, Request, Response},
};
use hermes_testkit::FixedRandom;
use p256::{PublicKey, SecretKey, ecdh, elliptic_curve::sec1::ToEncodedPoint as _};
use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hmac,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// What a push service says to the next message.
pub(super) struct Says {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
}

/// All of them. They take every message unless a test has them say otherwise, and none while it holds them.
pub(super) struct PushServices {
    taken: Mutex<Vec<Request>>,
    says: Mutex<VecDeque<Says>>,
    came: Semaphore,
    goes_on: Semaphore,
}

impl Default for PushServices {
    fn default() -> Self {
        Self {
            taken: Mutex::default(),
            says: Mutex::default(),
            came: Semaphore::new(0),
            goes_on: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }
}

impl PushServices {
    /// The next message, when it has come.
    pub(super) async fn next(&self) -> Request {
        self.came.acquire().await.unwrap().forget();
        self.taken().remove(0)
    }

    /// How many have come that no test has looked at.
    pub(super) fn waiting(&self) -> usize {
        self.taken().len()
    }

    /// Has the next messages answered like this.
    pub(super) fn say(&self, status: u16, retry_after: Option<Duration>) {
        let mut says = self.says.lock().unwrap_or_else(PoisonError::into_inner);
        says.push_back(Says {
            status,
            retry_after,
        });
    }

    /// Has them answer nothing from now on.
    pub(super) fn hold(&self) {
        self.goes_on.forget_permits(Semaphore::MAX_PERMITS);
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, Vec<Request>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Http for PushServices {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async move {
            self.taken().push(request);
            self.came.add_permits(1);
            drop(self.goes_on.acquire().await.unwrap());
            let says = self.says.lock().unwrap_or_else(PoisonError::into_inner);
            let says = { says }.pop_front();
            Ok(Response {
                status: says.as_ref().map_or(201, |says| says.status),
                media_type: None,
                retry_after: says.and_then(|says| says.retry_after),
                date: None,
                set_cookies: Vec::new(),
                body: Vec::new(),
            })
        })
    }
}

/// A browser that has a subscription.
pub(super) struct Reader {
    key: SecretKey,
    auth: [u8; 16],
    pub(super) endpoint: String,
}

impl Reader {
    pub(super) fn new(name: &str) -> Self {
        let random = FixedRandom::seeded(u64::try_from(name.len()).unwrap());
        let mut bytes = [0; 32];
        hermes_machine::Random::fill(&*random, &mut bytes);
        Self {
            key: SecretKey::from_slice(&bytes).unwrap(),
            auth: [9; 16],
            endpoint: format!("https://fcm.googleapis.com/fcm/send/canary-{name}"),
        }
    }

    /// What the page sends of it.
    pub(super) fn subscription(&self) -> Value {
        let public = self.key.public_key().to_encoded_point(false);
        json!({
            "endpoint": self.endpoint,
            "expirationTime": null,
            "keys": {
                "p256dh": URL_SAFE_NO_PAD.encode(public.as_bytes()),
                "auth": URL_SAFE_NO_PAD.encode(self.auth),
            },
        })
    }

    /// What a message says, read as RFC 8291 section 3 has it for the browser.
    pub(super) fn read(&self, request: &Request) -> Value {
        let Body::Octets(sealed) = &request.body else {
            panic!("{request:?}");
        };
        let (salt, rest) = sealed.split_at(16);
        let (size, rest) = rest.split_at(4);
        assert_eq!(size, 4096_u32.to_be_bytes());
        let (length, rest) = rest.split_first().unwrap();
        let (theirs, record) = rest.split_at(usize::from(*length));
        assert!(sealed.len() <= 4096);
        let their_key = PublicKey::from_sec1_bytes(theirs).unwrap();
        let shared = ecdh::diffie_hellman(self.key.to_nonzero_scalar(), their_key.as_affine());
        let ours = self.key.public_key().to_encoded_point(false);
        let between = mac(&self.auth, &[shared.raw_secret_bytes()]);
        let info: [&[u8]; 4] = [b"WebPush: info\0", ours.as_bytes(), theirs, &[1]];
        let drawn = mac(salt, &[&mac(&between, &info)]);
        let key = mac(&drawn, &[b"Content-Encoding: aes128gcm\0", &[1]]);
        let nonce = mac(&drawn, &[b"Content-Encoding: nonce\0", &[1]]);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
        let mut record = record.to_vec();
        let text = key.open_in_place(nonce, Aad::empty(), &mut record).unwrap();
        let end = text.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(text[end], 2);
        serde_json::from_slice(&text[..end]).unwrap()
    }
}

/// HMAC-SHA-256 over these parts (RFC 2104).
fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, &parts.concat()).as_ref().to_vec()
}
