//! One application runs at a time. A second start asks the first to show itself before anything of a window begins
//! here; what two starts in the same moment come to, the plugin of that name decides.

use std::time::Duration;

use zbus::connection::Builder;

/// How long the other one may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What the plugin calls the first, and how it is asked.
const NAME: &str = "dev.hermes.desktop.SingleInstance";
const OBJECT: &str = "/dev/hermes/desktop/SingleInstance";
const INTERFACE: &str = "org.SingleInstance.DBus";

/// Whether there is one already, which shows its window now. Nothing is told to it.
pub(crate) async fn is_there_already() -> bool {
    let asked = async {
        let bus = Builder::session()?.method_timeout(LIMIT).build().await?;
        let nothing = (Vec::<String>::new(), "");
        let call = bus.call_method(
            Some(NAME),
            OBJECT,
            Some(INTERFACE),
            "ExecuteCallback",
            &nothing,
        );
        call.await
    };
    asked.await.is_ok()
}
