//! Accepting an invitation: how a gateway gets its owner, the owner comes back in, and people are
//! let in one by one.
//!
//! The secret of an invitation is in the fragment of a link, which no log and no proxy sees; the
//! page posts it. Whoever brings it chooses a way to sign in: a name and a password, a passkey,
//! or an identity provider. It counts once, and only when everything else is right.

use std::time::Duration;

use hermes_machine::{Clock, Random};
use hermes_protocol::{close::Close, rest::Refusal};
use hermes_secret::Secret;
use hermes_storage::{
    Acceptance, Invitation, Invitations, Label, LoginError, LoginName, NewPasskey, Role,
    StorageError, TokenHash, UserId, Way,
};
use jiff::Timestamp;

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    limiter::Keys,
    methods::Described,
    mode::Mode,
    passkeys::PasskeyError,
    passwords::{PasswordError, PolicyError, check_policy},
};

/// How long an invitation is open.
pub const LIFE: Duration = Duration::from_secs(3600);

/// What to do about a link that opens nothing.
const SPENT: &str = "the link was used before, or is over: on the gateway's host, `hermes owner \
    invite` prints a new one for the owner, `hermes users invite` for others";

/// What to do about an identity that is somebody else's.
const IDENTITY_TAKEN: &str = "this account is another user's here already: sign in at the \
    provider with another one, or choose a password";

/// Keeps an invitation for this user: its secret, which is shown once, and when it ends. One that
/// was made for them before opens nothing any more.
///
/// # Errors
///
/// What storage met.
pub async fn invite(
    invitations: &dyn Invitations,
    user: UserId,
    role: Role,
    display_name: Option<Label>,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<(Secret, Timestamp), StorageError> {
    let now = clock.now();
    let ends_at = now.checked_add(LIFE).unwrap_or(Timestamp::MAX);
    let secret = random.token(32);
    let invitation = Invitation {
        user,
        role,
        display_name,
        ends_at,
    };
    let hash = TokenHash::of_secret(&secret);
    invitations.invite(hash, invitation, now).await?;
    Ok((secret, ends_at))
}

impl Gateway {
    /// An invitation of whoever is to be the owner, while there is none.
    ///
    /// # Errors
    ///
    /// What storage met.
    pub async fn invite_owner(&self) -> Result<Option<Secret>, StorageError> {
        if self.mode() != Mode::Unclaimed {
            return Ok(None);
        }
        let (owner, ports) = (UserId::owner(), &self.ports);
        let invitations = ports.storage.invitations();
        let (clock, random) = (&*ports.clock, &*ports.random);
        let inviting = invite(invitations, owner, Role::Owner, None, clock, random);
        let (secret, _) = inviting.await?;
        let line = Line::new(Event::UserChanged, None).user(owner.as_str(), None);
        ports.audit.record(line.reason("invited"));
        Ok(Some(secret))
    }
}

/// Why an invitation was not accepted.
#[derive(Debug)]
pub(crate) enum Unaccepted {
    /// It was used before, another one has taken its place, it is over, or it never was.
    Spent,
    /// The owner has to come first.
    NoOwner,
    /// More tries than are allowed.
    TooMany(Duration),
    /// The name cannot be one.
    Name(LoginError),
    /// Another user has the name.
    NameTaken,
    /// The password is not taken.
    Password(PolicyError),
    /// The identity is another user's here.
    IdentityTaken,
    /// Nothing came of the passkey.
    Passkey(PasskeyError),
    /// Nobody can be looked up or added just now.
    Storage,
}

impl Unaccepted {
    /// As the audit log knows it.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Spent => "invitation_spent",
            Self::NoOwner => "no_owner",
            Self::TooMany(_) => "rate_limited",
            Self::Name(_) | Self::NameTaken => "name_refused",
            Self::Password(_) => "password_refused",
            Self::IdentityTaken => "identity_taken",
            Self::Passkey(error) => error.reason(),
            Self::Storage => "storage_unavailable",
        }
    }

    /// As clients know it.
    pub(crate) fn refusal(&self) -> Refusal<'static> {
        let unprocessable = |what: String| Refusal::Unprocessable { what: what.into() };
        match self {
            Self::Spent => Refusal::InvitationSpent,
            Self::NoOwner => Refusal::Unclaimed,
            Self::TooMany(_) => Refusal::TooManyAttempts,
            Self::Name(error) => unprocessable(error.to_string()),
            Self::NameTaken => Refusal::NameTaken,
            Self::Password(error) => unprocessable(error.to_string()),
            Self::IdentityTaken => Refusal::Forbidden,
            Self::Passkey(error) => error.refusal(),
            Self::Storage => Refusal::StorageUnavailable,
        }
    }

    /// What would change it.
    pub(crate) const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Spent => Some(SPENT),
            Self::IdentityTaken => Some(IDENTITY_TAKEN),
            Self::Passkey(error) => error.hint(),
            _ => None,
        }
    }
}

impl From<StorageError> for Unaccepted {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::LoginTaken => Self::NameTaken,
            StorageError::IdentityTaken => Self::IdentityTaken,
            StorageError::UserUnknown => Self::Spent,
            StorageError::PasskeyTaken | StorageError::TooManyPasskeys => {
                Self::Passkey(error.into())
            }
            _ => Self::Storage,
        }
    }
}

impl From<PasskeyError> for Unaccepted {
    fn from(error: PasskeyError) -> Self {
        Self::Passkey(error)
    }
}

/// The invitation of a link's secret, for somebody at this address.
///
/// # Errors
///
/// [`Unaccepted::Spent`], [`Unaccepted::NoOwner`], [`Unaccepted::TooMany`] or
/// [`Unaccepted::Storage`].
pub(crate) async fn look(
    gateway: &Gateway,
    seen: &Seen,
    secret: &Secret,
) -> Result<(TokenHash, Invitation), Unaccepted> {
    if gateway.mode() == Mode::Token {
        return Err(Unaccepted::Spent);
    }
    let now = gateway.ports.clock.now();
    let keys = Keys::of("claim", "", seen.address);
    gateway
        .departures
        .admit(&keys, now)
        .map_err(Unaccepted::TooMany)?;
    let hash = TokenHash::of_secret(secret);
    let found = gateway.ports.storage.invitations().invitation(&hash, now);
    let invitation = found.await?.ok_or(Unaccepted::Spent)?;
    match (gateway.mode(), invitation.role) {
        (Mode::Unclaimed, Role::Member) => Err(Unaccepted::NoOwner),
        _ => Ok((hash, invitation)),
    }
}

/// The name that an invited person would sign in with: the one they have, or what they were
/// invited as if it can be one.
///
/// # Errors
///
/// [`Unaccepted::Storage`].
pub(crate) async fn suggested_name(
    gateway: &Gateway,
    invitation: &Invitation,
) -> Result<Option<LoginName>, Unaccepted> {
    let users = gateway.ports.storage.users();
    let there = users.find(invitation.user).await?;
    let invited_as = invitation.display_name.as_ref();
    Ok(there
        .and_then(|user| user.login)
        .or_else(|| invited_as.and_then(|name| name.as_str().parse().ok())))
}

/// Accepts an invitation by a name and a password; the user, who is to be signed in.
///
/// # Errors
///
/// [`Unaccepted`]; the invitation stays open.
pub(crate) async fn by_password(
    gateway: &Gateway,
    seen: &Seen,
    secret: &Secret,
    name: &str,
    password: Secret,
) -> Result<UserId, Unaccepted> {
    let (hash, invitation) = look(gateway, seen, secret).await?;
    let login: LoginName = name.parse().map_err(Unaccepted::Name)?;
    let least = gateway.rules().password_min_length;
    check_policy(password.expose(), login.as_str(), least).map_err(Unaccepted::Password)?;
    let hashed = gateway.passwords.hash(password).await;
    let phc = hashed.map_err(|error| match error {
        PasswordError::Busy => Unaccepted::TooMany(Duration::from_secs(1)),
        PasswordError::Unusable => Unaccepted::Storage,
    })?;
    // Until they say otherwise, people are called what they sign in with.
    let called = Label::new(login.as_str());
    let acceptance = Acceptance {
        at: gateway.ports.clock.now(),
        way: Way::Password { login, phc },
        display_name: invitation.display_name.or(called),
        email: None,
    };
    accept(gateway, seen, &hash, acceptance).await
}

/// Accepts an invitation as somebody whom an identity provider has described.
///
/// # Errors
///
/// [`Unaccepted`]; the invitation stays open.
pub(crate) async fn at_provider(
    gateway: &Gateway,
    seen: &Seen,
    hash: &TokenHash,
    person: &Described,
) -> Result<UserId, Unaccepted> {
    let (display_name, email) = person.profile();
    let acceptance = Acceptance {
        at: gateway.ports.clock.now(),
        way: Way::Identity(person.identity()),
        display_name,
        email,
    };
    accept(gateway, seen, hash, acceptance).await
}

/// Accepts an invitation by a passkey that the person's browser has made.
///
/// # Errors
///
/// [`Unaccepted`]; the invitation stays open.
pub(crate) async fn by_passkey(
    gateway: &Gateway,
    seen: &Seen,
    hash: &TokenHash,
    passkey: NewPasskey,
) -> Result<UserId, Unaccepted> {
    let acceptance = Acceptance {
        at: gateway.ports.clock.now(),
        way: Way::Passkey(passkey),
        display_name: None,
        email: None,
    };
    accept(gateway, seen, hash, acceptance).await
}

async fn accept(
    gateway: &Gateway,
    seen: &Seen,
    hash: &TokenHash,
    acceptance: Acceptance,
) -> Result<UserId, Unaccepted> {
    let accepting = gateway.ports.storage.invitations().accept(hash, acceptance);
    let accepted = accepting.await?.ok_or(Unaccepted::Spent)?;
    gateway.sessions.ended(&accepted.ended, Close::SessionEnded);
    // It is done, whatever this says; what it does not see now it sees within a minute.
    let _ = gateway.look_for_owner().await;
    gateway.ports.audit.record(
        Line::new(Event::UserChanged, Some(seen.address))
            .user(accepted.user.as_str(), None)
            .reason("invitation_accepted"),
    );
    Ok(accepted.user)
}
