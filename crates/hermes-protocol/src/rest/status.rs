use serde::{Deserialize, Serialize};

/// A way in that the gateway offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub enum AuthFlow {
    /// The static token of token mode.
    Token,
    /// A user name and a password.
    Password,
    /// A round trip of a browser to an identity provider.
    Redirect,
    /// An app through the browser of its person, with a listener on loopback (RFC 8252).
    NativeLoopback,
    /// A machine without a browser, by a code that a person approves elsewhere (RFC 8628).
    DeviceCode,
}

/// `GET /api/status`, the answer that anybody gets (facts 1.5).
///
/// It tells the mode, the flows and the version. The other fields are there because clients of
/// upstream read them: about people, counts, profiles and paths they say what a gateway says that
/// has none (checklist RZ10). [`Status::new`] is the only way to make one, so none of them can hold
/// anything else.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Status {
    version: String,
    release_date: String,
    config_version: u32,
    latest_config_version: u32,
    can_update_hermes: bool,
    gateway_running: bool,
    gateway_state: Option<String>,
    #[cfg_attr(test, ts(type = "Record<string, never>"))]
    gateway_platforms: Nothing,
    gateway_exit_reason: Option<String>,
    gateway_updated_at: Option<String>,
    active_agents: u32,
    gateway_busy: bool,
    gateway_drainable: bool,
    restart_drain_timeout: f64,
    active_sessions: u32,
    auth_required: bool,
    auth_providers: Vec<String>,
    nous_session_valid: String,
    profiles: Vec<String>,
    gateway_mode: String,
    hermes_home: String,
    config_path: String,
    env_path: String,
    gateway_pid: Option<u32>,
    gateway_health_url: Option<String>,
    auth_flows: Vec<AuthFlow>,
    native_loopback_auth: bool,
}

/// An object without fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Nothing {}

impl Status {
    /// A status of this version and release date, for a gateway with these sign-in methods, by
    /// their names. Token mode has no method, and says that no sign-in is required.
    pub fn new(
        version: &str,
        release_date: &str,
        methods: Vec<String>,
        flows: Vec<AuthFlow>,
    ) -> Self {
        Self {
            version: version.to_owned(),
            release_date: release_date.to_owned(),
            config_version: 0,
            latest_config_version: 0,
            can_update_hermes: false,
            gateway_running: false,
            gateway_state: None,
            gateway_platforms: Nothing {},
            gateway_exit_reason: None,
            gateway_updated_at: None,
            active_agents: 0,
            gateway_busy: false,
            gateway_drainable: false,
            restart_drain_timeout: 0.0,
            active_sessions: 0,
            auth_required: !flows.contains(&AuthFlow::Token),
            auth_providers: methods,
            nous_session_valid: "unknown".to_owned(),
            profiles: vec!["default".to_owned()],
            gateway_mode: "none".to_owned(),
            hermes_home: String::new(),
            config_path: String::new(),
            env_path: String::new(),
            gateway_pid: None,
            gateway_health_url: None,
            native_loopback_auth: flows.contains(&AuthFlow::NativeLoopback),
            auth_flows: flows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthFlow, Status};

    #[test]
    fn rz10_status_tells_the_mode_the_flows_and_the_version_alone() {
        let gated = Status::new(
            "1.2.3",
            "2026.11.22",
            vec!["basic".to_owned()],
            vec![AuthFlow::Password, AuthFlow::NativeLoopback],
        );
        insta::assert_snapshot!(serde_json::to_string(&gated).unwrap(), @r#"{"version":"1.2.3","release_date":"2026.11.22","config_version":0,"latest_config_version":0,"can_update_hermes":false,"gateway_running":false,"gateway_state":null,"gateway_platforms":{},"gateway_exit_reason":null,"gateway_updated_at":null,"active_agents":0,"gateway_busy":false,"gateway_drainable":false,"restart_drain_timeout":0.0,"active_sessions":0,"auth_required":true,"auth_providers":["basic"],"nous_session_valid":"unknown","profiles":["default"],"gateway_mode":"none","hermes_home":"","config_path":"","env_path":"","gateway_pid":null,"gateway_health_url":null,"auth_flows":["password","native_loopback"],"native_loopback_auth":true}"#);
    }

    #[test]
    fn token_mode_requires_no_sign_in_and_an_unclaimed_gateway_does() {
        let read = |flows| {
            let status = Status::new("1.2.3", "2026.11.22", Vec::new(), flows);
            serde_json::to_value(status).unwrap()["auth_required"].clone()
        };
        assert_eq!(read(vec![AuthFlow::Token]), false);
        assert_eq!(read(Vec::new()), true);
    }
}
