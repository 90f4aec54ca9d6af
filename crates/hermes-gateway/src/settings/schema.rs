use serde_json::{Map, Value, json};

use super::{
    key::{Key, Kind, Section},
    table::{GATEWAY, ISSUER, MODEL, SECTIONS},
};

/// What `config.toml` may hold, as JSON Schema (draft 2020-12), for editors that check and complete
/// while one types. `hermes config check` knows more: it also looks at what values say together.
pub fn schema() -> Value {
    let mut gateway = table(&GATEWAY);
    for section in SECTIONS {
        if let Some(name) = section.table.strip_prefix("gateway.") {
            gateway["properties"][name] = table(section);
        }
    }
    if let Some(name) = ISSUER.table.strip_prefix("gateway.") {
        gateway["properties"][name] = json!({
            "description": plain(ISSUER.about),
            "type": "array",
            "items": table(&ISSUER),
        });
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of the gateway of Hermes",
        "description": "The file `config.toml` in the home of Hermes. Flags and variables win over it.",
        "type": "object",
        "properties": { "gateway": gateway, "model": table(&MODEL) },
        "additionalProperties": false,
    })
}

fn table(section: &Section) -> Value {
    let mut properties = Map::new();
    let mut rules = Vec::new();
    for key in section.keys {
        properties.insert(key.name.to_owned(), value(key));
        if key.is_secret() {
            let file = format!("{}_file", key.name);
            let about = format!("A file that holds `{}` instead of this one.", key.name);
            // It would be set twice.
            let both = json!({ "type": "object", "required": [key.name, &file] });
            rules.push(json!({ "not": both }));
            properties.insert(file, json!({ "description": about, "type": "string" }));
        }
    }
    let mut table = json!({
        "description": plain(section.about),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !rules.is_empty() {
        table["allOf"] = rules.into();
    }
    table
}

fn value(key: &Key) -> Value {
    let mut value = match key.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Secret => json!({ "type": "string", "minLength": 1 }),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::Span(..) => json!({ "type": "string", "pattern": "^[0-9]+[smhd]?$" }),
        Kind::List => json!({ "type": "array", "items": { "type": "string" } }),
    };
    let bounds = match key.kind {
        Kind::Span(..) => format!(" It is {}.", key.wants()),
        _ => String::new(),
    };
    value["description"] = format!("{}{bounds}", key.about).into();
    if let Some(default) = key.default.and_then(of_toml) {
        value["default"] = default;
    } else if let (false, Some(example)) = (key.is_secret(), of_toml(key.example)) {
        value["examples"] = json!([example]);
    }
    value
}

/// A value of the table, which is written as TOML.
fn of_toml(text: &str) -> Option<Value> {
    let line: toml::Table = toml::from_str(&format!("it = {text}")).ok()?;
    serde_json::to_value(line.get("it")?).ok()
}

/// Without the line ends that the file of settings has.
fn plain(about: &str) -> String {
    about.replace('\n', " ")
}
