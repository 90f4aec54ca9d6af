//! The answer of a model server, in any dialect, cut into any parts.
#![no_main]

use hermes_agent::{ApiMode, Piece, read_all};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let size = usize::from(*first) + 1;
    for mode in ApiMode::ALL {
        let pieces = read_all(mode, bytes.chunks(size));
        assert_eq!(pieces, read_all(mode, [bytes]), "parts do not matter");
        let over = |piece: &Piece| matches!(piece, Piece::Done(_));
        let end = pieces.iter().position(over);
        assert!(
            end.is_none_or(|end| end + 1 == pieces.len()),
            "nothing follows the end"
        );
    }
});
