use proptest::prelude::*;

use super::*;

const ID: &str = "00112233445566778899aabbccddeeff";

fn line(body: &str) -> Vec<u8> {
    format!("{{\"v\":1,\"id\":\"{ID}\",\"body\":{body}}}\n").into_bytes()
}

#[test]
fn rl5_a_frame_is_read_as_it_was_written() {
    let written = write(ID, &LaptopSays::Listening { port: 56121 }).unwrap();
    assert_eq!(
        String::from_utf8(written.clone()).unwrap(),
        format!("{{\"v\":1,\"id\":\"{ID}\",\"body\":{{\"listening\":{{\"port\":56121}}}}}}\n")
    );
    let (id, says) = parse::<LaptopSays>(&written, Some(ID)).unwrap();
    assert_eq!(id, ID);
    assert!(matches!(says, LaptopSays::Listening { port: 56121 }));
}

#[test]
fn rl5_whatever_is_no_frame_of_this_session_is_refused() {
    let other = "ffeeddccbbaa99887766554433221100";
    let cases: Vec<(Vec<u8>, FrameError)> = vec![
        (b"".to_vec(), FrameError::NotAFrame),
        (b"Welcome to build7!\n".to_vec(), FrameError::NotAFrame),
        (b"{}\n".to_vec(), FrameError::NotAFrame),
        (b"\xff\xfe\n".to_vec(), FrameError::NotAFrame),
        (
            format!("{{\"v\":2,\"id\":\"{ID}\",\"body\":{{\"again\":{{}}}}}}").into_bytes(),
            FrameError::Version(2),
        ),
        (
            format!("{{\"v\":1,\"id\":\"{other}\",\"body\":{{\"again\":{{}}}}}}").into_bytes(),
            FrameError::Foreign,
        ),
        (
            b"{\"v\":1,\"id\":\"\",\"body\":{\"again\":{}}}".to_vec(),
            FrameError::Foreign,
        ),
        (line("{\"reboot\":{}}"), FrameError::Unknown),
        (line("{\"again\":{\"now\":true}}"), FrameError::Unknown),
        (line("{\"again\":{},\"again\":{}}"), FrameError::Unknown),
        (line("null"), FrameError::Unknown),
        (
            line(
                "{\"listen\":{\"host\":\"127.0.0.1\",\"port\":70000,\"any_port\":true,\"path\":\"/\"}}",
            ),
            FrameError::Unknown,
        ),
        (
            line("{\"open\":{\"authorize_url\":\"nothing\"}}"),
            FrameError::Unknown,
        ),
        (vec![b' '; FRAME_LIMIT + 1], FrameError::TooLong),
    ];
    for (bytes, expected) in cases {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let got = parse::<HostSays>(&bytes, Some(ID)).map(|_| ());
        assert_eq!(got, Err(expected), "{shown}");
    }
    // What one end says is nothing to hear from the other.
    let laptop = write(ID, &LaptopSays::EndOfInput {}).unwrap();
    assert!(parse::<HostSays>(&laptop, Some(ID)).is_err());
    let long = "x".repeat(FRAME_LIMIT);
    let too_long = LaptopSays::Line {
        text: Some(Secret::new(long)),
    };
    assert_eq!(write(ID, &too_long).unwrap_err(), FrameError::TooLong);
}

#[test]
fn rl5_no_frame_of_the_laptop_has_room_for_a_verifier_or_a_token() {
    let answer = Answer {
        code: Some(Secret::new("code")),
        state: Some(Secret::new("state")),
        iss: Some("https://id.example.org".to_owned()),
        error: None,
        error_description: None,
    };
    let written = write(ID, &LaptopSays::answer(&answer)).unwrap();
    let value: Value = serde_json::from_slice(&written).unwrap();
    let fields: Vec<_> = value["body"]["answer"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(
        fields,
        ["code", "state", "iss", "error", "error_description"]
    );
}

proptest! {
    #[test]
    fn rl5_any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(parse::<HostSays>(&bytes, Some(ID)).is_err());
        prop_assert!(parse::<LaptopSays>(&bytes, None).is_err());
    }

    #[test]
    fn rl5_what_is_typed_comes_across(text in "[^\\p{C}]{0,400}") {
        let says = LaptopSays::Line { text: Some(Secret::new(text.clone())) };
        let written = write(ID, &says).unwrap();
        prop_assert_eq!(written.iter().filter(|byte| **byte == b'\n').count(), 1);
        let (_, read) = parse::<LaptopSays>(&written, Some(ID)).unwrap();
        let LaptopSays::Line { text: Some(read) } = read else { panic!("a line") };
        prop_assert_eq!(read.expose(), text);
    }
}
