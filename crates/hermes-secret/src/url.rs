use std::fmt;

/// Shows a URL without what may be secret in it: user information, the values of the query, and
/// the fragment are cut, names of query parameters stay.
///
/// ```
/// let url = url::Url::parse("http://127.0.0.1:56121/callback?code=c1&state=s1#x")?;
/// let shown = hermes_secret::SafeUrl(&url).to_string();
/// assert_eq!(shown, "http://127.0.0.1:56121/callback?code=…&state=…");
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct SafeUrl<'a>(pub &'a url::Url);

impl fmt::Display for SafeUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.0.scheme())?;
        if let Some(host) = self.0.host_str() {
            f.write_str(host)?;
        }
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())?;
        for (index, (name, _)) in self.0.query_pairs().enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            write!(f, "{separator}{}=…", crate::plain(&name, 64))?;
        }
        Ok(())
    }
}

impl fmt::Debug for SafeUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
