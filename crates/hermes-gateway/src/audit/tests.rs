use std::net::Ipv4Addr;

use super::*;

const MOMENT: &str = "2026-11-22T12:00:00.1234567Z";

fn line(event: Event) -> Line<'static> {
    Line::new(event, Some(Ipv4Addr::LOCALHOST.into()))
}

fn add(waiting: &mut Waiting, line: &Line<'_>) {
    waiting.add(line, MOMENT.parse().unwrap());
}

fn written(line: &Line<'_>) -> String {
    let mut waiting = Waiting::default();
    add(&mut waiting, line);
    String::from_utf8(waiting.text).unwrap()
}

#[test]
fn a_line_is_as_upstream_writes_it() {
    let minted = line(Event::WsTicketMinted);
    let minted = minted.provider("basic").session("S");
    assert_eq!(
        written(&minted.user("owner", Some("ada@good.test"))),
        "{\"ts\":\"2026-11-22T12:00:00.123456+00:00\",\"event\":\"ws_ticket_minted\",\
         \"ip\":\"127.0.0.1\",\"provider\":\"basic\",\"session\":\"S\",\"user_id\":\"owner\",\
         \"email\":\"ada@good.test\"}\n"
    );
    assert_eq!(
        written(&Line::new(Event::UserChanged, None).reason("invited")),
        "{\"ts\":\"2026-11-22T12:00:00.123456+00:00\",\"event\":\"user_changed\",\"ip\":null,\
         \"reason\":\"invited\"}\n"
    );
}

#[test]
fn lg4_what_others_chose_is_visible_and_cut() {
    let path = format!("/\u{202e}\n\"{}", "ä".repeat(VALUE_LIMIT));
    let line = written(&line(Event::RequestRefused).path(&path));
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let kept = line["path"].as_str().unwrap();
    assert!(kept.starts_with("/\\u{202e}\\u{a}\"ä"), "{kept}");
    assert_eq!(kept.chars().count(), VALUE_LIMIT);
}

#[test]
fn ds3_what_the_disk_does_not_take_is_dropped_and_counted() {
    let mut waiting = Waiting::default();
    for _ in 0..QUEUE + 3 {
        add(&mut waiting, &line(Event::MissingCredential));
    }
    assert_eq!((waiting.lines, waiting.dropped), (QUEUE, 3));
    let queue = Queue {
        waiting: Mutex::new(waiting),
        first: Condvar::new(),
    };
    let mut batch = Vec::new();
    queue.take(&mut batch);
    assert_eq!(batch.split(|byte| *byte == b'\n').count(), QUEUE + 1);
    let mut waiting = queue.lock();
    add(&mut waiting, &line(Event::MissingCredential));
    add(&mut waiting, &line(Event::MissingCredential));
    let text = String::from_utf8(waiting.text.clone()).unwrap();
    let (first, second) = text.split_once('\n').unwrap();
    assert!(first.ends_with(",\"lines_dropped_before\":3}"), "{first}");
    assert!(second.ends_with("\"ip\":\"127.0.0.1\"}\n"), "{second}");
}

#[test]
fn ds3_long_lines_are_bounded_by_their_bytes() {
    let value = "\u{10ffff}".repeat(VALUE_LIMIT);
    let mut waiting = Waiting::default();
    for _ in 0..QUEUE {
        let long = line(Event::LoginFailure).reason(&value).path(&value);
        add(&mut waiting, &long.provider(&value).session(&value));
    }
    let one = waiting.text.len() / waiting.lines;
    assert!(waiting.dropped > 0);
    assert!(waiting.text.len() < QUEUED_BYTES + one);
}
