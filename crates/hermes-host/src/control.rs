//! Asking the gateway that runs, at its control socket. Commands that change something there work
//! without a gateway too, where that makes sense: then on what it keeps.

use std::{io, time::Duration};

use hermes_errors::{Code, Failure};
use hermes_protocol::{
    limits,
    methods::{Declared, YieldParams, Yielded},
    rpc::{Answered, answer_to, ask},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
};

use crate::World;

/// How long the gateway may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a gateway that gives way may take for its last words.
pub(crate) const GIVING_WAY: Duration = Duration::from_secs(10);

/// The most bytes that are read of what it says.
const LIMIT: u64 = limits::FRAME_BYTES as u64;

/// What is said of a gateway that hangs up.
const ENDED: &str = "it has ended the connection";

/// The id of the one request.
const ID: u32 = 1;

/// Asks the gateway of this home; `None` if none runs.
///
/// # Errors
///
/// If the socket cannot be used, or the gateway refuses or gives no answer.
pub async fn asked<P>(world: &World, params: &P) -> Result<Option<P::Answer>, Failure>
where
    P: Declared<Answer: DeserializeOwned> + Serialize,
{
    let stream = match UnixStream::connect(world.home.gateway_sock()).await {
        Ok(stream) => stream,
        Err(error) if is_nobody(&error) => return Ok(None),
        Err(error) => return Err(unusable(world, &error)),
    };
    let answered = tokio::select! {
        answered = exchange(stream, params, world) => answered?,
        () = world.ports.clock.sleep(PATIENCE) => {
            let waited = format!("it has not answered for {} s", PATIENCE.as_secs());
            return Err(silent(&waited));
        }
    };
    match answered {
        Answered::Done(answer) => Ok(Some(answer)),
        Answered::Refused { message, code } => {
            let code = code.as_deref().and_then(Code::find);
            Err(Failure::new(code.unwrap_or(Code::ControlRefused), message))
        }
    }
}

/// Asks the gateway that has the place of this home's to give way, and says how long that may take: not
/// at all where none would, for who has the place keeps it.
pub async fn make_way(world: &World) -> Duration {
    match asked(world, &YieldParams {}).await {
        Ok(Some(Yielded { yields: true })) => GIVING_WAY,
        Ok(_) | Err(_) => Duration::ZERO,
    }
}

/// The failure of a command that needs a gateway and found none.
pub fn not_running(world: &World) -> Failure {
    let home = world.display(world.home.path());
    Failure::new(
        Code::GatewayNotRunning,
        format!("no gateway of the home `{home}` runs"),
    )
}

async fn exchange<P>(
    stream: UnixStream,
    params: &P,
    world: &World,
) -> Result<Answered<P::Answer>, Failure>
where
    P: Declared<Answer: DeserializeOwned> + Serialize,
{
    let (incoming, mut outgoing) = stream.into_split();
    let asking = format!("{}\n", ask(ID, params));
    // A gateway that refuses says why, and may have hung up by now.
    let sent = outgoing.write_all(asking.as_bytes()).await;
    let mut frames = BufReader::new(incoming.take(LIMIT)).lines();
    loop {
        let frame = frames.next_line().await;
        let Some(frame) = frame.map_err(|error| broken(world, &error))? else {
            sent.map_err(|error| broken(world, &error))?;
            return Err(silent(ENDED));
        };
        let answered = answer_to(ID, &frame);
        let answered = answered.map_err(|_| silent("its answer is of another version"))?;
        if let Some(answered) = answered {
            return Ok(answered);
        }
    }
}

/// Whether nobody listens there: no socket, or the one of a gateway that was killed.
fn is_nobody(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}

fn unusable(world: &World, error: &io::Error) -> Failure {
    let path = world.display(&world.home.gateway_sock());
    let why = match error.kind() {
        io::ErrorKind::PermissionDenied => "it is another user's".to_owned(),
        _ => error.to_string(),
    };
    Failure::new(
        Code::ControlRefused,
        format!("the control socket `{path}` cannot be used: {why}"),
    )
}

/// What broke the conversation off. A gateway that ends closes it, or resets what it has not read.
fn broken(world: &World, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => silent(ENDED),
        _ => unusable(world, error),
    }
}

fn silent(why: &str) -> Failure {
    Failure::new(
        Code::GatewayNotReady,
        format!("the gateway gave no answer at its control socket: {why}"),
    )
}
