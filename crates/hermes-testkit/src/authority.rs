use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use crate::must;

/// A certificate authority of one test.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, as PEM.
    pub pem: String,
}

/// A certificate of an [`Authority`], and its key.
#[derive(Clone, Debug)]
pub struct Certified {
    /// The certificate, as PEM.
    pub cert: String,
    /// The key, as PEM.
    pub key: String,
}

impl Authority {
    /// One that nobody knows.
    ///
    /// # Panics
    ///
    /// If there is no randomness for its key.
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        let mut params = must(CertificateParams::new(Vec::new()), "no authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = must(KeyPair::generate(), "no key");
        let pem = must(params.self_signed(&key), "no certificate").pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A certificate for these names and addresses, which ends at no time that a test sees.
    ///
    /// # Panics
    ///
    /// If one of them is no name.
    #[track_caller]
    pub fn certify(&self, names: &[&str]) -> Certified {
        self.certify_until(names, (2096, 1, 1))
    }

    /// The same with its last day, as year, month and day.
    ///
    /// # Panics
    ///
    /// If one of them is no name, or the day is none.
    #[track_caller]
    pub fn certify_until(&self, names: &[&str], end: (i32, u8, u8)) -> Certified {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = must(CertificateParams::new(names), "not a name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(end.0, end.1, end.2);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = must(KeyPair::generate(), "no key");
        let cert = must(params.signed_by(&key, &self.issuer), "no certificate");
        Certified {
            cert: cert.pem(),
            key: key.serialize_pem(),
        }
    }
}
