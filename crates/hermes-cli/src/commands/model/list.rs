use std::fmt::Write as _;

use hermes_agent::{ModelInfo, Offer, Pick, Standing};
use hermes_errors::{Code, Failure};
use hermes_host::models::Models;
use serde_json::{Value, json};

use crate::{commands::Done, output::Output, terminal::Spinner, world::World};

/// Lists the models of everybody who can be asked, or of this provider.
pub(super) async fn run(provider: Option<&str>, world: &World, output: Output) -> Done {
    let models = super::open(world)?;
    let id = provider
        .map(|name| super::source(name, world))
        .transpose()?;
    let offers = asked(&models, id.as_deref()).await?;
    let chosen = models.catalogue.pick(None, None);
    if output.json {
        let sources: Vec<_> = offers.iter().map(source).collect();
        let chosen = chosen.as_ref().map(super::shape);
        output.json(&json!({ "sources": sources, "chosen": chosen }))?;
        return Ok(());
    }
    output.data(
        &offers
            .iter()
            .map(|offer| text(offer, chosen.as_ref()))
            .collect::<String>(),
    )?;
    let mut failures = offers
        .iter()
        .filter_map(|offer| offer.models.as_ref().err());
    if let (1, Some(failure)) = (offers.len(), failures.next()) {
        return Err(failure.clone().into());
    }
    for offer in &offers {
        if let Err(failure) = &offer.models {
            output.say(&format!(
                "{}: {failure}\n  next: {}",
                offer.source.id, failure.next_step
            ));
        }
    }
    Ok(())
}

/// What there is of everybody who could be asked, or of this source.
pub(super) async fn asked(models: &Models, id: Option<&str>) -> Result<Vec<Offer>, Failure> {
    let mut spinner = Spinner::counting("Asking for the models that there are".to_owned());
    let offers = match id {
        Some(id) => models.catalogue.offer(id).await.map(Vec::from_iter),
        None => models.catalogue.offers().await,
    };
    spinner.stop();
    let mut offers = offers?;
    offers.retain(|offer| id.is_some() || offer.source.standing != Standing::SignedOut);
    if offers.is_empty() {
        return Err(match id {
            Some(id) => Failure::new(
                Code::ModelUnsupported,
                format!("the API of `{id}` is none that Hermes speaks"),
            ),
            None => Failure::new(
                Code::NotSignedIn,
                "nobody is signed in whose models could be asked",
            )
            .with_next_step("hermes auth providers"),
        });
    }
    Ok(offers)
}

/// A line a model: the source, the model, how much it can have before it, and a mark at the chosen
/// one.
fn text(offer: &Offer, chosen: Option<&Pick>) -> String {
    let mut text = String::new();
    let id = &offer.source.id;
    for model in offer.models.iter().flat_map(|models| models.iter()) {
        let is_chosen = chosen.is_some_and(|chosen| {
            chosen.source == *id && chosen.model.as_deref() == Some(&*model.id)
        });
        let context = model
            .context
            .map_or_else(String::new, |tokens| format!(" {tokens}"));
        let mark = if is_chosen { " *" } else { "" };
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{id} {}{context}{mark}", model.id);
    }
    text
}

fn source(offer: &Offer) -> Value {
    let models = offer.models.as_ref().ok().map(|models| {
        let model = |model: &ModelInfo| json!({ "id": model.id, "context": model.context });
        models.iter().map(model).collect::<Vec<_>>()
    });
    let error = offer.models.as_ref().err().map(|failure| {
        json!({
            "code": failure.code.as_str(),
            "message": failure.message,
            "hint": failure.next_step,
        })
    });
    json!({
        "provider": offer.source.id,
        "name": offer.source.name,
        "models": models,
        "error": error,
    })
}
