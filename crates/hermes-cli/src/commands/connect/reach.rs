//! Whether a gateway is there, and whether a secret may go to it.

use hermes_client::{
    GatewayAddress, Happened, Minted, NotFound, Outage, PlainHttp, Probed, SecretAddress, find,
    kept::Remembered,
};
use hermes_errors::{Code, Failure};

use super::ask;
use crate::{args::SignInAtArgs, output::Output, world::World};

/// Asks the gateway how people get in.
pub(super) async fn probed(address: &GatewayAddress, world: &World) -> Result<Probed, Failure> {
    find(&*world.ports.http, address).await.map_err(|error| {
        let next = match &error {
            NotFound::OtherScheme { found, .. } => format!("hermes connect {found}"),
            _ => doctor(address),
        };
        Failure::of(&error).with_next_step(next)
    })
}

/// The address for secrets, if nobody reads along or the person agrees to it.
pub(super) fn for_secrets(
    address: &GatewayAddress,
    known: Option<&Remembered>,
    args: &SignInAtArgs,
    world: &World,
    output: Output,
) -> Result<(SecretAddress, PlainHttp), Failure> {
    let agreed = match (args.allow_plain_http, known) {
        (true, _) => PlainHttp::Agreed,
        (false, known) => known.map_or(PlainHttp::Refused, |known| known.plain_http),
    };
    match address.clone().for_secrets(PlainHttp::Refused) {
        // What is encrypted needs no yes, and none is remembered.
        Ok(address) => Ok((address, PlainHttp::Refused)),
        Err(error) if agreed == PlainHttp::Refused => {
            let refused = || {
                let failure = Failure::new(Code::ConnectNotEncrypted, error.to_string());
                failure.with_next_step(format!("hermes connect {address} --allow-plain-http"))
            };
            if !ask::can_ask(world) {
                return Err(refused());
            }
            output.say(&format!("Note: {error}."));
            match ask::line("Type `yes` to go on all the same: ")?.trim() {
                "yes" => agreed_to(address),
                _ => Err(refused()),
            }
        }
        Err(_) => agreed_to(address),
    }
}

fn agreed_to(address: &GatewayAddress) -> Result<(SecretAddress, PlainHttp), Failure> {
    let secret = address.clone().for_secrets(PlainHttp::Agreed);
    let secret =
        secret.map_err(|error| Failure::new(Code::ConnectNotEncrypted, error.to_string()))?;
    Ok((secret, PlainHttp::Agreed))
}

/// What happened in place of an answer to who this is; nothing if only a sign-in is needed.
pub(super) fn outage(happened: &Happened, address: &GatewayAddress) -> Option<Failure> {
    let (code, what) = match happened {
        Happened::Minted(Minted::SignInNeeded) => return None,
        Happened::Out(Outage::NotTheGateway) => (
            Code::ConnectNotAGateway,
            "something else than the gateway has answered",
        ),
        Happened::Out(Outage::Status(..)) => {
            (Code::ConnectBusy, "the gateway is out of order just now")
        }
        _ => (Code::ConnectUnreachable, "the gateway did not answer"),
    };
    let failure = Failure::new(code, format!("{what}: `{address}`"));
    Some(failure.with_next_step(doctor(address)))
}

fn doctor(address: &GatewayAddress) -> String {
    format!("hermes doctor --url {address}")
}
