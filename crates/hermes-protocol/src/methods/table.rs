use serde::{Deserialize, Serialize};

use super::{ConfigGetAnswer, ConfigGetParams, SetupStatusAnswer, SetupStatusParams};
use crate::rpc::{Request, RpcError, code};

/// What a person may do at the gateway. A later one may do all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Role {
    /// Anybody who is signed in.
    User,
    /// The owner of the gateway.
    Owner,
}

/// What a method touches, whose ownership its handler has to check (checklist RZ2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Object {
    /// Nothing that belongs to a person.
    Nothing,
    /// The settings of the gateway.
    Settings,
    /// The conversation that the parameters name.
    Conversation,
}

/// What a call costs, for the limit of its socket (checklist DS5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cost {
    /// Answered from memory; limited by the socket's own speed.
    Cheap,
    /// Reads a disk or asks another machine: at most
    /// [`COSTLY_CALLS_PER_MINUTE`](crate::limits::COSTLY_CALLS_PER_MINUTE) of all such methods.
    Costly,
}

/// What is declared of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// Its name on the wire.
    pub name: &'static str,
    /// Who may call it.
    pub role: Role,
    /// What it touches.
    pub object: Object,
    /// How many bytes its parameters may have.
    pub max_params: usize,
    /// What it costs.
    pub cost: Cost,
}

/// The parameters of a method, which tell the method and what it answers.
pub trait Declared: Sized {
    /// What the method answers.
    type Answer: Serialize;
    /// The method.
    const METHOD: Method;
}

macro_rules! methods {
    ($(
        $(#[$doc:meta])*
        $method:ident($params:ident) -> $answer:ident {
            name: $name:literal,
            role: $role:ident,
            object: $object:ident,
            max_params: $max:expr,
            cost: $cost:ident $(,)?
        }
    )*) => {
        /// A method that there is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Method {
            $($(#[$doc])* $method,)*
        }

        impl Method {
            /// Every method, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$method,)*];

            /// What is declared of it.
            pub const fn spec(self) -> Spec {
                match self {
                    $(Self::$method => Spec {
                        name: $name,
                        role: Role::$role,
                        object: Object::$object,
                        max_params: $max,
                        cost: Cost::$cost,
                    },)*
                }
            }

            /// The method of this name.
            pub fn find(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$method),)*
                    _ => None,
                }
            }
        }

        /// A request that may be carried out.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Call {
            $($(#[$doc])* $method($params),)*
        }

        impl Call {
            /// Reads a request of a person with this role.
            ///
            /// # Errors
            ///
            /// There is no such method ([`code::METHOD_NOT_FOUND`]), the role does not suffice
            /// ([`code::NOT_ALLOWED`]), or the parameters are too large
            /// ([`code::PARAMS_TOO_LARGE`]) or not those of the method
            /// ([`code::INVALID_PARAMS`]), looked at in this order.
            pub fn read(request: &Request<'_>, role: Role) -> Result<Self, RpcError> {
                let Some(method) = Method::find(&request.method) else {
                    return Err(RpcError::unknown_method(&request.method));
                };
                let spec = method.spec();
                admit(&spec, role, request.params.as_json().len())?;
                match method {
                    $(Method::$method => request.params.read(spec.name).map(Self::$method),)*
                }
            }

            /// Which method is called.
            pub const fn method(&self) -> Method {
                match self { $(Self::$method(_) => Method::$method,)* }
            }
        }

        $(impl Declared for $params {
            type Answer = $answer;
            const METHOD: Method = Method::$method;
        })*

        /// Each method's name and the TypeScript names of its types.
        #[cfg(test)]
        pub(crate) fn typescript(config: &ts_rs::Config) -> Vec<(&'static str, String, String)> {
            use ts_rs::TS;
            vec![$(($name, $params::name(config), $answer::name(config)),)*]
        }
    };
}

methods! {
    /// Whether a model can be asked.
    SetupStatus(SetupStatusParams) -> SetupStatusAnswer {
        name: "setup.status",
        role: User,
        object: Nothing,
        max_params: 1024,
        cost: Costly,
    }
    /// A setting that every client may see.
    ConfigGet(ConfigGetParams) -> ConfigGetAnswer {
        name: "config.get",
        role: User,
        object: Settings,
        max_params: 1024,
        cost: Cheap,
    }
}

/// What holds for every method before its parameters are read.
fn admit(spec: &Spec, role: Role, params: usize) -> Result<(), RpcError> {
    if role < spec.role {
        let message = format!("`{}` is for the owner of the gateway", spec.name);
        return Err(RpcError::new(code::NOT_ALLOWED, message));
    }
    if params > spec.max_params {
        let message = format!(
            "`{}` takes {} bytes of params at most",
            spec.name, spec.max_params
        );
        return Err(RpcError::new(code::PARAMS_TOO_LARGE, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
