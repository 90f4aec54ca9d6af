//! What a browser alone can read (RFC 8291, in the coding of RFC 8188).

use p256::{PublicKey, SecretKey, ecdh, elliptic_curve::sec1::ToEncodedPoint as _};
use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
};
use zeroize::Zeroizing;

/// All of a message is one record, shorter than this.
const RECORD_SIZE: u32 = 4096;

/// What ends the text of the last record; zeros may follow.
const LAST: u8 = 2;

/// The text and its end, made as long as every other message: its length would tell of the title.
pub(super) fn record(text: &[u8], length: usize) -> Vec<u8> {
    let mut record = text.to_vec();
    record.push(LAST);
    if record.len() < length {
        record.resize(length, 0);
    }
    record
}

/// Seals a record for a browser, with a key pair and a salt that serve once.
pub(super) fn seal(
    mut record: Vec<u8>,
    to: &PublicKey,
    auth: &[u8; 16],
    ours: &SecretKey,
    salt: &[u8; 16],
) -> Result<Vec<u8>, Unspecified> {
    let shared = ecdh::diffie_hellman(ours.to_nonzero_scalar(), to.as_affine());
    let (theirs, public) = (to.to_encoded_point(false), ours.public_key());
    let public = public.to_encoded_point(false);
    let between = Salt::new(HKDF_SHA256, auth).extract(shared.raw_secret_bytes());
    let about: [&[u8]; 3] = [b"WebPush: info\0", theirs.as_bytes(), public.as_bytes()];
    let secret = expanded::<32>(&between, &about)?;
    let drawn = Salt::new(HKDF_SHA256, salt).extract(&*secret);
    let key = expanded::<16>(&drawn, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = expanded::<12>(&drawn, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &*key)?);
    let nonce = Nonce::assume_unique_for_key(*nonce);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
    let length = u8::try_from(public.len()).map_err(|_| Unspecified)?;
    let size = RECORD_SIZE.to_be_bytes();
    let parts: [&[u8]; 5] = [salt, &size, &[length], public.as_bytes(), &record];
    Ok(parts.concat())
}

fn expanded<const LENGTH: usize>(
    from: &Prk,
    about: &[&[u8]],
) -> Result<Zeroizing<[u8; LENGTH]>, Unspecified> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    from.expand(about, Long(LENGTH))?.fill(&mut *bytes)?;
    Ok(bytes)
}

/// So many bytes of a key.
struct Long(usize);

impl KeyType for Long {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, appendix A.
    #[test]
    fn the_example_of_the_standard() {
        let to = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let to = PublicKey::from_sec1_bytes(&bytes(to)).unwrap();
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap();
        let ours = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let ours = SecretKey::from_slice(&ours).unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let record = record(b"When I grow up, I want to be a watermelon", 0);
        let sealed = seal(record, &to, &auth, &ours, &salt).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
             mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
             pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(sealed), expected);
    }

    #[test]
    fn a_longer_title_makes_no_longer_message() {
        assert_eq!(record(b"a", 8), [b'a', 2, 0, 0, 0, 0, 0, 0]);
        assert_eq!(record(b"abc", 8).len(), record(b"", 8).len());
        assert_eq!(record(b"abc", 2), [b'a', b'b', b'c', 2]);
    }
}
