//! What a model costs, as its provider's list says.

use serde_json::Value;

/// What a model costs, for each token: in millionths of a millionth of a US dollar, so that a million
/// tokens cost as many millionths of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// What is sent to it.
    pub input: u64,
    /// What it writes.
    pub output: u64,
}

/// The most dollars for a token: what costs more is told in another unit.
const MOST: f64 = 1.0;

impl Price {
    /// The price in a model's entry of a list, if there is one. Some lists have numbers under the same
    /// names, for a million tokens and not for one: they are not read. Nor is a price below nothing, by which
    /// lists say that it depends.
    pub(super) fn of(entry: &Value) -> Option<Self> {
        let pricing = entry.get("pricing")?;
        Some(Self {
            input: per_token(pricing.get("prompt")?)?,
            output: per_token(pricing.get("completion")?)?,
        })
    }
}

fn per_token(written: &Value) -> Option<u64> {
    let dollars: f64 = written.as_str()?.parse().ok()?;
    let is_price = (0.0..=MOST).contains(&dollars);
    // A whole number that is written out is one without a conversion that may lose something.
    is_price
        .then(|| format!("{:.0}", dollars * 1e12))?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prices_are_read_where_it_is_clear_what_they_are_for() {
        let price = |prompt: Value, completion: Value| {
            Price::of(&json!({"pricing": {"prompt": prompt, "completion": completion}}))
        };
        let of = |input, output| Some(Price { input, output });
        assert_eq!(
            price(json!("0.000003"), json!("0.000015")),
            of(3_000_000, 15_000_000)
        );
        assert_eq!(
            price(json!("0.000000075"), json!("3e-7")),
            of(75_000, 300_000)
        );
        assert_eq!(price(json!("0"), json!("0")), of(0, 0));
        for (prompt, completion) in [
            (json!("-1"), json!("-1")),
            (json!(0.18), json!(0.18)),
            (json!("free"), json!("0")),
            (json!("NaN"), json!("0")),
            (json!("inf"), json!("0")),
            (json!("3"), json!("15")),
            (json!(""), json!("")),
            (json!("0.1"), json!(null)),
        ] {
            assert_eq!(price(prompt.clone(), completion), None, "{prompt}");
        }
        assert_eq!(Price::of(&json!({"id": "m"})), None);
        assert_eq!(Price::of(&json!({"pricing": "cheap"})), None);
    }
}
