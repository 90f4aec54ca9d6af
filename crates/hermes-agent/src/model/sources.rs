use std::sync::Arc;

use hermes_credentials::Kind;
use hermes_errors::Failure;
use hermes_machine::BoxFuture;

use super::Access;

/// Whoever knows which ways to models there are.
///
/// What there is changes while programs run, for people sign in and out. So it is asked each time.
pub trait Sources: Send + Sync {
    /// Who is asked where a prompt names nobody; `None` if nobody was ever named. It is asked for
    /// often, and costs nothing.
    fn usual(&self) -> Option<Pick>;

    /// Everybody who could be asked, signed in or not.
    fn list(&self) -> BoxFuture<'_, Result<Vec<Source>, Failure>>;

    /// The way to the models of the source of this id.
    fn access<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Arc<dyn Access>, Failure>>;

    /// Who answers a prompt that names this source and this model, or leaves them open. The usual
    /// model is the usual source's alone.
    fn pick(&self, source: Option<&str>, model: Option<&str>) -> Option<Pick> {
        let usual = self.usual();
        let source = source.or_else(|| usual.as_ref().map(|usual| &*usual.source))?;
        let usual = usual.as_ref().filter(|usual| usual.source == source);
        let model = model.or_else(|| usual?.model.as_deref());
        Some(Pick {
            source: source.to_owned(),
            model: model.map(str::to_owned),
        })
    }
}

/// A source, and one of its models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The id of the source.
    pub source: String,
    /// The model, by the source's name for it; none if none was chosen.
    pub model: Option<String>,
}

/// Somebody whose models can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The provider's id, or [`FixedAccess::ID`](super::FixedAccess::ID).
    pub id: String,
    /// The name in lists.
    pub name: String,
    /// What gives access to it, or would if there were something; none where nothing is needed.
    pub kind: Option<Kind>,
    /// Whether it can be asked.
    pub standing: Standing,
}

/// Whether a source can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Usable,
    /// There are credentials, and none of them is good any more.
    SignInNeeded,
    /// Nobody has signed in.
    SignedOut,
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Named(Option<Pick>);

    impl Sources for Named {
        fn usual(&self) -> Option<Pick> {
            self.0.clone()
        }

        fn list(&self) -> BoxFuture<'_, Result<Vec<Source>, Failure>> {
            Box::pin(async { Ok(Vec::new()) })
        }

        fn access<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Arc<dyn Access>, Failure>> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn the_usual_model_is_the_usual_sources_alone() {
        let pick = |source: &str, model: Option<&str>| {
            Some(Pick {
                source: source.to_owned(),
                model: model.map(str::to_owned),
            })
        };
        let named = Named(pick("a", Some("m")));
        assert_eq!(named.pick(None, None), pick("a", Some("m")));
        assert_eq!(named.pick(Some("a"), None), pick("a", Some("m")));
        assert_eq!(named.pick(None, Some("n")), pick("a", Some("n")));
        assert_eq!(named.pick(Some("b"), None), pick("b", None));
        assert_eq!(named.pick(Some("b"), Some("n")), pick("b", Some("n")));
        let nobody = Named(None);
        assert_eq!(nobody.pick(None, Some("n")), None);
        assert_eq!(nobody.pick(Some("b"), None), pick("b", None));
    }
}
