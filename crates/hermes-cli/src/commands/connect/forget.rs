use std::sync::Arc;

use hermes_client::kept::{Gateways, Kept, Left};
use hermes_errors::{Code, Failure};

use super::{found, unknown, unusable};
use crate::{commands::Done, output::Output, world::World};

/// Signs out at a gateway and forgets it, whether it could be told or not.
pub(super) async fn run(
    name: &str,
    gateways: &Arc<Gateways>,
    world: &World,
    output: Output,
) -> Done {
    let found = found(gateways, world, output).await?;
    let gateway = found.named(name).or_else(|| {
        let address = hermes_client::GatewayAddress::parse(name).ok()?;
        found.at(&address)
    });
    let gateway = gateway.ok_or_else(|| unknown(name))?;
    let name = &gateway.name;
    let left = match gateway.address.clone().for_secrets(gateway.plain_http) {
        Ok(address) => {
            let kept = Kept::open(gateways, address).await;
            kept.map_err(|error| unusable(&error))?.leave().await
        }
        // Nothing may be shown there, so nobody can be signed out either.
        Err(_) => Left::Unconfirmed,
    };
    let forgotten = gateways.forget(&gateway.address).await;
    forgotten.map_err(|error| unusable(&error))?;
    match left {
        Left::Ended => output.say(&format!("Signed out at {name}, and forgot it.")),
        Left::Nothing => output.say(&format!("Forgot {name}; nobody was signed in there.")),
        Left::Token => output.say(&format!(
            "Forgot {name} and its token. The token is the gateway's own and stays good."
        )),
        Left::Unconfirmed => {
            let message = format!(
                "`{name}` is forgotten here, and the gateway did not confirm that the session has ended"
            );
            return Err(Failure::new(Code::ConnectNotSignedOut, message).into());
        }
    }
    Ok(())
}
