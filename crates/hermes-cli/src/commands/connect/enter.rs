//! From what was typed to a gateway that lets its person in.

use std::sync::Arc;

use hermes_client::{
    GatewayAddress, Probed, SecretAddress,
    kept::{Found, Gateways, Kept, Remembered, Where},
    sign_in::{
        Login, Method, NoMethod, SignIn, SignInError, SignedIn, Step, is_unclaimed, methods,
    },
};
use hermes_errors::{Code, Failure};
use hermes_login::{Opener, Place, SystemOpener, SystemProbe};

use super::{ask, chat::Opened, found, reach, unusable};
use crate::{
    args::{ConnectArgs, SignInAtArgs},
    commands::{Stop, auth::add::interrupted},
    output::Output,
    terminal::{Human, Lines},
    world::World,
};

/// What this program calls itself on the page of a gateway.
const CLIENT: &str = "Hermes";

/// How often a password or a token may be mistyped.
const TRIES: usize = 3;

/// Finds the gateway, and signs in if that is needed or asked for.
pub(super) async fn run(
    args: &ConnectArgs,
    gateways: &Arc<Gateways>,
    world: &World,
    output: Output,
) -> Result<Opened, Stop> {
    let found = found(gateways, world, output).await?;
    let (address, known) = meant(args.gateway.as_deref(), &found)?;
    let wanted = &args.sign_in;
    let probed = reach::probed(&address, world).await?;
    let (secret, plain_http) = reach::for_secrets(&address, known, wanted, world, output)?;
    let name = match (&wanted.name, known) {
        (Some(name), _) => name.clone(),
        (None, Some(known)) => known.name.clone(),
        (None, None) => found.name_for(&address),
    };
    // Whoever says how to sign in wants to; and what opened another kind of gateway opens none.
    let is_other = known.is_some_and(|known| known.mode != probed.mode);
    let before = match wanted.wanted().is_some() || is_other {
        true => Kept::unread(gateways, secret.clone()),
        false => {
            let kept = Kept::open(gateways, secret.clone()).await;
            kept.map_err(|error| unusable(&error))?
        }
    };
    let gateway = Remembered {
        name,
        address,
        mode: probed.mode,
        method: known.and_then(|known| known.method),
        user: known.and_then(|known| known.user.clone()),
        plain_http,
        last_used: Some(world.ports.clock.now()),
        secret: known.map_or(Where::Nowhere, |known| known.secret),
    };
    let entering = Entering {
        gateway,
        address: secret,
        probed,
        gateways,
        args: wanted,
        world,
        output,
    };
    entering.run(before).await
}

/// Signs in once more at a gateway whose session is over, by the way of the last time where there is
/// one. What has it goes on with what is new.
pub(super) async fn sign_in_again(
    opened: &Opened,
    args: &SignInAtArgs,
    world: &World,
    output: Output,
) -> Result<Opened, Stop> {
    let address = &opened.gateway.address;
    output.say(&format!("The sign-in at {} is over.", opened.gateway.name));
    let entering = Entering {
        probed: reach::probed(address, world).await?,
        gateway: opened.gateway.clone(),
        address: opened.kept.address().clone(),
        gateways: opened.kept.gateways(),
        args,
        world,
        output,
    };
    let signed_in = entering.signed_in().await?;
    opened.kept.is_now(signed_in.held.clone());
    let gateway = entering.keep(&signed_in).await?;
    Ok(Opened {
        gateway,
        kept: Arc::clone(&opened.kept),
    })
}

/// The gateway that is meant: one by its name, one by its address, or the one used last.
fn meant<'a>(
    typed: Option<&str>,
    found: &'a Found,
) -> Result<(GatewayAddress, Option<&'a Remembered>), Failure> {
    let Some(typed) = typed else {
        let last = found.last_used().ok_or_else(|| {
            let message = "no gateway is remembered yet, so its address is needed";
            let failure = Failure::new(Code::ConnectUnknown, message);
            failure.with_next_step("hermes connect https://HOST")
        })?;
        return Ok((last.address.clone(), Some(last)));
    };
    if let Some(known) = found.named(typed) {
        return Ok((known.address.clone(), Some(known)));
    }
    let address = GatewayAddress::parse(typed)
        .map_err(|error| Failure::new(Code::ConnectAddress, error.to_string()))?;
    let known = found.at(&address);
    Ok((address, known))
}

/// A gateway that was found, before anybody is in.
struct Entering<'a> {
    gateway: Remembered,
    address: SecretAddress,
    probed: Probed,
    gateways: &'a Arc<Gateways>,
    args: &'a SignInAtArgs,
    world: &'a World,
    output: Output,
}

impl Entering<'_> {
    async fn run(self, kept: Kept) -> Result<Opened, Stop> {
        let kept = Arc::new(kept);
        if kept.is_there() {
            match kept.look().await {
                Ok(user) => return self.was_in(user, kept).await,
                Err(happened) => {
                    if let Some(failure) = reach::outage(&happened, &self.gateway.address) {
                        return Err(failure.into());
                    }
                    let gateway = self.gateway.clone();
                    let opened = Opened { gateway, kept };
                    return sign_in_again(&opened, self.args, self.world, self.output).await;
                }
            }
        }
        let signed_in = self.signed_in().await?;
        kept.is_now(signed_in.held.clone());
        let gateway = self.keep(&signed_in).await?;
        Ok(Opened { gateway, kept })
    }

    /// Somebody is signed in already.
    async fn was_in(&self, user: Option<String>, kept: Arc<Kept>) -> Result<Opened, Stop> {
        let gateway = Remembered {
            user: user.or_else(|| self.gateway.user.clone()),
            ..self.gateway.clone()
        };
        let remembered = self.gateways.remember(&gateway, None).await;
        remembered.map_err(|error| unusable(&error))?;
        if self.args.sign_in_only {
            let whom = whom(&gateway);
            self.output.say(&format!("Already signed in at {whom}."));
            self.say_next(&gateway);
        }
        Ok(Opened { gateway, kept })
    }

    /// Goes down the ladder until somebody is signed in.
    async fn signed_in(&self) -> Result<SignedIn, Stop> {
        let place = Place::detect(&self.world.environment, &SystemProbe);
        let steps = self.steps(&place).await?;
        let mut steps = steps.into_iter().peekable();
        while let Some(step) = steps.next() {
            let host = self.gateway.address.host();
            self.output.say(&format!(
                "Signing in at {host} by {}: {}.",
                step.method.as_str(),
                step.why
            ));
            match self.by(step.method, &place).await? {
                Ok(signed_in) => return Ok(signed_in),
                Err(error) if error.leaves_others() && steps.peek().is_some() => {
                    self.output.say(&format!("That did not work: {error}."));
                }
                Err(error) => return Err(self.failed(&error).into()),
            }
        }
        Err(self.no_method(&NoMethod::Nothing).await.into())
    }

    /// The ways to try. The one of the last time comes first, if it still leads in.
    async fn steps(&self, place: &Place) -> Result<Vec<Step>, Failure> {
        let wanted = self.args.wanted();
        let mut steps = match methods(&self.probed, place, wanted) {
            Ok(steps) => steps,
            Err(error) => return Err(self.no_method(&error).await),
        };
        let last = self.gateway.method;
        // What a browser and a code bring is the same, and this may be another place.
        if last == Some(Method::Password) {
            steps.sort_by_key(|step| Some(step.method) != last);
        }
        Ok(steps)
    }

    /// Signs in one way.
    async fn by(
        &self,
        method: Method,
        place: &Place,
    ) -> Result<Result<SignedIn, SignInError>, Stop> {
        match method {
            Method::Browser | Method::Device => self.by_waiting(method, place).await,
            Method::Password => {
                let from_stdin = self.args.password_stdin;
                self.by_typing(from_stdin, place, async |sign_in| {
                    let login = self.login()?;
                    Ok(sign_in.by_password(&login).await)
                })
                .await
            }
            Method::Token => {
                let from_stdin = self.args.token_stdin;
                self.by_typing(from_stdin, place, async |sign_in| {
                    let token = self.secret("token", "--token-stdin", from_stdin)?;
                    Ok(sign_in.by_token(&token).await)
                })
                .await
            }
        }
    }

    /// By what a person does elsewhere, while the keys are read here.
    async fn by_waiting(
        &self,
        method: Method,
        place: &Place,
    ) -> Result<Result<SignedIn, SignInError>, Stop> {
        let lines = match self.world.no_input {
            true => Lines::none(),
            false => Lines::of_stdin(),
        };
        let opener = &SystemOpener;
        let environment = &self.world.environment;
        let human = Human::new(self.output, lines, environment, opener, self.args.qr);
        let stopped = interrupted();
        let sign_in = self.sign_in(place, &human);
        let work = async {
            match method {
                Method::Device => sign_in.by_device().await,
                _ => sign_in.by_browser().await,
            }
        };
        let result = tokio::select! {
            result = work => Ok(result),
            // What a browser brings may be pasted, so there the sign-in reads.
            never = human.keys(), if method == Method::Device => match never {},
            () = stopped => {
                let message = format!("sign-in at {} was stopped", self.gateway.name);
                let failure = Failure::new(Code::Interrupted, message);
                Err(failure.with_next_step(self.again()).into())
            }
        };
        human.settle();
        result
    }

    /// By something that is typed, which may be mistyped.
    async fn by_typing(
        &self,
        from_stdin: bool,
        place: &Place,
        attempt: impl AsyncFn(SignIn<'_>) -> Result<Result<SignedIn, SignInError>, Failure>,
    ) -> Result<Result<SignedIn, SignInError>, Stop> {
        let environment = &self.world.environment;
        let human = Human::new(
            self.output,
            Lines::none(),
            environment,
            &SystemOpener,
            false,
        );
        for left in (0..TRIES).rev() {
            let result = attempt(self.sign_in(place, &human)).await?;
            let is_mistyped = matches!(
                &result,
                Err(SignInError::WrongPassword { .. } | SignInError::WrongToken { .. })
            );
            match &result {
                Err(error) if is_mistyped && left > 0 && !from_stdin => {
                    self.output
                        .say(&format!("Not signed in: {error}. Try again."));
                }
                _ => return Ok(result),
            }
        }
        Ok(Err(SignInError::TimedOut {
            host: self.gateway.address.host().to_owned(),
        }))
    }

    fn sign_in<'a>(&'a self, place: &'a Place, human: &'a Human<'a>) -> SignIn<'a> {
        let opener: &dyn Opener = &SystemOpener;
        SignIn {
            address: &self.address,
            client: CLIENT,
            place,
            ports: &self.world.ports,
            opener: (!self.args.no_browser).then_some(opener),
            onlooker: human,
            retry: Some("hermes connect"),
            provider: None,
        }
    }

    /// The user name and the password, as given or asked for.
    fn login(&self) -> Result<Login, Failure> {
        let user = match &self.args.user {
            Some(user) => user.clone(),
            None if ask::can_ask(self.world) => ask::line("User name: ")?,
            None => return Err(self.cannot_ask("user name", "--user NAME --password-stdin")),
        };
        let from_stdin = self.args.password_stdin;
        Ok(Login {
            provider: Login::provider(&self.probed),
            user,
            password: self.secret("password", "--user NAME --password-stdin", from_stdin)?,
        })
    }

    fn secret(
        &self,
        what: &str,
        flags: &str,
        from_stdin: bool,
    ) -> Result<hermes_secret::Secret, Failure> {
        if from_stdin {
            return ask::secret_from_stdin(what, self.output);
        }
        if !ask::can_ask(self.world) {
            return Err(self.cannot_ask(what, flags));
        }
        let mut label = what.to_owned();
        label[..1].make_ascii_uppercase();
        ask::secret(&format!("{label}: "))
    }

    fn cannot_ask(&self, what: &str, flags: &str) -> Failure {
        let message = format!("the {what} has to be asked for, and there is no terminal to ask on");
        let next = format!("{} {flags}", self.again());
        Failure::new(Code::NoTerminal, message).with_next_step(next)
    }

    /// Keeps what a sign-in has brought, and says so.
    async fn keep(&self, signed_in: &SignedIn) -> Result<Remembered, Stop> {
        let mut gateway = Remembered {
            method: Some(signed_in.method),
            user: signed_in.user.clone(),
            ..self.gateway.clone()
        };
        let kept = self
            .gateways
            .remember(&gateway, Some(&signed_in.held))
            .await;
        gateway.secret = kept.map_err(|error| unusable(&error))?;
        let place = match gateway.secret {
            Where::Keychain => "the keychain".to_owned(),
            Where::File | Where::Nowhere => {
                let path = self.world.display(self.gateways.secrets_file());
                format!("{path}, which only you can read")
            }
        };
        let whom = whom(&gateway);
        self.output
            .say(&format!("Signed in at {whom}. Kept in {place}."));
        if self.args.sign_in_only {
            self.say_next(&gateway);
        }
        Ok(gateway)
    }

    fn say_next(&self, gateway: &Remembered) {
        let next = format!("  Next: hermes connect {}", gateway.name);
        self.output.say(&next);
    }

    async fn no_method(&self, error: &NoMethod) -> Failure {
        let (http, address) = (&*self.world.ports.http, &self.gateway.address);
        if matches!(error, NoMethod::Nothing) && is_unclaimed(http, address).await {
            let host = address.host().to_owned();
            return Failure::of(&SignInError::Unclaimed { host });
        }
        let version = self.probed.version.as_ref();
        let version = version.map_or_else(String::new, |version| format!(" (version {version})"));
        Failure::new(Code::ConnectNoMethod, format!("{error}{version}"))
    }

    fn failed(&self, error: &SignInError) -> Failure {
        let failure = Failure::of(error);
        match error {
            SignInError::Refused { .. } | SignInError::TimedOut { .. } => {
                failure.with_next_step(self.again())
            }
            SignInError::WrongPassword { .. } => {
                failure.with_next_step(format!("{} --flow password", self.again()))
            }
            SignInError::WrongToken { .. } => {
                failure.with_next_step(format!("{} --flow token", self.again()))
            }
            SignInError::Http(_) | SignInError::NotTheGateway { .. } => {
                let address = &self.gateway.address;
                failure.with_next_step(format!("hermes doctor --url {address}"))
            }
            _ => failure,
        }
    }

    /// The command that begins again.
    fn again(&self) -> String {
        format!("hermes connect {}", self.gateway.address)
    }
}

/// The gateway and its person, as a sentence ends with them.
fn whom(gateway: &Remembered) -> String {
    match &gateway.user {
        Some(user) => format!("{} ({user})", gateway.name),
        None => gateway.name.clone(),
    }
}
