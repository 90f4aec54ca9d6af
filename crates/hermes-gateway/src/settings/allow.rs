/// Who may sign in by an identity provider. Whoever is on no list may not (RP7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    /// Whole e-mail addresses.
    pub emails: Vec<String>,
    /// Domains of e-mail addresses.
    pub domains: Vec<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// The provider's user ids.
    pub subjects: Vec<String>,
    /// The e-mail address of the owner.
    pub owner_email: Option<String>,
    /// The provider's user id of the owner.
    pub owner_subject: Option<String>,
}

/// What a provider says about a person.
#[derive(Clone, Copy, Debug)]
pub struct Claims<'a> {
    /// The user id.
    pub subject: &'a str,
    /// The e-mail address, if the provider calls it verified; otherwise it is `None` (RP4).
    pub verified_email: Option<&'a str>,
    /// The groups.
    pub groups: &'a [String],
}

impl Allow {
    /// Whether this person is the owner.
    pub fn is_owner(&self, claims: &Claims<'_>) -> bool {
        let email = self.owner_email.as_deref().zip(claims.verified_email);
        self.owner_subject.as_deref() == Some(claims.subject)
            || email.is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
    }

    /// Whether this person may sign in.
    pub fn admits(&self, claims: &Claims<'_>) -> bool {
        let by_email = claims.verified_email.is_some_and(|email| {
            let domain = email.rsplit_once('@').map(|(_, domain)| domain);
            let named = |known: &String| known.eq_ignore_ascii_case(email);
            let housed = |known: &String| domain.is_some_and(|it| known.eq_ignore_ascii_case(it));
            self.emails.iter().any(named) || self.domains.iter().any(housed)
        });
        by_email
            || self.is_owner(claims)
            || self.subjects.iter().any(|known| known == claims.subject)
            || self
                .groups
                .iter()
                .any(|known| claims.groups.contains(known))
    }

    /// Whether the settings say who the owner is.
    pub const fn names_owner(&self) -> bool {
        self.owner_email.is_some() || self.owner_subject.is_some()
    }

    /// Whether there is anybody who may sign in.
    pub const fn is_empty(&self) -> bool {
        self.emails.is_empty()
            && self.domains.is_empty()
            && self.groups.is_empty()
            && self.subjects.is_empty()
            && !self.names_owner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rp4_addresses_and_domains_are_compared_whole_and_verified() {
        let allow = Allow {
            emails: list(&["ann@good.test"]),
            domains: list(&["team.test"]),
            groups: list(&["admins"]),
            subjects: list(&["u-1"]),
            owner_email: None,
            owner_subject: Some("u-0".to_owned()),
        };
        for (subject, email, groups, admitted) in [
            ("x", Some("ann@good.test"), &[][..], true),
            ("x", Some("Ann@Good.test"), &[], true),
            ("x", Some("bob@team.test"), &[], true),
            ("x", Some("bob@TEAM.test"), &[], true),
            ("u-1", None, &[], true),
            ("u-0", None, &[], true),
            ("x", None, &["admins"], true),
            ("x", None, &[], false),
            ("x", Some("bob@good.test"), &[], false),
            ("x", Some("ann@good.test.evil.test"), &[], false),
            ("x", Some("a@team.test.evil.test"), &[], false),
            ("x", Some("a@evil.team.test"), &[], false),
            ("x", Some("a@evilteam.test"), &[], false),
            ("x", Some("a@team.test@evil.test"), &[], false),
            ("x", Some("team.test"), &[], false),
            ("U-1", None, &[], false),
            ("x", None, &["Admins"], false),
            ("ann@good.test", None, &[], false),
        ] {
            let groups = list(groups);
            let claims = Claims {
                subject,
                verified_email: email,
                groups: &groups,
            };
            assert_eq!(allow.admits(&claims), admitted, "{claims:?}");
            assert_eq!(allow.is_owner(&claims), subject == "u-0", "{claims:?}");
        }
    }

    #[test]
    fn rp7_an_empty_list_lets_nobody_in() {
        let claims = Claims {
            subject: "",
            verified_email: Some(""),
            groups: &[],
        };
        assert!(Allow::default().is_empty());
        assert!(!Allow::default().admits(&claims) && !Allow::default().is_owner(&claims));
    }
}
