//! What every engine does alike, as checks that panic. The tests of an engine call each of them
//! with storage that is fresh.
#![expect(clippy::unwrap_used, reason = "a check that cannot go on has failed")]

mod attachments;
mod conversations;
mod counters;
mod invitations;
mod log;
mod log_model;
mod model;
mod passkeys;
mod push;
mod refresh;
mod search;
mod sessions;
mod shares;
mod users;

pub use self::{
    attachments::{attachments_are_bounded, attachments_belong_to_a_conversation},
    conversations::{
        conversations_are_added_up, conversations_are_found_by_a_beginning, conversations_are_kept,
        conversations_are_listed, conversations_are_pinned, conversations_are_removed,
        conversations_are_selected, conversations_change,
    },
    counters::{counters_are_bounded, failures_are_counted},
    invitations::{
        an_invitation_is_used_once, an_invitation_lets_a_user_back_in,
        an_invitation_that_is_refused_stays_open,
    },
    log::{
        a_batch_says_what_the_conversation_is, a_log_has_no_gap, a_log_is_read_in_parts,
        numbers_go_on_after_an_end_in_order, running_turns_are_known,
    },
    log_model::{Appending, Event, conversations_agree_with_the_model, events},
    model::{Operation, agrees_with_the_model, operations},
    passkeys::{
        a_passkey_counts_once, a_removed_passkey_ends_its_sessions, passkeys_belong_to_one_user,
        passkeys_come_by_invitation,
    },
    push::{
        subscriptions_are_bounded, subscriptions_are_forgotten, subscriptions_belong_to_a_session,
    },
    refresh::{a_refresh_token_counts_once, values_of_one_kind_are_nothing_to_the_other},
    search::{
        queries, queries_are_words, searches_are_bounded, what_is_gone_is_not_found,
        words_find_what_was_said,
    },
    sessions::{
        a_session_may_do_less_than_its_user, provider_tokens_are_swapped_once,
        sessions_are_listed_and_ended, sessions_end_in_time, sessions_of_a_user_are_bounded,
        values_lead_to_their_session, what_ends_at_the_provider_ends_here,
    },
    shares::{
        a_link_is_good_until_it_is_over_or_revoked, links_are_bounded, links_go_with_what_they_show,
    },
    users::{
        a_password_is_added_to_who_has_none, passwords_change_and_shut_out, users_are_kept,
        ways_in_belong_to_one_user,
    },
};

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    Access, ConversationId, Entry, Horizon, Identity, Label, LongLived, NewConversation,
    NewSession, NewUser, Role, SessionId, Settings, Summary, TokenHash, Tokens, UserId,
};

/// The moment so many seconds after the checks begin.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

/// The view from there, with an hour of idling.
fn horizon(second: i64) -> Horizon {
    Horizon {
        now: at(second),
        idle: Duration::from_secs(3600),
    }
}

fn user(id: &str) -> UserId {
    id.parse().unwrap()
}

fn session(id: &str) -> SessionId {
    id.parse().unwrap()
}

fn new_user(id: &str) -> NewUser {
    NewUser {
        id: user(id),
        login: Some(format!("{id}@example.org").parse().unwrap()),
        display_name: Label::new("Ada"),
        email: None,
        role: Role::Member,
        created_at: at(0),
        password: None,
        identity: None,
    }
}

fn identity(subject: &str) -> Identity {
    Identity {
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
    }
}

fn access(value: &str, ends: i64) -> Access {
    Access {
        hash: TokenHash::of(value),
        ends_at: at(ends),
    }
}

/// A session that begins at the second and ends a day later; its values are `rt-ID` and, for 15
/// minutes, `at-ID`.
fn new_session(id: &str, of: &str, begins: i64) -> NewSession {
    NewSession {
        id: session(id),
        user: user(of),
        at_most: Role::Owner,
        method: "password".to_owned(),
        name: None,
        client: Label::new("Mozilla/5.0"),
        address: [192, 0, 2, 1].into(),
        at: at(begins),
        authenticated_at: at(begins),
        ends_at: at(begins + 86400),
        long_lived: LongLived::Cookie(TokenHash::of(&format!("rt-{id}"))),
        access: access(&format!("at-{id}"), begins + 900),
        provider: None,
        passkey: None,
    }
}

fn conversation(id: &str) -> ConversationId {
    id.parse().unwrap()
}

/// A conversation that begins at the second.
fn new_conversation(id: &str, of: &str, begins: i64) -> NewConversation {
    NewConversation {
        id: conversation(id),
        owner: user(of),
        source: Label::new("tui").unwrap(),
        title: None,
        parent: None,
        settings: Settings::new(r#"{"model":"small"}"#).unwrap(),
        created_at: at(begins),
    }
}

/// An entry by which nothing is found.
fn entry(seq: u64) -> Entry {
    Entry {
        seq,
        kind: "message".to_owned(),
        at: at(1),
        json: format!("{{\"number\":{seq}}}"),
        text: None,
    }
}

/// What a conversation is that was last active at the second.
fn summary(second: i64) -> Summary {
    Summary {
        title: None,
        preview: None,
        message_count: 0,
        model: None,
        tokens: Tokens::default(),
        last_active_at: at(second),
        running: false,
    }
}
