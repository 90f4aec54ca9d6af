//! What is offered to whoever chooses a model: providers, their models, and what their lists say of them.

use std::collections::BTreeMap;

use hermes_agent::{FixedAccess, ModelInfo, Offer, Price, Source, Standing};
use hermes_credentials::Kind;
use hermes_protocol::methods::{AuthType, ModelPricing, ProviderOption, ProviderSource};

/// The most models of a provider that are listed. Who knows a name can choose others.
const LISTED: usize = 1_000;

/// A provider as it is shown. The current model is among its provider's, listed or not, so that it can
/// be kept.
pub(super) fn row(offer: &Offer, provider: &str, model: &str) -> ProviderOption {
    let Source {
        id,
        name,
        kind,
        standing,
    } = &offer.source;
    let is_user_defined = is_own(id);
    let is_current = id == provider;
    let models = offer.models.as_deref().unwrap_or_default();
    let is_missing =
        is_current && !model.is_empty() && !models.iter().any(|known| known.id == model);
    let unlisted = is_missing.then(|| model.to_owned());
    let listed = models.iter().take(LISTED).map(|model| model.id.clone());
    ProviderOption {
        slug: id.clone(),
        name: name.clone(),
        is_current,
        is_user_defined,
        total_models: (models.len() + usize::from(is_missing)) as u64,
        models: unlisted.into_iter().chain(listed).collect(),
        source: match is_user_defined {
            true => ProviderSource::UserConfig,
            false => ProviderSource::BuiltIn,
        },
        authenticated: *standing == Standing::Usable,
        auth_type: kind.map(|kind| match kind {
            Kind::ApiKey => AuthType::ApiKey,
            Kind::OAuth => AuthType::Oauth,
        }),
        pricing: of_each(models, |model| model.price.map(pricing)),
        context_lengths: of_each(models, |model| model.context.filter(|tokens| *tokens > 0)),
        image_input: of_each(models, |model| model.images),
        warning: (offer.models.as_ref().err())
            .map(|failure| format!("{failure}: {}", failure.next_step)),
    }
}

/// Whether a source is a server of the person's own: that of the settings, or one of upstream's file.
fn is_own(id: &str) -> bool {
    let rest = id.strip_prefix(FixedAccess::ID);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// What is known of each of these models, by its name; `None` if it is of none.
fn of_each<T>(
    models: &[ModelInfo],
    known: impl Fn(&ModelInfo) -> Option<T>,
) -> Option<BTreeMap<String, T>> {
    let listed = models.iter().take(LISTED);
    let found: BTreeMap<_, _> = listed
        .filter_map(|model| Some((model.id.clone(), known(model)?)))
        .collect();
    (!found.is_empty()).then_some(found)
}

fn pricing(price: Price) -> ModelPricing {
    ModelPricing {
        input: per_million(price.input),
        output: per_million(price.output),
        free: price.input == 0 && price.output == 0,
    }
}

/// So many millionths of a dollar in upstream's words, to the last digit that says something.
fn per_million(millionths: u64) -> String {
    if millionths == 0 {
        return "free".to_owned();
    }
    let (dollars, rest) = (
        millionths / 1_000_000,
        format!("{:06}", millionths % 1_000_000),
    );
    let (cents, more) = rest.split_at(2);
    format!("${dollars}.{cents}{}", more.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_3_4_prices_are_in_upstreams_words() {
        for (millionths, expected) in [
            (0, "free"),
            (3_000_000, "$3.00"),
            (180_000_000, "$180.00"),
            (150_000, "$0.15"),
            (75_000, "$0.075"),
            (1, "$0.000001"),
        ] {
            assert_eq!(per_million(millionths), expected);
        }
        let half = pricing(Price {
            input: 0,
            output: 1_000_000,
        });
        assert_eq!(
            (&*half.input, &*half.output, half.free),
            ("free", "$1.00", false)
        );
    }
}
