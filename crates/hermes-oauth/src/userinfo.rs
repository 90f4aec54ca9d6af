/// Who a token belongs to, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// E-mail or name, safe to show.
    pub label: String,
    /// The plan, safe to show.
    pub plan: Option<String>,
}
