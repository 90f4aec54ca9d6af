use std::sync::Arc;

use futures_util::future::join_all;
use hermes_secret::Secret;
use hermes_storage::{
    Acceptance, Invitation, Role, Storage, TokenHash, UserId, Way,
    conformance::{
        self, agrees_with_the_model, conversations_agree_with_the_model, events, operations,
        queries, queries_are_words,
    },
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::Place;

macro_rules! checks {
    ($($check:ident)*) => {
        $(
            #[tokio::test]
            async fn $check() {
                let place = Place::new();
                let storage = place.open().await;
                conformance::$check(&storage).await;
                storage.close().await;
            }
        )*
    };
}

checks! {
    users_are_kept
    ways_in_belong_to_one_user
    passwords_change_and_shut_out
    a_password_is_added_to_who_has_none
    an_invitation_is_used_once
    an_invitation_lets_a_user_back_in
    an_invitation_that_is_refused_stays_open
    passkeys_belong_to_one_user
    passkeys_come_by_invitation
    a_passkey_counts_once
    a_removed_passkey_ends_its_sessions
    values_lead_to_their_session
    a_refresh_token_counts_once
    values_of_one_kind_are_nothing_to_the_other
    a_session_may_do_less_than_its_user
    sessions_are_listed_and_ended
    sessions_end_in_time
    sessions_of_a_user_are_bounded
    what_ends_at_the_provider_ends_here
    provider_tokens_are_swapped_once
    subscriptions_belong_to_a_session
    subscriptions_are_forgotten
    subscriptions_are_bounded
    a_link_is_good_until_it_is_over_or_revoked
    links_are_bounded
    links_go_with_what_they_show
    failures_are_counted
    conversations_are_kept
    conversations_are_listed
    conversations_are_selected
    conversations_are_pinned
    conversations_are_added_up
    conversations_are_found_by_a_beginning
    conversations_change
    conversations_are_removed
    a_log_has_no_gap
    a_log_is_read_in_parts
    a_batch_says_what_the_conversation_is
    running_turns_are_known
    numbers_go_on_after_an_end_in_order
    words_find_what_was_said
    what_is_gone_is_not_found
    searches_are_bounded
    attachments_belong_to_a_conversation
    attachments_are_bounded
}

/// Two processes, as a gateway and a command of its host would be.
#[tokio::test]
async fn pw6_of_64_that_accept_at_once_one_does() {
    let place = Place::new();
    let storages = [place.open().await, place.open().await];
    let at = Timestamp::UNIX_EPOCH;
    let hash = TokenHash::of("claim");
    let claim = Invitation {
        user: UserId::owner(),
        role: Role::Owner,
        display_name: None,
        ends_at: Timestamp::constant(3600, 0),
    };
    storages[0]
        .invitations()
        .invite(hash, claim, at)
        .await
        .unwrap();
    let accepting = (0..64).map(|n| {
        let acceptance = Acceptance {
            at,
            way: Way::Password {
                login: format!("ada-{n}").parse().unwrap(),
                phc: Secret::new("$phc"),
            },
            display_name: None,
            email: None,
        };
        storages[n % 2].invitations().accept(&hash, acceptance)
    });
    let accepted = join_all(accepting).await;
    let won = |found: &Option<_>| found.is_some();
    let winners = accepted.into_iter().map(Result::unwrap).filter(won).count();
    assert_eq!(winners, 1);
    assert_eq!(storages[1].users().list().await.unwrap().len(), 1);
    for storage in storages {
        storage.close().await;
    }
}

#[tokio::test]
async fn ds3_a_flood_of_keys_stays_within_the_bound() {
    let place = Place::new();
    let storage = place.open().await;
    conformance::counters_are_bounded(&storage, FLOOD).await;
    storage.close().await;
    let size = std::fs::metadata(place.database()).unwrap().len();
    assert!(size < 2 * 1024 * 1024, "{size} bytes");
}

/// Three times the bound: the first goes in, the second pushes it out, the third shows that it
/// goes on like that.
const FLOOD: usize = 3 * hermes_storage::COUNTERS_LIMIT;

fn run(check: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(check);
}

/// Opens fresh storage first, and then what a process that is killed has left.
fn reopening() -> impl AsyncFnMut() -> Arc<dyn Storage> {
    let mut places: Vec<Place> = Vec::new();
    async move || {
        let place = places.last().map_or_else(Place::new, Place::killed);
        let storage: Arc<dyn Storage> = Arc::new(place.open().await);
        places.push(place);
        storage
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Also: what has been answered is there after a kill, and nothing else is.
    #[test]
    fn any_operations_do_what_the_model_does(operations in operations(40)) {
        run(agrees_with_the_model(reopening(), &operations));
    }

    /// The same for conversations.
    #[test]
    fn any_events_do_what_the_model_does(events in events(40)) {
        run(conversations_agree_with_the_model(reopening(), &events));
    }

    #[test]
    fn any_query_is_words(queries in prop::collection::vec(queries(), 1..30)) {
        run(async {
            let place = Place::new();
            queries_are_words(&place.open().await, &queries).await;
        });
    }
}
