use hermes_machine::http::HeaderMap;

/// A proxy of which the lines are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proxy {
    Caddy,
    Haproxy,
    Nginx,
}

/// What a line of a proxy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Where the gateway is.
    Backend,
    /// How large a request may be.
    Body,
    /// The certificate, and those that lead to its authority.
    Chain,
    /// The name that people type.
    Host,
    /// How long a socket may be silent.
    Idle,
    /// The path in front, which is taken off.
    Prefix,
    /// Whether people come by TLS.
    Scheme,
    /// The way to a WebSocket.
    Upgrade,
}

impl Proxy {
    const ALL: [Self; 3] = [Self::Caddy, Self::Haproxy, Self::Nginx];

    /// The one that has answered, if it says so. HAProxy never does, and our gateway says nothing of
    /// the kind either.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let said = ["server", "via"]
            .into_iter()
            .flat_map(|name| headers.get_all(name));
        let said: Vec<String> = said
            .filter_map(|value| value.to_str().ok())
            .map(str::to_ascii_lowercase)
            .collect();
        let says = |name: &str| said.iter().any(|value| value.contains(name));
        [(Self::Caddy, "caddy"), (Self::Nginx, "nginx")]
            .into_iter()
            .find_map(|(proxy, name)| says(name).then_some(proxy))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Caddy => "Caddy",
            Self::Haproxy => "HAProxy",
            Self::Nginx => "nginx",
        }
    }

    /// What its configuration has to hold, or must not.
    const fn line(self, line: Line) -> &'static str {
        match (line, self) {
            (Line::Backend, Self::Caddy) => {
                "`reverse_proxy 127.0.0.1:9119`, with the gateway's port"
            }
            (Line::Backend, Self::Haproxy) => {
                "`server hermes 127.0.0.1:9119`, with the gateway's port"
            }
            (Line::Backend, Self::Nginx) => {
                "`proxy_pass http://127.0.0.1:9119;`, with the gateway's port"
            }
            (Line::Body, Self::Caddy) => "`max_size` of `request_body`: 2MB or more",
            (Line::Body, Self::Haproxy) => "no `http-request deny` by the size of a body",
            (Line::Body, Self::Nginx) => "`client_max_body_size 2m;`",
            (Line::Chain, Self::Caddy) => "the file of `tls` holds the whole chain",
            (Line::Chain, Self::Haproxy) => {
                "the file of `crt` holds certificate, chain and key, in this order"
            }
            (Line::Chain, Self::Nginx) => {
                "the file of `ssl_certificate` holds the whole chain (`fullchain.pem`)"
            }
            (Line::Host, Self::Caddy) => "no `header_up Host` below `reverse_proxy`",
            (Line::Host, Self::Haproxy) => "no `http-request set-header Host`",
            (Line::Host, Self::Nginx) => "`proxy_set_header Host $http_host;`",
            (Line::Idle, Self::Caddy) => {
                "no `read_timeout` or `write_timeout` of `transport`, and no `stream_timeout`, below \
                 `reverse_proxy`"
            }
            (Line::Idle, Self::Haproxy) => "`timeout tunnel 1h`",
            (Line::Idle, Self::Nginx) => "`proxy_read_timeout 1h;`",
            (Line::Prefix, Self::Caddy) => "`handle_path /hermes/*`, not `handle`",
            (Line::Prefix, Self::Haproxy) => r"`http-request replace-path /hermes(/.*) \1`",
            (Line::Prefix, Self::Nginx) => {
                "`proxy_pass http://127.0.0.1:9119/;` in `location /hermes/`: the slash at the end"
            }
            (Line::Scheme, Self::Caddy) => {
                "no `header_up X-Forwarded-Proto` or `-X-Forwarded-Proto`"
            }
            (Line::Scheme, Self::Haproxy) => "`http-request set-header X-Forwarded-Proto https`",
            (Line::Scheme, Self::Nginx) => "`proxy_set_header X-Forwarded-Proto $scheme;`",
            (Line::Upgrade, Self::Caddy) => {
                "no `header_up -Upgrade` or `-Connection`, and no `versions` without 1.1"
            }
            (Line::Upgrade, Self::Haproxy) => {
                "no `http-request del-header Upgrade`, and no `option httpclose`"
            }
            (Line::Upgrade, Self::Nginx) => {
                "`proxy_http_version 1.1;`, `proxy_set_header Upgrade $http_upgrade;`, \
                 `proxy_set_header Connection $hermes_connection;`"
            }
        }
    }
}

/// What to change: of the proxy that has answered, or of each that it may be. The guide's lines are
/// for `/hermes`, and here they are for the path in use.
pub(super) fn change(proxy: Option<Proxy>, line: Line, prefix: &str) -> String {
    let of = |proxy: Proxy| {
        let text = match line {
            Line::Prefix => proxy.line(line).replace("/hermes", prefix),
            _ => proxy.line(line).to_owned(),
        };
        format!("{}: {text}", proxy.name())
    };
    match proxy {
        Some(proxy) => of(proxy),
        None => Proxy::ALL.map(of).join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_be_there_is_in_the_guide() {
        let guide = include_str!("../../../../../../docs/src/gateway/gateway-proxy.md");
        let lines = [
            Line::Backend,
            Line::Host,
            Line::Idle,
            Line::Prefix,
            Line::Scheme,
            Line::Upgrade,
        ];
        let mut seen = 0;
        for (line, proxy) in lines
            .into_iter()
            .flat_map(|line| Proxy::ALL.map(|it| (line, it)))
        {
            let text = proxy.line(line);
            if text.starts_with("no ") {
                continue;
            }
            // Between backticks is what stands in the file; `not …` is what should not.
            let wanted = text
                .split(", not ")
                .next()
                .unwrap()
                .split('`')
                .skip(1)
                .step_by(2);
            for wanted in wanted {
                assert!(guide.contains(wanted), "{proxy:?}: `{wanted}`");
                seen += 1;
            }
        }
        assert!(seen > 10, "{seen}");
    }

    #[test]
    fn a_proxy_is_known_by_what_it_says() {
        for (name, value, proxy) in [
            ("server", "nginx/1.26.3", Some(Proxy::Nginx)),
            ("server", "Caddy", Some(Proxy::Caddy)),
            ("via", "1.1 Caddy", Some(Proxy::Caddy)),
            ("server", "Apache", None),
            ("x-server", "nginx", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(Proxy::of(&headers), proxy, "{name}: {value}");
        }
        let known = change(Some(Proxy::Nginx), Line::Host, "");
        assert_eq!(known, "nginx: `proxy_set_header Host $http_host;`");
        let unknown = change(None, Line::Prefix, "/agent");
        assert_eq!(unknown.lines().count(), 3);
        assert!(unknown.contains("`handle_path /agent/*`"), "{unknown}");
        assert!(!unknown.contains("/hermes"), "{unknown}");
    }
}
