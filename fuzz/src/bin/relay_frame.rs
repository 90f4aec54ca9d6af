//! What the other end of `--via` sends: any bytes. What is read as a frame has the id it must have,
//! and can be written again.
#![no_main]

use hermes_login::via::frame::{HostSays, ID_LENGTH, LaptopSays, parse, write};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok((id, says)) = parse::<HostSays>(input, None) {
        assert_eq!(id.len(), ID_LENGTH);
        let _ = write(&id, &says);
    }
    if let Ok((id, says)) = parse::<LaptopSays>(input, None) {
        assert_eq!(id.len(), ID_LENGTH);
        let _ = write(&id, &says);
    }
});
