//! Every key there is. What the file says about a key, its default and its bounds are here and
//! nowhere else.

use super::key::{Key, Kind, Section};

const DAY: u64 = 86_400;

/// A key with a default.
const fn key(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key {
        name,
        kind,
        default: Some(default),
        example: default,
        upstream: None,
        flag: None,
        about,
    }
}

/// A key that is unset unless someone sets it.
const fn unset(name: &'static str, kind: Kind, example: &'static str, about: &'static str) -> Key {
    Key {
        name,
        kind,
        default: None,
        example,
        upstream: None,
        flag: None,
        about,
    }
}

const fn or(key: Key, upstream: &'static str) -> Key {
    Key {
        upstream: Some(upstream),
        ..key
    }
}

/// The tables that stand once, in the order of the file.
pub(super) static SECTIONS: [&Section; 11] = [
    &GATEWAY, &TLS, &PROXY, &SESSIONS, &LIMITS, &PASSWORD, &DEVICE, &SHARING, &BASIC, &NOUS, &MODEL,
];

pub(super) static GATEWAY: Section = Section {
    table: "gateway",
    about: "Where the gateway listens, and what it says.",
    waits: true,
    keys: &[
        key(
            "host",
            Kind::Text,
            "\"127.0.0.1\"",
            "The address to listen on. Anything but `127.0.0.1`, `localhost` and `::1` needs a sign-in.",
        ),
        key(
            "port",
            Kind::Whole(0, 65_535),
            "9119",
            "The port to listen on; 0 takes a free one.",
        ),
        key(
            "open",
            Kind::Switch,
            "true",
            "Whether the page is opened in a browser at the start. `--no-open` is short for `--open=false`.",
        ),
        key(
            "log_format",
            Kind::Text,
            "\"text\"",
            "`text` for people, `json` for programs.",
        ),
        unset(
            "metrics",
            Kind::Text,
            "\"127.0.0.1:9120\"",
            "Where numbers for Prometheus are served, without sign-in. Off unless set.",
        ),
        or(
            unset(
                "token",
                Kind::Secret,
                "\"…\"",
                "The token of a gateway without sign-in; one is made at the first start and kept unless set.",
            ),
            "HERMES_DASHBOARD_SESSION_TOKEN",
        ),
        key(
            "token_in_page",
            Kind::Switch,
            "false",
            "Puts the token into the page for old clients that look for it there. Whoever can reach the port can then read it.",
        ),
        key(
            "push",
            Kind::Switch,
            "true",
            "Whether browsers that ask for it are told while they are closed, by the push service of their vendor.",
        ),
        key(
            "announce",
            Kind::Switch,
            "false",
            "Whether the networks of this machine are told that a gateway is there, so that desktops find it. Off unless needed, and never while it listens for this machine alone.",
        ),
    ],
};

pub(super) static TLS: Section = Section {
    table: "gateway.tls",
    about: "A certificate of the gateway's own, where no proxy brings one. Both files or neither; when\nthey change, the new certificate is shown from the next connection on.",
    waits: true,
    keys: &[
        unset(
            "cert",
            Kind::Text,
            "\"/etc/ssl/hermes.crt\"",
            "The file of the certificate and of those that lead to its authority, as PEM.",
        ),
        unset(
            "key",
            Kind::Text,
            "\"/etc/ssl/hermes.key\"",
            "The file of its private key, as PEM.",
        ),
    ],
};

pub(super) static PROXY: Section = Section {
    table: "gateway.proxy",
    about: "What people see of the gateway, and the proxies in between. Setting `public_url` or\n`trusted_proxies` demands a sign-in, wherever the gateway listens.",
    waits: false,
    keys: &[
        Key {
            upstream: Some("HERMES_DASHBOARD_PUBLIC_URL"),
            flag: Some("public-url"),
            ..unset(
                "public_url",
                Kind::Text,
                "\"https://hermes.example.com\"",
                "The address that people type. Links, redirect URIs and cookies come from it.",
            )
        },
        or(
            key(
                "trusted_proxies",
                Kind::List,
                "[]",
                "Networks whose `Forwarded` and `X-Forwarded-*` headers are believed, such as \"10.0.0.0/8\".",
            ),
            "FORWARDED_ALLOW_IPS",
        ),
        key(
            "allowed_hosts",
            Kind::List,
            "[]",
            "Further names of this gateway, besides loopback, the addresses of this machine and the host of `public_url`.",
        ),
        key(
            "allowed_origins",
            Kind::List,
            "[]",
            "Further web pages that may use this gateway, as scheme, host and port: \"https://chat.example.com\".",
        ),
        key(
            "non_web_origins",
            Kind::Switch,
            "true",
            "Whether apps and programs, which come from no web page, may connect with a good credential.",
        ),
    ],
};

pub(super) static SESSIONS: Section = Section {
    table: "gateway.sessions",
    about: "How long a sign-in lasts.",
    waits: true,
    keys: &[
        key(
            "idle",
            Kind::Span(300, 90 * DAY),
            "\"7d\"",
            "A session ends when it was not used for this long.",
        ),
        key(
            "absolute",
            Kind::Span(3_600, 365 * DAY),
            "\"30d\"",
            "A session ends this long after the sign-in, however busy it is.",
        ),
        or(
            key(
                "short_lived",
                Kind::Span(60, DAY),
                "\"15m\"",
                "How long the short-lived value of a session is good before it is renewed.",
            ),
            "HERMES_DASHBOARD_BASIC_AUTH_TTL_SECONDS",
        ),
    ],
};

pub(super) static LIMITS: Section = Section {
    table: "gateway.limits",
    about: "How much the gateway puts up with.",
    waits: true,
    keys: &[
        key(
            "sign_ins_per_address",
            Kind::Whole(1, 1_000),
            "10",
            "Tries to sign in from one address in a minute.",
        ),
        key(
            "sign_ins_per_account",
            Kind::Whole(1, 1_000),
            "10",
            "Tries to sign in to one account in a minute.",
        ),
        key(
            "sign_ins_in_all",
            Kind::Whole(1, 100_000),
            "300",
            "Tries to sign in from anywhere in a minute.",
        ),
        key(
            "tickets_per_session",
            Kind::Whole(1, 1_000),
            "32",
            "Tickets of one session that are not yet used.",
        ),
        key(
            "sockets",
            Kind::Whole(1, 1_000_000),
            "16384",
            "Open sockets in all.",
        ),
        key(
            "sockets_per_session",
            Kind::Whole(1, 10_000),
            "32",
            "Open sockets of one session.",
        ),
        key(
            "sockets_per_user",
            Kind::Whole(1, 100_000),
            "128",
            "Open sockets of one user.",
        ),
        key(
            "body_bytes",
            Kind::Whole(1_024, 64 * 1_024 * 1_024),
            "1048576",
            "The largest body of a request.",
        ),
    ],
};

pub(super) static PASSWORD: Section = Section {
    table: "gateway.password",
    about: "Sign-in by password, for the users of `hermes users`.",
    waits: false,
    keys: &[key(
        "min_length",
        Kind::Whole(8, 64),
        "15",
        "The fewest characters of a new password.",
    )],
};

pub(super) static DEVICE: Section = Section {
    table: "gateway.device",
    about: "Sign-in of machines without a browser, by a code that is approved in a browser elsewhere.",
    waits: false,
    keys: &[key(
        "enabled",
        Kind::Switch,
        "false",
        "Whether machines may ask. Off unless needed: somebody can be talked into approving the code of a stranger's machine.",
    )],
};

pub(super) static SHARING: Section = Section {
    table: "gateway.sharing",
    about: "Links under which anybody reads what was said in a conversation until the link was made.",
    waits: false,
    keys: &[key(
        "enabled",
        Kind::Switch,
        "false",
        "Whether people may share their conversations. Off unless needed: who has a link needs no sign-in. While it is off, no link opens.",
    )],
};

pub(super) static BASIC: Section = Section {
    table: "gateway.basic",
    about: "One user with a password, who is the owner: for machines that are set up from outside.",
    waits: false,
    keys: &[
        or(
            unset("username", Kind::Text, "\"admin\"", "The name of the user."),
            "HERMES_DASHBOARD_BASIC_AUTH_USERNAME",
        ),
        or(
            unset("password", Kind::Secret, "\"…\"", "The password itself."),
            "HERMES_DASHBOARD_BASIC_AUTH_PASSWORD",
        ),
        or(
            unset(
                "password_hash",
                Kind::Secret,
                "\"…\"",
                "A hash of the password instead of it: argon2id (`$argon2id$…`) or upstream's scrypt (`scrypt$…`).",
            ),
            "HERMES_DASHBOARD_BASIC_AUTH_PASSWORD_HASH",
        ),
    ],
};

pub(super) static NOUS: Section = Section {
    table: "gateway.nous",
    about: "Sign-in by Nous Research, for gateways that its portal knows.",
    waits: false,
    keys: &[
        or(
            unset(
                "client_id",
                Kind::Text,
                "\"agent:…\"",
                "The client id that the portal shows for this gateway; sign-in by Nous is off unless set.",
            ),
            "HERMES_DASHBOARD_OAUTH_CLIENT_ID",
        ),
        or(
            key(
                "portal_url",
                Kind::Text,
                "\"https://portal.nousresearch.com\"",
                "The address of the portal.",
            ),
            "HERMES_DASHBOARD_PORTAL_URL",
        ),
        key(
            "allow_subjects",
            Kind::List,
            "[]",
            "Who may sign in besides the owner, as the portal's user ids. Nobody unless listed.",
        ),
        unset(
            "owner_subject",
            Kind::Text,
            "\"…\"",
            "The portal's user id of the owner.",
        ),
    ],
};

/// The table of an OpenID Connect issuer, which may stand several times.
pub(super) static ISSUER: Section = Section {
    table: "gateway.oidc",
    about: "Sign-in by OpenID Connect. The table may stand several times, once for each issuer; the\nvariables speak of the one named `self-hosted`, or as HERMES_GATEWAY_OIDC_NAME says.",
    waits: false,
    keys: &[
        key(
            "name",
            Kind::Text,
            "\"self-hosted\"",
            "What the issuer is called in addresses: lower-case letters, digits and `-`.",
        ),
        unset(
            "display_name",
            Kind::Text,
            "\"Example\"",
            "What the button says; the name unless set.",
        ),
        or(
            unset(
                "issuer",
                Kind::Text,
                "\"https://id.example.com\"",
                "The issuer, exactly as its metadata names it.",
            ),
            "HERMES_DASHBOARD_OIDC_ISSUER",
        ),
        or(
            unset(
                "client_id",
                Kind::Text,
                "\"hermes\"",
                "The client id that the issuer knows this gateway by.",
            ),
            "HERMES_DASHBOARD_OIDC_CLIENT_ID",
        ),
        or(
            unset(
                "client_secret",
                Kind::Secret,
                "\"…\"",
                "The client secret, if the issuer gave one.",
            ),
            "HERMES_DASHBOARD_OIDC_CLIENT_SECRET",
        ),
        or(
            key(
                "scopes",
                Kind::Text,
                "\"openid profile email\"",
                "What to ask for, with blanks between.",
            ),
            "HERMES_DASHBOARD_OIDC_SCOPES",
        ),
        key(
            "groups_claim",
            Kind::Text,
            "\"groups\"",
            "The claim that holds the groups of a person.",
        ),
        key(
            "allow_emails",
            Kind::List,
            "[]",
            "Who may sign in, by verified e-mail address. Whoever is on none of the four lists may not.",
        ),
        key(
            "allow_domains",
            Kind::List,
            "[]",
            "Who may sign in, by the domain of a verified e-mail address, compared whole.",
        ),
        key(
            "allow_groups",
            Kind::List,
            "[]",
            "Who may sign in, by group.",
        ),
        key(
            "allow_subjects",
            Kind::List,
            "[]",
            "Who may sign in, by the issuer's user id (`sub`).",
        ),
        unset(
            "owner_email",
            Kind::Text,
            "\"you@example.com\"",
            "The owner, by verified e-mail address.",
        ),
        unset(
            "owner_subject",
            Kind::Text,
            "\"…\"",
            "The owner, by the issuer's user id.",
        ),
    ],
};

pub(super) static MODEL: Section = Section {
    table: "model",
    about: "Who answers in conversations: a provider that is signed in, or any server that speaks\nOpenAI's chat completions.",
    waits: false,
    keys: &[
        unset(
            "provider",
            Kind::Text,
            "\"openrouter\"",
            "The provider whose credentials are used, by its name in `hermes auth providers`.",
        ),
        unset(
            "default",
            Kind::Text,
            "\"anthropic/claude-sonnet-5\"",
            "The model that answers where a conversation has chosen none, by the provider's name for it.",
        ),
        unset(
            "base_url",
            Kind::Text,
            "\"http://127.0.0.1:11434/v1\"",
            "The server to ask instead of a provider: https, or http on this machine.",
        ),
        unset(
            "api_key",
            Kind::Secret,
            "\"…\"",
            "The key for that server, if it wants one.",
        ),
        key(
            "titles",
            Kind::Switch,
            "true",
            "Whether the model is asked for a title after the first answer, which takes some tokens.",
        ),
    ],
};
