//! RFC 6749, 7636, 8414, 8628, 7009 and 9207 as written, and the vendors that keep to them.

use serde_json::{Map, Value, json};

use super::Vendor;
use crate::provider::{
    call::{Params, Recorded},
    device::{Device, Stage},
    grant::{Issued, s256},
    jwt::overlay,
    page,
    reply::{Refusal, Reply},
    state::State,
};

pub(super) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(super) fn answer(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    match path {
        "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => {
            Some(state.metadata(Vendor::Standard, ["/authorize", "/token", "/device"]))
        }
        "/authorize" => Some(state.authorize(Vendor::Standard, &call.query)),
        "/token" => Some(state.token(Vendor::Standard, call)),
        "/device" => Some(state.device(Vendor::Standard, call)),
        "/activate" => Some(state.activate(call)),
        "/revoke" => Some(state.revocation(call)),
        "/userinfo" => Some(state.userinfo(call)),
        _ => None,
    }
}

pub(super) fn answer_xai(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    let paths = ["/oauth2/authorize", "/oauth2/token", "/oauth2/device/code"];
    match path {
        "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => {
            Some(state.metadata(Vendor::Xai, paths))
        }
        "/oauth2/authorize" => Some(state.authorize(Vendor::Xai, &call.query)),
        "/oauth2/token" => Some(state.token(Vendor::Xai, call)),
        "/oauth2/device/code" => Some(state.device(Vendor::Xai, call)),
        "/activate" => Some(state.activate(call)),
        _ => None,
    }
}

pub(super) fn answer_spotify(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    match path {
        "/authorize" => Some(state.authorize(Vendor::Spotify, &call.query)),
        "/api/token" => Some(state.token(Vendor::Spotify, call)),
        "/v1/me" => {
            let email = state.settings.email.clone();
            Some(state.whoami(call, |_| {
                json!({"id": "ada", "display_name": "Ada", "email": email, "product": "premium"})
            }))
        }
        _ => None,
    }
}

/// Qwen's own program signs in; what others need is the token endpoint.
pub(super) fn answer_qwen(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    match path {
        "/api/v1/oauth2/token" => Some(state.token(Vendor::Qwen, call)),
        _ => None,
    }
}

impl State {
    fn metadata(&self, vendor: Vendor, [authorize, token, device]: [&str; 3]) -> Reply {
        let settings = &self.settings;
        let issuer = self.issuer(vendor);
        let at = |path: &str| Value::from(format!("{issuer}{path}"));
        let mut grants = vec!["authorization_code", "refresh_token"];
        let mut document = Map::new();
        document.insert(
            "issuer".into(),
            settings
                .metadata_issuer
                .clone()
                .unwrap_or_else(|| issuer.clone())
                .into(),
        );
        document.insert("authorization_endpoint".into(), at(authorize));
        document.insert("token_endpoint".into(), at(token));
        if settings.offers_device {
            document.insert("device_authorization_endpoint".into(), at(device));
            grants.push(DEVICE_GRANT);
        }
        if vendor == Vendor::Standard && settings.offers_revocation {
            document.insert("revocation_endpoint".into(), at("/revoke"));
        }
        if vendor == Vendor::Standard && settings.offers_userinfo {
            document.insert("userinfo_endpoint".into(), at("/userinfo"));
        }
        document.insert("grant_types_supported".into(), grants.into());
        document.insert("response_types_supported".into(), json!(["code"]));
        document.insert("code_challenge_methods_supported".into(), json!(["S256"]));
        document.insert(
            "token_endpoint_auth_methods_supported".into(),
            json!(["none"]),
        );
        let iss = "authorization_response_iss_parameter_supported";
        document.insert(iss.into(), settings.iss.into());
        if let Some(scopes) = &settings.scopes {
            document.insert("scopes_supported".into(), scopes.clone().into());
        }
        overlay(&mut document, &settings.metadata);
        Reply::json(200, &document.into())
    }

    fn token(&mut self, vendor: Vendor, call: &Recorded) -> Reply {
        if vendor == Vendor::Xai && self.settings.tier_denied {
            return Refusal {
                status: 403,
                ..Refusal::new("access_denied", "The account has no plan for this API")
            }
            .flat();
        }
        match call
            .posted_form()
            .and_then(|params| self.granted(vendor, &params))
        {
            Ok(issued) => self.tokens(issued),
            Err(refusal) => refusal.flat(),
        }
    }

    fn granted(&mut self, vendor: Vendor, params: &Params) -> Result<Issued, Refusal> {
        match params.need("grant_type")? {
            "authorization_code" => {
                if vendor == Vendor::Xai && self.settings.challenge_again {
                    Self::check_challenge_again(params)?;
                }
                self.redeem_code(vendor, params)
            }
            "refresh_token" => {
                let client_id = self.client_of(vendor, params)?;
                let token = params.need("refresh_token")?;
                self.redeem_refresh(vendor, &client_id, token)
            }
            DEVICE_GRANT if vendor != Vendor::Spotify => {
                let client_id = self.client_of(vendor, params)?;
                let code = params.need("device_code")?;
                self.redeem_device(vendor, &client_id, code)
            }
            _ => Err(Refusal::new("unsupported_grant_type", "no such grant")),
        }
    }

    fn check_challenge_again(params: &Params) -> Result<(), Refusal> {
        let challenge = params.get("code_challenge");
        let challenge =
            challenge.ok_or_else(|| Refusal::invalid_request("code_challenge is required"))?;
        if params.get("code_challenge_method") != Some("S256")
            || params.get("code_verifier").map(s256).as_deref() != Some(challenge)
        {
            return Err(Refusal::invalid_request("code_challenge is wrong"));
        }
        Ok(())
    }

    /// A token answer (RFC 6749 section 5.1).
    pub(super) fn tokens(&self, issued: Issued) -> Reply {
        Reply::json(200, &self.token_members(issued).into())
    }

    pub(super) fn token_members(&self, issued: Issued) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("access_token".into(), issued.access_token.into());
        members.insert("token_type".into(), "Bearer".into());
        if let Some(seconds) = issued.expires_in {
            members.insert("expires_in".into(), seconds.into());
        }
        if let Some(token) = issued.refresh_token {
            members.insert("refresh_token".into(), token.into());
        }
        if let Some(token) = issued.id_token {
            members.insert("id_token".into(), token.into());
        }
        members.insert("scope".into(), issued.scope.into());
        overlay(&mut members, &self.settings.token_answer);
        members
    }

    fn device(&mut self, vendor: Vendor, call: &Recorded) -> Reply {
        match call
            .posted_form()
            .and_then(|params| self.started(vendor, &params))
        {
            Ok(device) => self.device_answer(&device),
            Err(refusal) => refusal.flat(),
        }
    }

    pub(super) fn started(&mut self, vendor: Vendor, params: &Params) -> Result<Device, Refusal> {
        let client_id = self.client_of(vendor, params)?;
        let scope = match vendor {
            Vendor::Standard => params.get("scope").unwrap_or_default(),
            _ => params.need("scope")?,
        };
        if let Some((error, why)) = self.scope_problem(scope) {
            return Err(Refusal::new(error, &why));
        }
        Ok(self.new_device(vendor, &client_id, scope, None))
    }

    pub(super) fn device_answer(&self, device: &Device) -> Reply {
        let page = format!("{}/activate", self.issuer(device.grant.vendor));
        Reply::json(
            200,
            &json!({
                "device_code": device.device_code,
                "user_code": device.user_code,
                "verification_uri_complete": format!("{page}?user_code={}", device.user_code),
                "verification_uri": page,
                "expires_in": self.settings.device_expires_in,
                "interval": device.interval,
            }),
        )
    }

    /// The page for user codes. Posting it answers; `auto=1` agrees without a person.
    pub(super) fn activate(&mut self, call: &Recorded) -> Reply {
        let user_code = call.param("user_code").unwrap_or_default();
        if call.method != "POST" && call.param("auto") != Some("1") {
            return Reply::html(200, page::activate(user_code));
        }
        let stage = match call.param("answer") {
            Some("deny") => Stage::Denied,
            _ => Stage::Approved,
        };
        match self.device_mut(user_code) {
            Some(device) if device.stage == Stage::Pending => {
                device.stage = stage;
                let text = "You can close this page and go back to the device.";
                Reply::html(200, page::plain("Thank you", text))
            }
            _ => Reply::html(
                400,
                page::plain("Unknown code", "Look at the device again."),
            ),
        }
    }

    fn revocation(&mut self, call: &Recorded) -> Reply {
        let revoked = call.posted_form().and_then(|params| {
            let client_id = self.client_of(Vendor::Standard, &params)?;
            let token = params.need("token")?;
            self.revoke(&client_id, token);
            Ok(())
        });
        match revoked {
            Ok(()) => Reply::empty(200),
            Err(refusal) => refusal.flat(),
        }
    }

    fn userinfo(&mut self, call: &Recorded) -> Reply {
        let email = self.settings.email.clone();
        self.whoami(
            call,
            |_| json!({"sub": "user-1", "email": email, "email_verified": true, "name": "Ada"}),
        )
    }

    /// An endpoint that wants a bearer token (RFC 6750); `account` gets the granted scope.
    pub(super) fn whoami(&self, call: &Recorded, account: impl FnOnce(&str) -> Value) -> Reply {
        let (vendor, _) = Vendor::of_path(&call.path);
        match call.bearer() {
            None => Reply::empty(401).header("WWW-Authenticate", "Bearer"),
            Some(token) => match self
                .account_of(token)
                .filter(|grant| grant.vendor == vendor)
            {
                Some(grant) => Reply::json(200, &account(&grant.scope)),
                None => Reply::json(401, &json!({"error": "invalid_token"}))
                    .header("WWW-Authenticate", "Bearer error=\"invalid_token\""),
            },
        }
    }
}
