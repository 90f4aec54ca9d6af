use hermes_machine::file;

use super::*;
use crate::chat::keys;

/// A chat whose keys this file changes.
fn changed(text: &str) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.toml");
    file::write_private(&path, text.as_bytes()).unwrap();
    let mut stage = Stage::live();
    stage.model.setting.keys = keys::read(&path).unwrap();
    stage
}

fn function(stage: &mut Stage, number: u8) {
    stage.press(KeyCode::F(number));
}

#[test]
fn a_key_does_what_the_file_says() {
    let mut stage = changed("stop = \"f2\"\neditor = \"ctrl+s\"\nstash = \"f3\"\nnew-line = []\n");
    stage.type_in("draft");
    stage.control('s');
    assert_eq!(stage.effects(), [Effect::Edit("draft".to_owned())]);
    stage.control('g');
    stage.control('j');
    assert!(stage.effects().is_empty(), "these do nothing any more");
    assert_eq!(stage.written(), "draft");
    function(&mut stage, 3);
    assert_eq!(stage.written(), "");
    let notice = stage.model.notice.clone().unwrap();
    assert!(notice.ends_with("F3 brings it back"), "{notice}");
    stage.begin("why?");
    stage.press(KeyCode::Esc);
    assert!(stage.wishes().is_empty());
    function(&mut stage, 2);
    assert_eq!(stage.wishes(), [Wish::Stop]);
}

#[test]
fn whatever_the_file_says_one_can_write_send_and_leave() {
    let mut stage = changed("leave = []\nstop = []\ndelete-left = []\nolder = \"ctrl+d\"\n");
    stage.type_in("onee");
    stage.press(KeyCode::Backspace);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [say(1, "one")]);
    stage.begin("one");
    stage.control('c');
    assert_eq!(stage.wishes(), [Wish::Stop]);
    stage.told(ended("so"));
    stage.control('c');
    stage.control('c');
    assert!(stage.effects().contains(&Effect::Leave));
}
