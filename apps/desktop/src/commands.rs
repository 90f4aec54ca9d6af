//! What the page may ask: the commands of `hermes_protocol::bridge`, and no others. Each takes what it is asked
//! and hands it to the desk.

#![expect(
    clippy::needless_pass_by_value,
    reason = "Tauri hands commands what they are given by value"
)]

use hermes_desk::Desk;
use hermes_protocol::bridge::{
    AboutApp, AddressLook, AddressQuestion, AppPreferences, Board, BridgeAnswer, BridgeAsk,
    BridgeCall, BridgeRefusal, BridgeTold, FileSaved, FileToSave, GatewayRename, GatewayTest,
    LinkAsked, NearbyGateway, NoteRead, PasswordGiven, PastedAnswer, SignInDone, SignInStarted,
    SignedOut, TokenGiven, UpdateCheck, WhichGateway,
};
use serde_json::value::RawValue;
use tauri::{AppHandle, Manager as _, State, ipc::Channel};

use crate::{manners, pump::Listening, save, window};

type Answer<T> = Result<T, BridgeRefusal>;

/// Declares each command to the window, under the name that the page calls it by.
macro_rules! handled {
    ($($name:ident),* $(,)?) => {
        /// Handles what the page asks.
        pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),*]
        }

        #[cfg(test)]
        const HANDLED: &[&str] = &[$(stringify!($name)),*];
    };
}

handled!(
    attach,
    look,
    nearby,
    sign_in,
    sign_in_by_password,
    give_token,
    paste_answer,
    open_again,
    cancel_sign_in,
    sign_out,
    forget,
    rename,
    test,
    show,
    use_here,
    retry,
    call,
    ask,
    open_link,
    about,
    check_updates,
    open_logs,
    save_file,
    note_read,
    seen,
    prefer,
    quit,
);

#[tauri::command]
async fn attach(
    desk: State<'_, Desk>,
    listening: State<'_, Listening>,
    told: Channel<BridgeTold>,
) -> Answer<Board> {
    tracing::info!(target: "hermes", "the page is there");
    listening.begin(told);
    desk.tell_ready().await;
    Ok(desk.board())
}

#[tauri::command]
async fn look(desk: State<'_, Desk>, asked: AddressQuestion) -> Answer<AddressLook> {
    desk.look(&asked.text).await
}

#[tauri::command]
async fn nearby(desk: State<'_, Desk>) -> Answer<Vec<NearbyGateway>> {
    desk.nearby().await
}

#[tauri::command]
async fn sign_in(
    app: AppHandle,
    desk: State<'_, Desk>,
    listening: State<'_, Listening>,
    asked: SignInStarted,
) -> Answer<SignInDone> {
    let done = desk.sign_in(asked).await?;
    listening.tell_board(&desk);
    // Its person is in their browser. Where the window cannot come to them, they come to it.
    let _ = window::show(&app);
    Ok(done)
}

#[tauri::command]
async fn sign_in_by_password(
    desk: State<'_, Desk>,
    listening: State<'_, Listening>,
    asked: PasswordGiven,
) -> Answer<SignInDone> {
    let done = desk.sign_in_by_password(asked).await?;
    listening.tell_board(&desk);
    Ok(done)
}

#[tauri::command]
async fn give_token(
    desk: State<'_, Desk>,
    listening: State<'_, Listening>,
    asked: TokenGiven,
) -> Answer<SignInDone> {
    let done = desk.give_token(asked).await?;
    listening.tell_board(&desk);
    Ok(done)
}

#[tauri::command]
fn paste_answer(desk: State<'_, Desk>, asked: PastedAnswer) -> Answer<()> {
    desk.paste_answer(asked.text)
}

#[tauri::command]
async fn open_again(desk: State<'_, Desk>) -> Answer<()> {
    desk.open_again()
}

#[tauri::command]
fn cancel_sign_in(desk: State<'_, Desk>) {
    desk.cancel_sign_in();
}

#[tauri::command]
async fn sign_out(desk: State<'_, Desk>, asked: WhichGateway) -> Answer<SignedOut> {
    desk.sign_out(&asked.gateway).await
}

#[tauri::command]
async fn forget(desk: State<'_, Desk>, asked: WhichGateway) -> Answer<SignedOut> {
    desk.forget(&asked.gateway).await
}

#[tauri::command]
async fn rename(desk: State<'_, Desk>, asked: GatewayRename) -> Answer<()> {
    desk.rename(&asked.gateway, &asked.name).await
}

#[tauri::command]
async fn test(desk: State<'_, Desk>, asked: WhichGateway) -> Answer<GatewayTest> {
    desk.test(&asked.gateway).await
}

#[tauri::command]
async fn show(desk: State<'_, Desk>, asked: WhichGateway) -> Answer<()> {
    desk.show(&asked.gateway).await
}

#[tauri::command]
async fn use_here(desk: State<'_, Desk>) -> Answer<()> {
    desk.use_here().await
}

#[tauri::command]
async fn retry(desk: State<'_, Desk>, asked: WhichGateway) -> Answer<()> {
    desk.retry(&asked.gateway).await
}

#[tauri::command]
async fn call(desk: State<'_, Desk>, asked: BridgeCall) -> Answer<Box<RawValue>> {
    desk.call(asked).await
}

#[tauri::command]
async fn ask(desk: State<'_, Desk>, asked: BridgeAsk) -> Answer<BridgeAnswer> {
    desk.ask(asked).await
}

#[tauri::command]
async fn open_link(desk: State<'_, Desk>, asked: LinkAsked) -> Answer<()> {
    desk.open_link(&asked.text)
}

#[tauri::command]
fn about(desk: State<'_, Desk>) -> AboutApp {
    desk.about()
}

#[tauri::command]
async fn check_updates(desk: State<'_, Desk>) -> Answer<UpdateCheck> {
    desk.check_updates().await
}

#[tauri::command]
async fn open_logs(desk: State<'_, Desk>) -> Answer<()> {
    // Nothing of what is opened is chosen by the page.
    open::that_detached(desk.logs()).map_err(|error| BridgeRefusal {
        code: None,
        message: format!("Nothing here shows folders: {error}."),
        hint: None,
        status: 0,
        retryable: false,
    })
}

#[tauri::command]
async fn save_file(app: AppHandle, asked: FileToSave) -> Answer<FileSaved> {
    // Where nobody has said which folder that is, it is the one of everybody.
    let usual = || app.path().home_dir().map(|home| home.join("Downloads"));
    let folder = app.path().download_dir().or_else(|_| usual());
    let folder = folder.map_err(|error| error.to_string());
    let saved = folder.and_then(|folder| {
        save::beside(&folder, &asked.name, &asked.text).map_err(|error| error.to_string())
    });
    let path = saved.map_err(|why| BridgeRefusal {
        code: None,
        message: format!("Nothing was saved: {why}."),
        hint: None,
        status: 0,
        retryable: false,
    })?;
    Ok(FileSaved {
        path: path.display().to_string(),
    })
}

#[tauri::command]
fn note_read(desk: State<'_, Desk>, asked: NoteRead) {
    desk.note_read(asked.id);
}

#[tauri::command]
fn seen(desk: State<'_, Desk>, asked: WhichGateway) {
    desk.seen(&asked.gateway);
}

#[tauri::command]
async fn prefer(app: AppHandle, desk: State<'_, Desk>, asked: AppPreferences) -> Answer<()> {
    manners::prefer(&app, &desk, asked)
}

#[tauri::command]
fn quit(app: AppHandle) {
    app.exit(0);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hermes_protocol::bridge::COMMANDS;

    use super::*;

    #[test]
    fn dt5_every_command_is_in_the_document_and_no_other() {
        let document = include_str!("../../../docs/protocol.md");
        let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
        let named: Vec<_> = rows.filter_map(|row| row.split('`').next()).collect();
        assert_eq!(named, COMMANDS);
    }

    #[test]
    fn dt5_what_is_handled_is_what_is_declared_and_what_the_page_may_call() {
        assert_eq!(HANDLED, COMMANDS);
        let capability: serde_json::Value =
            serde_json::from_str(include_str!("../capabilities/page.json")).unwrap();
        let allowed = capability["permissions"].as_array().unwrap();
        let allowed: BTreeSet<_> = allowed
            .iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect();
        let commands = COMMANDS
            .iter()
            .map(|name| format!("allow-{}", name.replace('_', "-")));
        assert_eq!(allowed, commands.collect());
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
        assert!(
            capability.get("remote").is_none(),
            "no page from elsewhere may call anything"
        );
    }
}
