//! The list of gateways: which is shown, what it is called, and whether anything is kept for it.

use hermes_client::kept::{Kept, Left, Remembered, is_name};
use hermes_errors::Code;
use hermes_protocol::bridge::{BridgeRefusal, SignedOut};

use crate::{Desk, here, refusal};

impl Desk {
    /// Shows another gateway.
    ///
    /// # Errors
    ///
    /// If there is none of this id.
    pub async fn show(&self, id: &str) -> Result<(), BridgeRefusal> {
        if id == here::ID {
            return self.use_here().await;
        }
        let gateway = self.gateway(id)?;
        self.state().current = Some(id.to_owned());
        self.changed();
        self.tell_ready().await;
        self.keep_place();
        self.remember(Remembered {
            last_used: Some(self.0.outfit.world.ports.clock.now()),
            ..gateway
        })
        .await
    }

    /// Gives a gateway another name.
    ///
    /// # Errors
    ///
    /// If it is no name, or another gateway's.
    pub async fn rename(&self, id: &str, name: &str) -> Result<(), BridgeRefusal> {
        if id == here::ID {
            return self.rename_here(name);
        }
        let gateway = self.gateway(id)?;
        self.remember(Remembered {
            name: name.to_owned(),
            ..gateway
        })
        .await
    }

    /// Signs out at a gateway, which is still remembered. What is kept here is gone, whatever it answers.
    ///
    /// # Errors
    ///
    /// If there is none of this id, or a file cannot be changed.
    pub async fn sign_out(&self, id: &str) -> Result<SignedOut, BridgeRefusal> {
        if id == here::ID {
            return Ok(SignedOut::Nothing);
        }
        let left = self.leave(&self.gateway(id)?).await?;
        self.read_gateways().await?;
        self.connect(id).await;
        Ok(left)
    }

    /// Signs out at a gateway and forgets it; that of this computer ends.
    ///
    /// # Errors
    ///
    /// As [`sign_out`](Self::sign_out).
    pub async fn forget(&self, id: &str) -> Result<SignedOut, BridgeRefusal> {
        let left = match id {
            here::ID => {
                self.end().await;
                SignedOut::Nothing
            }
            _ => {
                let gateway = self.gateway(id)?;
                let left = self.leave(&gateway).await?;
                self.kept(self.0.outfit.gateways.forget(&gateway.address).await)?;
                left
            }
        };
        {
            let mut state = self.state();
            state.links.remove(id);
            if state.current.as_deref() == Some(id) {
                state.current = None;
            }
        }
        self.keep_place();
        self.read_gateways().await?;
        Ok(left)
    }

    /// Ends what signs its person in at a gateway, there and here.
    async fn leave(&self, gateway: &Remembered) -> Result<SignedOut, BridgeRefusal> {
        let gateways = &self.0.outfit.gateways;
        let left = match gateway.address.clone().for_secrets(gateway.plain_http) {
            Ok(address) => match Kept::open(gateways, address).await {
                Ok(kept) => kept.leave().await,
                Err(_) => Left::Unconfirmed,
            },
            // Nothing may be shown there, so nobody can be signed out either.
            Err(_) => Left::Unconfirmed,
        };
        self.kept(gateways.drop_held(&gateway.address).await)?;
        Ok(match left {
            Left::Ended => SignedOut::Ended,
            Left::Token => SignedOut::Token,
            Left::Nothing => SignedOut::Nothing,
            Left::Unconfirmed => SignedOut::Unconfirmed,
        })
    }

    async fn remember(&self, gateway: Remembered) -> Result<(), BridgeRefusal> {
        self.kept(self.0.outfit.gateways.remember(&gateway, None).await)?;
        self.read_gateways().await
    }

    fn rename_here(&self, name: &str) -> Result<(), BridgeRefusal> {
        let name = name.trim();
        if !is_name(name) {
            let text = "a name has 1 to 64 letters, digits, `.`, `-` and `_`";
            return Err(refusal::said(Code::ConnectName, text));
        }
        let is_taken = self.state().remembered.iter().any(|one| one.name == name);
        if is_taken {
            let text = format!("another gateway has the name `{name}` already");
            return Err(refusal::said(Code::ConnectName, &text));
        }
        self.state().here_name = Some(name.to_owned());
        self.changed();
        self.keep_place();
        Ok(())
    }

    fn gateway(&self, id: &str) -> Result<Remembered, BridgeRefusal> {
        self.state()
            .gateway(id)
            .cloned()
            .ok_or_else(refusal::unknown)
    }
}
