//! What the page asks a gateway over HTTP, and whether a chat would work there.

use hermes_client::{Errand, ErrandError, Tick, Web};
use hermes_errors::Code;
use hermes_protocol::{
    bridge::{
        BridgeAnswer, BridgeAsk, BridgeRefusal, BridgeVerb, GatewayTest, TestOutcome, TestStep,
    },
    routes::Verb,
};
use serde_json::value::to_raw_value;

use crate::{Desk, refusal};

impl Desk {
    /// Asks a gateway over HTTP, with what signs its person in there.
    ///
    /// # Errors
    ///
    /// If no page asks that, or nobody answers. A gateway's no is an answer.
    pub async fn ask(&self, asked: BridgeAsk) -> Result<BridgeAnswer, BridgeRefusal> {
        let (line, web) = self.way_to(&asked.gateway)?;
        let body = asked.body.map(|body| to_raw_value(&body)).transpose();
        let body = body.map_err(|_| refused(&ErrandError::NotForPages))?;
        let errand = Errand::new(verb(asked.verb), &asked.path, body);
        let errand = errand.map_err(|error| refused(&error))?;
        let answer = line.ask(&web, &errand).await;
        let answer = answer.map_err(|error| refused(&error))?;
        Ok(BridgeAnswer {
            status: answer.status,
            body: String::from_utf8_lossy(&answer.body).into_owned(),
            retry_after: answer
                .retry_after
                .map(|pause| u32::try_from(pause.as_secs()).unwrap_or(u32::MAX)),
        })
    }

    /// Tries whether a chat would work at a gateway, with what is kept for it.
    ///
    /// # Errors
    ///
    /// If there is none of this id.
    pub async fn test(&self, id: &str) -> Result<GatewayTest, BridgeRefusal> {
        let (_, web) = self.way_to(id)?;
        let tried = Web::test(&web).await;
        let steps = [
            ("reachable", tried.reachable),
            ("is_hermes", tried.is_hermes),
            ("signed_in", tried.signed_in),
            ("live", tried.live),
        ];
        let steps = steps.into_iter().map(|(name, tick)| TestStep {
            name: name.to_owned(),
            outcome: outcome(tick),
        });
        Ok(GatewayTest {
            steps: steps.collect(),
        })
    }
}

fn outcome(tick: Tick) -> TestOutcome {
    match tick {
        Tick::Yes => TestOutcome::Yes { detail: None },
        Tick::No(words) => TestOutcome::No {
            code: words.code.map(|code| code.as_str().to_owned()),
            text: words.text,
            hint: None,
        },
        Tick::NotTried => TestOutcome::NotTried,
    }
}

const fn verb(verb: BridgeVerb) -> Verb {
    match verb {
        BridgeVerb::Get => Verb::Get,
        BridgeVerb::Post => Verb::Post,
        BridgeVerb::Patch => Verb::Patch,
        BridgeVerb::Delete => Verb::Delete,
    }
}

fn refused(error: &ErrandError) -> BridgeRefusal {
    let code = match error {
        ErrandError::SignedOut => Code::ConnectSignInNeeded,
        ErrandError::Out(_) => Code::ConnectBusy,
        ErrandError::NotForPages | ErrandError::TooLarge => Code::ConnectNotAllowed,
        _ => Code::ConnectUnreachable,
    };
    refusal::said(code, &error.to_string())
}
