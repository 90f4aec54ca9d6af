//! Reading what another version of the gateway, or upstream's, says in its own way. A word or a field
//! that is not known here must not make all that is around it unreadable.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

/// The value, or what there is without one if it is another thing.
pub(crate) fn readable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// Those of a list that can be read, in their order.
pub(crate) fn readable_alone<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let values: Vec<Value> = readable(deserializer)?;
    let read = |value| serde_json::from_value(value).ok();
    Ok(values.into_iter().filter_map(read).collect())
}

/// Reads what a gateway says. Upstream writes null where it has nothing to say, and ours leaves the
/// field out; both mean that it is not there.
pub(crate) fn read<T: DeserializeOwned>(said: &RawValue) -> Result<T, serde_json::Error> {
    let mut value: Value = serde_json::from_str(said.get())?;
    drop_nulls(&mut value);
    serde_json::from_value(value)
}

/// The parser has held the depth below 128.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Said {
        text: String,
        #[serde(deserialize_with = "readable")]
        flag: bool,
        #[serde(deserialize_with = "readable_alone")]
        numbers: Vec<u8>,
    }

    #[test]
    fn what_cannot_be_read_is_not_there() {
        for (text, expected) in [
            ("{}", Said::default()),
            (
                r#"{"text":null,"flag":"maybe","numbers":7}"#,
                Said::default(),
            ),
            (
                r#"{"text":"a","flag":true,"numbers":[1,null,300,"x",2],"more":{}}"#,
                Said {
                    text: "a".to_owned(),
                    flag: true,
                    numbers: vec![1, 2],
                },
            ),
        ] {
            let said: Box<RawValue> = serde_json::from_str(text).unwrap();
            assert_eq!(read::<Said>(&said).unwrap(), expected, "{text}");
        }
        let said: Box<RawValue> = serde_json::from_str("[1]").unwrap();
        assert!(read::<Vec<String>>(&said).is_err());
    }
}
