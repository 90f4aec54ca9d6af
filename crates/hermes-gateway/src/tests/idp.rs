//! A strict identity provider, behind the seam of the HTTP client.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_machine::{
    BoxFuture, Clock,
    http::{Body, Http, HttpError, Request, Response},
};
use hermes_testkit::MovedClock;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

pub(super) const ISSUER: &str = "https://id.example.com";
pub(super) const CLIENT: &str = "hermes-gw";

/// A token before it is signed.
pub(super) struct Draft {
    pub(super) header: Header,
    pub(super) claims: Map<String, Value>,
}

impl Draft {
    pub(super) fn signed(&self, key: &EncodingKey) -> String {
        encode(&self.header, &self.claims, key).unwrap()
    }

    /// Signed as the provider does.
    pub(super) fn sound(&self) -> String {
        self.signed(&key(self.header.alg))
    }
}

/// The provider's key for an algorithm.
pub(super) fn key(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_der(include_bytes!("keys/ec.der")),
        _ => EncodingKey::from_rsa_der(include_bytes!("keys/rsa.der")),
    }
}

/// The key of somebody else.
pub(super) fn foreign_key() -> EncodingKey {
    EncodingKey::from_rsa_der(include_bytes!("keys/foreign.der"))
}

type Sign = Arc<dyn Fn(&mut Draft) -> String + Send + Sync>;

struct Granted {
    challenge: String,
    redirect_uri: String,
    nonce: Option<String>,
    /// When the person signed in, where that was asked for.
    proved: Option<i64>,
}

struct State {
    is_down: bool,
    person: Map<String, Value>,
    userinfo: Option<Value>,
    metadata: Map<String, Value>,
    sign: Sign,
    access_token: Option<String>,
    gives_refresh: bool,
    codes: HashMap<String, Granted>,
    refresh: HashMap<String, ()>,
    made: u32,
    asked: Vec<(String, Vec<(String, String)>)>,
}

/// The provider.
pub(super) struct Idp {
    issuer: String,
    clock: Arc<MovedClock>,
    state: Mutex<State>,
}

impl Idp {
    pub(super) fn new(issuer: &str, clock: &Arc<MovedClock>) -> Arc<Self> {
        let person = json!({
            "sub": "u-1",
            "name": "Ada",
            "email": "ada@good.test",
            "email_verified": true,
            "groups": ["staff"],
            "sid": "sid-1",
        });
        let Value::Object(person) = person else {
            panic!("an object");
        };
        Arc::new(Self {
            issuer: issuer.to_owned(),
            clock: Arc::clone(clock),
            state: Mutex::new(State {
                is_down: false,
                person,
                userinfo: None,
                metadata: Map::new(),
                sign: Arc::new(|draft| draft.sound()),
                access_token: None,
                gives_refresh: true,
                codes: HashMap::new(),
                refresh: HashMap::new(),
                made: 0,
                asked: Vec::new(),
            }),
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    pub(super) fn set_down(&self, is_down: bool) {
        self.with(|state| state.is_down = is_down);
    }

    /// Lays members over the person; `null` removes one.
    pub(super) fn set_person(&self, members: &Value) {
        self.with(|state| overlay(&mut state.person, members));
    }

    pub(super) fn set_userinfo(&self, answer: Value) {
        self.with(|state| state.userinfo = Some(answer));
    }

    pub(super) fn set_metadata(&self, members: &Value) {
        self.with(|state| overlay(&mut state.metadata, members));
    }

    /// Changes what becomes of an ID token.
    pub(super) fn set_sign(&self, sign: impl Fn(&mut Draft) -> String + Send + Sync + 'static) {
        self.with(|state| state.sign = Arc::new(sign));
    }

    pub(super) fn set_access_token(&self, token: String) {
        self.with(|state| state.access_token = Some(token));
    }

    pub(super) fn gives_no_refresh_token(&self) {
        self.with(|state| state.gives_refresh = false);
    }

    /// The person is removed: their refresh tokens are nothing any more.
    pub(super) fn remove_person(&self) {
        self.with(|state| state.refresh.clear());
    }

    /// How often a path was asked.
    pub(super) fn asked(&self, path: &str) -> usize {
        self.with(|state| {
            state
                .asked
                .iter()
                .filter(|(known, _)| known == path)
                .count()
        })
    }

    /// The last form that was sent to a path.
    pub(super) fn last_form(&self, path: &str) -> HashMap<String, String> {
        let asked = self.with(|state| {
            let mut asked = state.asked.iter().rev();
            asked.find(|(known, _)| known == path).cloned()
        });
        asked.unwrap().1.into_iter().collect()
    }

    /// The person says yes: what the browser brings back from this authorization URL.
    pub(super) fn approve(&self, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        assert_eq!(url.path(), "/authorize");
        let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], CLIENT);
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["state"].len() >= 43 && query["code_challenge"].len() == 43);
        let now = self.clock.now().as_second();
        let code = self.with(|state| {
            state.made += 1;
            let code = format!("code-{}", state.made);
            let granted = Granted {
                challenge: query["code_challenge"].clone(),
                redirect_uri: query["redirect_uri"].clone(),
                nonce: query.get("nonce").cloned(),
                proved: query.contains_key("max_age").then_some(now),
            };
            state.codes.insert(code.clone(), granted);
            code
        });
        format!("/auth/callback?code={code}&state={}", query["state"])
    }

    /// A token about the person, unsigned.
    pub(super) fn draft(&self, nonce: Option<&str>) -> Draft {
        let now = self.clock.now().as_second();
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some("rsa-1".to_owned());
        let mut claims = self.with(|state| state.person.clone());
        let base = json!({
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
        });
        overlay(&mut claims, &base);
        Draft { header, claims }
    }

    fn answer(&self, request: &Request) -> Result<Response, HttpError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let path = request.url.path().to_owned();
        let form = match &request.body {
            Body::Form(text) => url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
            _ => Vec::new(),
        };
        self.with(|state| state.asked.push((path.clone(), form.clone())));
        if self.with(|state| state.is_down) {
            let reason = "refused".to_owned();
            return Err(HttpError::NotSent { host, reason });
        }
        let form: HashMap<_, _> = form.into_iter().collect();
        Ok(match path.as_str() {
            "/.well-known/openid-configuration" => ok(&self.metadata()),
            "/jwks" | "/.well-known/jwks.json" => respond(200, include_str!("keys/public.json")),
            "/token" | "/api/oauth/token" => self.token(request, &form),
            "/userinfo" => match self.with(|state| state.userinfo.clone()) {
                Some(answer) if is_bearer(request) => ok(&answer),
                _ => respond(401, "{}"),
            },
            "/revoke" => {
                self.with(|state| state.refresh.remove(&form["token"]));
                respond(200, "{}")
            }
            _ => respond(404, "{}"),
        })
    }

    fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer.trim_end_matches('/'));
        let base = json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks"),
            "userinfo_endpoint": at("/userinfo"),
            "revocation_endpoint": at("/revoke"),
            "end_session_endpoint": at("/leave"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        });
        let Value::Object(mut metadata) = base else {
            panic!("an object");
        };
        let over = self.with(|state| Value::from(state.metadata.clone()));
        overlay(&mut metadata, &over);
        metadata.into()
    }

    fn token(&self, request: &Request, form: &HashMap<String, String>) -> Response {
        let basic = "Basic aGVybWVzLWd3OmdhdGV3YXktc2VjcmV0";
        let header = |(name, value): &(&str, String)| *name == "authorization" && value == basic;
        let public = form
            .get("client_id")
            .is_some_and(|id| id == CLIENT || id.starts_with("agent:"));
        if !request.headers.iter().any(header) && !public {
            return respond(401, r#"{"error":"invalid_client"}"#);
        }
        let refused = || respond(400, r#"{"error":"invalid_grant"}"#);
        let (nonce, proved) = match form["grant_type"].as_str() {
            "authorization_code" => {
                let Some(granted) = self.with(|state| state.codes.remove(&form["code"])) else {
                    return refused();
                };
                let digest = Sha256::digest(form["code_verifier"].as_bytes());
                if URL_SAFE_NO_PAD.encode(digest) != granted.challenge
                    || form["redirect_uri"] != granted.redirect_uri
                {
                    return refused();
                }
                (granted.nonce, granted.proved)
            }
            "refresh_token" => {
                // Each counts once.
                if self
                    .with(|state| state.refresh.remove(&form["refresh_token"]))
                    .is_none()
                {
                    return refused();
                }
                (None, None)
            }
            _ => return respond(400, r#"{"error":"unsupported_grant_type"}"#),
        };
        let mut draft = self.draft(nonce.as_deref());
        if let Some(proved) = proved {
            let claims = &mut draft.claims;
            claims.entry("auth_time").or_insert_with(|| proved.into());
        }
        let (sign, access_token, gives_refresh) = self.with(|state| {
            let token = state.access_token.clone();
            (Arc::clone(&state.sign), token, state.gives_refresh)
        });
        let mut answer = json!({
            "access_token": access_token.unwrap_or_else(|| "at-canary".to_owned()),
            "token_type": "Bearer",
            "expires_in": 900,
            "id_token": sign(&mut draft),
        });
        if gives_refresh {
            answer["refresh_token"] = self.with(|state| {
                state.made += 1;
                let token = format!("rt-canary-{}", state.made);
                state.refresh.insert(token.clone(), ());
                token.into()
            });
        }
        ok(&answer)
    }
}

impl Http for Idp {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async move {
            // As over a network, others go on in the meantime.
            tokio::task::yield_now().await;
            self.answer(&request)
        })
    }
}

/// Several providers, found by their host.
pub(super) struct World(pub(super) Vec<Arc<Idp>>);

impl Http for World {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let of_host = |idp: &&Arc<Idp>| Url::parse(&idp.issuer).unwrap().host_str() == Some(&host);
        match self.0.iter().find(of_host) {
            Some(idp) => idp.send(request),
            None => panic!("nobody is at {host}"),
        }
    }
}

fn is_bearer(request: &Request) -> bool {
    let good =
        |(name, value): &(&str, String)| *name == "authorization" && value == "Bearer at-canary";
    request.headers.iter().any(good)
}

fn ok(body: &Value) -> Response {
    respond(200, &body.to_string())
}

fn respond(status: u16, body: &str) -> Response {
    Response {
        status,
        media_type: Some("application/json".to_owned()),
        retry_after: None,
        date: None,
        set_cookies: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

/// Lays members over an object; `null` removes one.
pub(super) fn overlay(base: &mut Map<String, Value>, over: &Value) {
    for (name, value) in over.as_object().unwrap() {
        if value.is_null() {
            base.remove(name);
        } else {
            base.insert(name.clone(), value.clone());
        }
    }
}
