//! An app of somebody who is signed in, which has asked them and has its token.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use http::{HeaderValue, Method, header};
use http_body_util::Full;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::client::{Client, Person, ask};

/// The pair of RFC 7636, appendix B: nobody is to be kept from anything here.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where nobody listens: the bench is the browser too, and reads the address by itself.
const REDIRECT: &str = "http://127.0.0.1:43110/";

const AUTHORIZE: &str = "/auth/native/authorize";

/// The person's app, let in by them on the page that a browser shows.
pub(super) async fn of(server: SocketAddr, person: &Person) -> Result<Person> {
    let mut client = Client::connect(server, person.from).await?;
    let query = Serializer::new(String::new())
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256")
        .append_pair("client_id", "bench")
        .finish();
    let shown = ask(
        &Method::GET,
        &format!("{AUTHORIZE}?{query}"),
        server,
        person,
    )?;
    let page = client.ask(shown).await?.good()?.text();
    let session = between(&page, "name=\"session\" value=\"", "\"")?;
    let answers = Serializer::new(String::new())
        .append_pair("ask", &query)
        .append_pair("session", session)
        .append_pair("decision", "allow")
        .finish();
    let mut allows = ask(&Method::POST, AUTHORIZE, server, person)?;
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    allows.headers_mut().insert(header::CONTENT_TYPE, form);
    *allows.body_mut() = Full::from(answers);
    let page = client.ask(allows).await?.good()?.text();
    let code = between(&page, "code=", "&")?;
    let mut redeems = ask(
        &Method::POST,
        "/auth/native/token",
        server,
        &Person::nobody(person.from),
    )?;
    let body = json!({ "code": code, "code_verifier": VERIFIER });
    let json = HeaderValue::from_static("application/json");
    redeems.headers_mut().insert(header::CONTENT_TYPE, json);
    *redeems.body_mut() = Full::from(body.to_string());
    let tokens: Value = serde_json::from_str(&client.ask(redeems).await?.good()?.text())?;
    let token = tokens.get("access_token").and_then(Value::as_str);
    Person::with_bearer(person.from, token.context("no token in the answer")?)
}

fn between<'a>(page: &'a str, before: &str, after: &str) -> Result<&'a str> {
    let found = page
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once(after));
    let found = found.map(|(value, _)| value);
    found.with_context(|| format!("no `{before}` on the page"))
}
