//! The pages a person would see.

/// A page with a heading and a paragraph, both escaped.
pub(super) fn plain(heading: &str, text: &str) -> String {
    let (heading, text) = (escape(heading), escape(text));
    format!(
        "<!doctype html><meta charset=utf-8><title>{heading}</title><h1>{heading}</h1><p>{text}</p>"
    )
}

/// The form in which a person types a user code.
pub(super) fn activate(user_code: &str) -> String {
    let user_code = escape(user_code);
    format!(
        "<!doctype html><meta charset=utf-8><title>Sign in a device</title>\
         <h1>Sign in a device</h1><form method=post action=activate>\
         <label>Code <input name=user_code value=\"{user_code}\"></label> \
         <button name=answer value=allow>Allow</button> \
         <button name=answer value=deny>Deny</button></form>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
