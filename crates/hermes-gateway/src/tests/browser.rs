use std::collections::BTreeMap;

use http::{Request, header};

use super::rig::{Answer, Rig};

/// A client that keeps cookies.
pub(super) struct Browser<'a> {
    rig: &'a Rig,
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    /// Everything that was answered, to look for what must not be there.
    pub(super) answers: Vec<String>,
}

impl Rig {
    /// A browser of a person.
    pub(super) fn browser(&self) -> Browser<'_> {
        Browser {
            rig: self,
            cookies: BTreeMap::new(),
            headers: vec![("accept", "text/html")],
            answers: Vec::new(),
        }
    }

    /// A program rather than a browser.
    pub(super) fn program(&self) -> Browser<'_> {
        Browser {
            headers: Vec::new(),
            ..self.browser()
        }
    }
}

impl Browser<'_> {
    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub(super) async fn post(&mut self, path: &str) -> Answer {
        self.ask("POST", path, &[], "").await
    }

    pub(super) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in self.headers.iter().chain(headers) {
            request = request.header(*name, *value);
        }
        for (name, value) in &self.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        let answer = self.rig.ask(request, body).await;
        self.answers
            .push(format!("{:?} {}", answer.headers, answer.body));
        for line in answer.set_cookies() {
            let (name, rest) = line.split_once('=').unwrap();
            match rest.split(';').next().unwrap() {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    /// Its cookies, as it sends them.
    pub(super) fn pairs(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Goes to a provider: the address that the browser is sent to.
    pub(super) async fn begin(&mut self, method: &str) -> String {
        let answer = self.get(&format!("/auth/login?provider={method}")).await;
        assert_eq!(answer.status, 302, "{answer:?}");
        answer.location().to_owned()
    }

    /// Signs in at the first provider.
    pub(super) async fn sign_in(&mut self) -> Answer {
        let there = self.begin("acme").await;
        let back = self.rig.idp.approve(&there);
        self.get(&back).await
    }

    /// Whether the browser is signed in.
    pub(super) async fn is_in(&mut self) -> bool {
        self.get("/api/auth/me").await.status == 200
    }
}
