//! Codes, tokens and their families: what is common to all vendors.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    call::Params,
    jwt::{overlay, unsigned},
    reply::Refusal,
    state::State,
    vendor::Vendor,
};

/// RFC 6749 section 4.1.2 wants codes short-lived.
const CODE_LIFE: Duration = Duration::from_secs(60);

/// Tokens that the server gave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// The refresh token, if there is one.
    pub refresh_token: Option<String>,
    /// The id token, if `openid` was granted.
    pub id_token: Option<String>,
    /// The access token's life in seconds.
    pub expires_in: Option<u64>,
    /// The granted scope.
    pub scope: String,
}

/// Who was granted what.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) vendor: Vendor,
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    /// All tokens that descend from one sign-in.
    pub(super) family: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) grant: Grant,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) state: Option<String>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) used: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) grant: Grant,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) revoked: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) grant: Grant,
    pub(super) used: bool,
}

/// The S256 challenge of a verifier (RFC 7636 section 4.6).
pub(super) fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// RFC 7636 section 4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

impl State {
    /// A code for what was consented to.
    pub(super) fn new_code(
        &mut self,
        grant: Grant,
        redirect_uri: &str,
        challenge: &str,
        state: Option<&str>,
    ) -> String {
        let code = self.canary("code");
        let record = Code {
            grant,
            redirect_uri: redirect_uri.to_owned(),
            challenge: challenge.to_owned(),
            state: state.map(str::to_owned),
            expires_at: self.after(CODE_LIFE),
            used: false,
        };
        self.codes.insert(code.clone(), record);
        code
    }

    /// The authorization code grant. A code is spent by being shown, rightly or wrongly.
    pub(super) fn redeem_code(
        &mut self,
        vendor: Vendor,
        params: &Params,
    ) -> Result<Issued, Refusal> {
        let client_id = self.client_of(vendor, params)?;
        let shown = params.need("code")?;
        let redirect_uri = params.need("redirect_uri")?;
        let verifier = params.need("code_verifier")?;
        let now = self.now();
        let unknown = || Refusal::invalid_grant("unknown code");
        let code = self.codes.get_mut(shown).ok_or_else(unknown)?;
        if code.grant.client_id != client_id || code.grant.vendor != vendor {
            return Err(Refusal::invalid_grant("the code is another client's"));
        }
        if code.used {
            let family = code.grant.family;
            self.dead_families.insert(family);
            return Err(Refusal::invalid_grant("the code was used before"));
        }
        code.used = true;
        let code = code.clone();
        if code
            .expires_at
            .zip(now)
            .is_some_and(|(end, now)| now >= end)
        {
            return Err(Refusal::invalid_grant("the code has expired"));
        }
        if code.redirect_uri != redirect_uri {
            return Err(Refusal::invalid_grant("`redirect_uri` differs"));
        }
        if !is_verifier(verifier) || s256(verifier) != code.challenge {
            return Err(Refusal::invalid_grant("`code_verifier` is wrong"));
        }
        if vendor == Vendor::Anthropic && params.get("state") != code.state.as_deref() {
            return Err(Refusal::invalid_grant("`state` differs"));
        }
        Ok(self.issue(code.grant))
    }

    /// The refresh grant. A spent token that comes again ends its whole family.
    pub(super) fn redeem_refresh(
        &mut self,
        vendor: Vendor,
        client_id: &str,
        token: &str,
    ) -> Result<Issued, Refusal> {
        let rotate = self.settings.rotate;
        let unknown = || Refusal::invalid_grant("unknown refresh token");
        let record = self.refresh.get_mut(token).ok_or_else(unknown)?;
        if record.grant.client_id != client_id || record.grant.vendor != vendor {
            return Err(Refusal::invalid_grant("the token is another client's"));
        }
        let grant = record.grant.clone();
        if record.used {
            self.dead_families.insert(grant.family);
            return Err(Refusal::new(vendor.reuse_error(), "refresh token reused"));
        }
        if self.dead_families.contains(&grant.family) {
            return Err(Refusal::invalid_grant("the grant was revoked"));
        }
        record.used = rotate;
        self.refreshed += 1;
        let mut issued = self.issue(grant);
        if !rotate && let Some(unwanted) = issued.refresh_token.take() {
            self.refresh.remove(&unwanted);
        }
        Ok(issued)
    }

    /// The client id of a token request.
    pub(super) fn client_of(&self, vendor: Vendor, params: &Params) -> Result<String, Refusal> {
        let client_id = params.need("client_id")?;
        if !self.knows_client(vendor, client_id) {
            return Err(Refusal::new("invalid_client", "unknown client"));
        }
        Ok(client_id.to_owned())
    }

    /// A grant with a family of its own.
    pub(super) fn new_grant(&mut self, vendor: Vendor, client_id: &str, scope: &str) -> Grant {
        Grant {
            vendor,
            client_id: client_id.to_owned(),
            scope: scope.to_owned(),
            nonce: None,
            family: self.serial(),
        }
    }

    /// New tokens.
    pub(super) fn issue(&mut self, mut grant: Grant) -> Issued {
        if let Some(scope) = &self.settings.granted_scope {
            grant.scope.clone_from(scope);
        }
        let expires_in = self.settings.expires_in.or_else(|| grant.vendor.life());
        let expires_at = expires_in.and_then(|seconds| self.after(Duration::from_secs(seconds)));
        let (access_kind, refresh_kind) = grant.vendor.token_kinds();
        let mark = self.canary(access_kind);
        let access_token = if self.settings.jwt || grant.vendor.always_jwt() {
            let claims = self.access_claims(&grant, expires_in, &mark);
            let token = unsigned(&claims, &mark);
            self.note_secret(&token);
            token
        } else {
            mark
        };
        let access = Access {
            grant: grant.clone(),
            expires_at,
            revoked: false,
        };
        self.access.insert(access_token.clone(), access);
        let refresh_token = self.settings.refresh_tokens.then(|| {
            let token = self.canary(refresh_kind);
            let record = Refresh {
                grant: grant.clone(),
                used: false,
            };
            self.refresh.insert(token.clone(), record);
            token
        });
        let openid = grant.scope.split(' ').any(|scope| scope == "openid");
        Issued {
            access_token,
            refresh_token,
            id_token: openid.then(|| self.id_token(&grant)),
            expires_in,
            scope: grant.scope,
        }
    }

    fn access_claims(
        &self,
        grant: &Grant,
        expires_in: Option<u64>,
        id: &str,
    ) -> Map<String, Value> {
        let now = self.stamp().as_second();
        let mut claims = Map::new();
        claims.insert("iss".into(), self.issuer(grant.vendor).into());
        claims.insert("sub".into(), "user-1".into());
        claims.insert("client_id".into(), grant.client_id.clone().into());
        claims.insert("scope".into(), grant.scope.clone().into());
        claims.insert("email".into(), self.settings.email.clone().into());
        claims.insert("iat".into(), now.into());
        claims.insert("jti".into(), id.into());
        if let Some(seconds) = expires_in.and_then(|seconds| i64::try_from(seconds).ok()) {
            claims.insert("exp".into(), now.saturating_add(seconds).into());
        }
        if grant.vendor == Vendor::Codex {
            let account = json!({"chatgpt_account_id": "account-1", "chatgpt_plan_type": "plus"});
            claims.insert("https://api.openai.com/auth".into(), account);
        }
        overlay(&mut claims, &self.settings.claims);
        claims
    }

    fn id_token(&mut self, grant: &Grant) -> String {
        let mark = self.canary("id");
        let now = self.stamp().as_second();
        let claims = json!({
            "iss": self.issuer(grant.vendor),
            "sub": "user-1",
            "aud": grant.client_id,
            "iat": now,
            "exp": now + 3600,
            "email": self.settings.email,
            "nonce": grant.nonce,
        });
        let mut claims = claims.as_object().cloned().unwrap_or_default();
        claims.retain(|_, value| !value.is_null());
        overlay(&mut claims, &self.settings.claims);
        let token = unsigned(&claims, &mark);
        self.note_secret(&token);
        token
    }

    /// Whose access token it is, if it is good.
    pub(super) fn account_of(&self, token: &str) -> Option<&Grant> {
        let access = self.access.get(token)?;
        let expired = access.expires_at.zip(self.now());
        let alive = !access.revoked
            && !self.dead_families.contains(&access.grant.family)
            && expired.is_none_or(|(end, now)| now < end);
        alive.then_some(&access.grant)
    }

    /// Whether this refresh token would be taken.
    pub(super) fn is_live_refresh(&self, token: &str) -> bool {
        self.refresh.get(token).is_some_and(|record| {
            !record.used && !self.dead_families.contains(&record.grant.family)
        })
    }

    /// RFC 7009: an unknown token is no error, and a refresh token takes all its tokens along.
    pub(super) fn revoke(&mut self, client_id: &str, token: &str) {
        if let Some(record) = self.refresh.get(token)
            && record.grant.client_id == client_id
        {
            self.dead_families.insert(record.grant.family);
        }
        if let Some(record) = self.access.get_mut(token) {
            record.revoked |= record.grant.client_id == client_id;
        }
    }

    /// The moment this long from now, if the server has a clock.
    pub(super) fn after(&self, duration: Duration) -> Option<Timestamp> {
        self.now()?.checked_add(duration).ok()
    }
}
