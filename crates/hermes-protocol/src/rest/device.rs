use std::fmt;

use serde::{Deserialize, Serialize};

/// The body of `POST /auth/device/code` (RFC 8628 section 3.1), as JSON or as a form. What is not
/// here is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeviceCode {
    /// What the program calls itself; may be left out.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub client_id: Option<String>,
    /// What it calls its machine, and the name of its session; may be left out.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub device: Option<String>,
}

/// What it answers (RFC 8628 section 3.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeviceCodeAnswer {
    /// What the machine polls with, and nobody else sees.
    pub device_code: String,
    /// What the person types, or compares.
    pub user_code: String,
    /// The page on which they do.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code. It fills in, and approves nothing.
    pub verification_uri_complete: String,
    /// In how many seconds both codes end.
    pub expires_in: u64,
    /// How many seconds to wait between polls.
    pub interval: u64,
}

impl fmt::Debug for DeviceCodeAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DeviceCodeAnswer")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// The body of `POST /auth/device/token` (RFC 8628 section 3.4), as JSON or as a form. The answer is
/// a [`NativeAnswer`](super::NativeAnswer).
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeviceToken {
    /// [`GRANT_TYPE`](Self::GRANT_TYPE).
    pub grant_type: String,
    /// The code: to be moved into a secret at once.
    pub device_code: String,
    /// As it was when the code was asked for.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub client_id: Option<String>,
}

impl DeviceToken {
    /// The grant of a device code.
    pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DeviceToken")
            .field("grant_type", &self.grant_type)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dv3_the_answer_has_the_names_of_the_standard_and_shows_no_code() {
        let answer = DeviceCodeAnswer {
            device_code: "canary-d".to_owned(),
            user_code: "CANA-RYXX".to_owned(),
            verification_uri: "https://gw.example.com/device".to_owned(),
            verification_uri_complete: "https://gw.example.com/device?user_code=CANA-RYXX"
                .to_owned(),
            expires_in: 600,
            interval: 5,
        };
        insta::assert_snapshot!(serde_json::to_string(&answer).unwrap(), @r#"{"device_code":"canary-d","user_code":"CANA-RYXX","verification_uri":"https://gw.example.com/device","verification_uri_complete":"https://gw.example.com/device?user_code=CANA-RYXX","expires_in":600,"interval":5}"#);
        let shown = format!("{answer:?}");
        assert!(
            !shown.contains("canary") && !shown.contains("CANA"),
            "{shown}"
        );
        let token = r#"{"grant_type":"x","device_code":"canary"}"#;
        let token: DeviceToken = serde_json::from_str(token).unwrap();
        assert!(!format!("{token:?}").contains("canary"));
        let twice = r#"{"grant_type":"x","device_code":"a","device_code":"a"}"#;
        assert!(serde_json::from_str::<DeviceToken>(twice).is_err());
    }
}
