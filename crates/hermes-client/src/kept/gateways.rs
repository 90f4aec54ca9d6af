use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use hermes_machine::{FileLock, Home, file};
use hermes_oauth::Ports;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use serde_json::{Map, Value};

use super::{
    KeptError, KeychainUse, Remembered,
    file::{Content, JsonFile, Read},
    remembered::{Where, is_name},
};
use crate::{GatewayAddress, Held};

/// How long somebody else may hold a lock: they may wait for a keychain, or for a gateway.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most gateways that are remembered.
const LIMIT: usize = 200;

/// The gateways in the one file.
type List = Vec<Value>;

/// The secrets in the other one, by address.
type Secrets = Map<String, Value>;

/// The gateways that a home remembers, and what opens them.
#[derive(Debug)]
pub struct Gateways {
    home: Home,
    pub(super) ports: Ports,
    keychain: KeychainUse,
    index: JsonFile<List>,
    secrets: JsonFile<Secrets>,
}

/// What a home remembers.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The gateways, as they were added.
    pub gateways: Vec<Remembered>,
    /// Files that were damaged, under the names at which they are now.
    pub set_aside: Vec<PathBuf>,
}

impl Found {
    /// The one of this name.
    pub fn named(&self, name: &str) -> Option<&Remembered> {
        self.gateways.iter().find(|one| one.name == name)
    }

    /// The one at this address.
    pub fn at(&self, address: &GatewayAddress) -> Option<&Remembered> {
        self.gateways.iter().find(|one| one.address == *address)
    }

    /// The one that was used last.
    pub fn last_used(&self) -> Option<&Remembered> {
        self.gateways.iter().max_by_key(|one| one.last_used)
    }

    /// A name for a gateway at this address that no other one has.
    pub fn name_for(&self, address: &GatewayAddress) -> String {
        let simple = |ch: char| match ch {
            'a'..='z' | '0'..='9' | '.' | '-' | '_' => ch,
            _ => '-',
        };
        let host: String = address.host().chars().map(simple).take(56).collect();
        let host = host.trim_matches('-');
        let host = if host.is_empty() { "gateway" } else { host };
        let mut names = (2..).map(|number| format!("{host}-{number}"));
        match self.named(host) {
            None => host.to_owned(),
            Some(_) => names
                .find(|name| self.named(name).is_none())
                .unwrap_or_default(),
        }
    }
}

impl Gateways {
    /// Those of this home.
    pub fn of(home: &Home, ports: &Ports, keychain: KeychainUse) -> Self {
        let at = |name| home.path().join(name);
        Self {
            home: home.clone(),
            ports: ports.clone(),
            keychain,
            index: JsonFile::at(at("gateways.json"), "gateways"),
            secrets: JsonFile::at(at("gateways.secrets.json"), "secrets"),
        }
    }

    /// What is remembered, for somebody who only wants to know names. What cannot be read is nothing,
    /// and nothing is put aside.
    pub fn glance(&self) -> Vec<Remembered> {
        match self.index.read() {
            Ok(Read::Good(content)) => remembered(&content.known),
            Ok(Read::Damaged) | Err(_) => Vec::new(),
        }
    }

    /// What is remembered.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or was written by a newer version.
    pub async fn read(&self) -> Result<Found, KeptError> {
        if let (Read::Good(content), Read::Good(_)) = (self.index.read()?, self.secrets.read()?) {
            return Ok(Found {
                gateways: remembered(&content.known),
                set_aside: Vec::new(),
            });
        }
        let _lock = self.lock().await?;
        let now = self.ports.clock.now();
        let (content, index) = self.index.read_or_set_aside(now)?;
        let (_, secrets) = self.secrets.read_or_set_aside(now)?;
        Ok(Found {
            gateways: remembered(&content.known),
            set_aside: index.into_iter().chain(secrets).collect(),
        })
    }

    /// Remembers a gateway, in place of what was known of its address, and keeps what opens it if that
    /// is given. Where that is now.
    ///
    /// # Errors
    ///
    /// If the name is another gateway's, or something cannot be written. Then nothing has changed.
    pub async fn remember(
        &self,
        gateway: &Remembered,
        held: Option<&Held>,
    ) -> Result<Where, KeptError> {
        if !is_name(&gateway.name) {
            let name = plain(&gateway.name, LABEL_LIMIT);
            return Err(KeptError::Name(name));
        }
        // A renewal that is under way would put what it replaces over what is new.
        let _renewals = match held {
            Some(_) => Some(self.lock_renewals(&gateway.address).await?),
            None => None,
        };
        let _lock = self.lock().await?;
        let mut content = self.change()?;
        let list = &mut content.known;
        let mut others = list.iter().filter_map(Remembered::of_entry);
        if others.any(|one| one.name == gateway.name && one.address != gateway.address) {
            return Err(KeptError::NameTaken(gateway.name.clone()));
        }
        let known = position(list, &gateway.address);
        let mut entry = match known.map(|index| &list[index]) {
            Some(Value::Object(entry)) => entry.clone(),
            Some(_) | None => Map::new(),
        };
        gateway.over(&mut entry);
        if let Some(held) = held {
            self.place(&gateway.address, held, &mut entry).await?;
        }
        let entry = Value::Object(entry);
        let place = Where::of_entry(&entry);
        match known {
            Some(index) => list[index] = entry,
            None => list.push(entry),
        }
        if list.len() > LIMIT {
            let oldest = list.remove(0);
            if let (Some(one), Value::Object(mut entry)) = (Remembered::of_entry(&oldest), oldest) {
                self.displace(&one.address, &mut entry).await?;
            }
        }
        self.index.write(content)?;
        Ok(place)
    }

    /// What opens the gateway at this address; nothing if nothing is kept.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or the keychain does not answer.
    pub async fn held(&self, address: &GatewayAddress) -> Result<Option<Held>, KeptError> {
        let Read::Good(content) = self.index.read()? else {
            return Ok(None);
        };
        let list = &content.known;
        let entry = position(list, address).map(|index| &list[index]);
        let place = entry.map_or(Where::Nowhere, Where::of_entry);
        match place {
            Where::Nowhere => Ok(None),
            Where::Keychain => {
                let secret = self.keychain.get(&self.account(address)).await?;
                let value = secret.and_then(|text| serde_json::from_str(text.expose()).ok());
                Ok(value.and_then(|value| Held::of_value(&value)))
            }
            Where::File => {
                let Read::Good(content) = self.secrets.read()? else {
                    return Ok(None);
                };
                Ok(content.known.get(&key(address)).and_then(Held::of_value))
            }
        }
    }

    /// Keeps this in place of what has opened the gateway at this address. One that was forgotten
    /// meanwhile stays so.
    pub(super) async fn keep(
        &self,
        address: &GatewayAddress,
        held: &Held,
    ) -> Result<(), KeptError> {
        self.change_entry(address, async |entry| {
            self.place(address, held, entry).await
        })
        .await
    }

    /// Drops what has opened the gateway at this address; the gateway is still remembered.
    ///
    /// # Errors
    ///
    /// If something cannot be written.
    pub async fn drop_held(&self, address: &GatewayAddress) -> Result<(), KeptError> {
        self.change_entry(address, async |entry| self.displace(address, entry).await)
            .await
    }

    /// Forgets the gateway at this address, and what opens it.
    ///
    /// # Errors
    ///
    /// If something cannot be written.
    pub async fn forget(&self, address: &GatewayAddress) -> Result<(), KeptError> {
        let _lock = self.lock().await?;
        let mut content = self.change()?;
        let list = &mut content.known;
        let Some(index) = position(list, address) else {
            return Ok(());
        };
        if let Value::Object(mut entry) = list.remove(index) {
            self.displace(address, &mut entry).await?;
        }
        self.index.write(content)
    }

    /// Whether secrets go to a keychain from now on, as long as it answers.
    pub const fn has_keychain(&self) -> bool {
        matches!(self.keychain, KeychainUse::Auto(..) | KeychainUse::On(..))
    }

    /// The file of secrets, for where there is no keychain.
    pub fn secrets_file(&self) -> &Path {
        self.secrets.path()
    }

    /// Changes the entry of a gateway, if there is one.
    async fn change_entry(
        &self,
        address: &GatewayAddress,
        change: impl AsyncFnOnce(&mut Map<String, Value>) -> Result<(), KeptError>,
    ) -> Result<(), KeptError> {
        let _lock = self.lock().await?;
        let mut content = self.change()?;
        let list = &mut content.known;
        let index = position(list, address);
        if let Some(Value::Object(entry)) = index.and_then(|index| list.get_mut(index)) {
            change(entry).await?;
            self.index.write(content)?;
        }
        Ok(())
    }

    /// Puts a secret where secrets go, and takes it away from where it was.
    async fn place(
        &self,
        address: &GatewayAddress,
        held: &Held,
        entry: &mut Map<String, Value>,
    ) -> Result<(), KeptError> {
        let account = self.account(address);
        let value = held.to_value();
        let text = Secret::new(value.to_string());
        let place = match self.keychain.set(&account, &text).await? {
            true => {
                self.change_secrets(|secrets| secrets.remove(&key(address)).is_some())?;
                Where::Keychain
            }
            false => {
                self.change_secrets(|secrets| {
                    secrets.insert(key(address), value);
                    true
                })?;
                if Where::of_entry(&Value::Object(entry.clone())) == Where::Keychain {
                    // It does not answer just now, so what it has is what was replaced: of no use.
                    let _ = self.keychain.delete(&account).await;
                }
                Where::File
            }
        };
        entry.insert("secret".to_owned(), place.to_value());
        Ok(())
    }

    /// Takes a secret away from where it is.
    async fn displace(
        &self,
        address: &GatewayAddress,
        entry: &mut Map<String, Value>,
    ) -> Result<(), KeptError> {
        // A keychain that was away may have one from before, which is of no use to anybody.
        let deleted = self.keychain.delete(&self.account(address)).await;
        if Where::of_entry(&Value::Object(entry.clone())) == Where::Keychain {
            deleted?;
        }
        self.change_secrets(|secrets| secrets.remove(&key(address)).is_some())?;
        entry.insert("secret".to_owned(), Where::Nowhere.to_value());
        Ok(())
    }

    /// Changes the file of secrets, if `change` says that there is something to change.
    fn change_secrets(
        &self,
        change: impl FnOnce(&mut Map<String, Value>) -> bool,
    ) -> Result<(), KeptError> {
        let (mut content, _) = self.secrets.read_or_set_aside(self.ports.clock.now())?;
        match change(&mut content.known) {
            true => self.secrets.write(content),
            false => Ok(()),
        }
    }

    /// What is in the list, for somebody who holds the lock and will write it.
    fn change(&self) -> Result<Content<List>, KeptError> {
        let (content, _) = self.index.read_or_set_aside(self.ports.clock.now())?;
        Ok(content)
    }

    /// For whoever changes the files.
    async fn lock(&self) -> Result<FileLock, KeptError> {
        self.locked(self.home.path().to_owned(), "gateways.lock")
            .await
    }

    /// For whoever changes what opens one gateway, and asks the gateway meanwhile. It is taken before
    /// the other one.
    pub(super) async fn lock_renewals(
        &self,
        address: &GatewayAddress,
    ) -> Result<FileLock, KeptError> {
        let digest = Secret::new(key(address)).fingerprint();
        let digest = digest.rsplit(':').next().unwrap_or_default();
        let name = format!("gateway-{digest}.lock");
        self.locked(self.home.run(), &name).await
    }

    async fn locked(&self, directory: PathBuf, name: &str) -> Result<FileLock, KeptError> {
        if let Err(source) = file::create_private_dir(&directory) {
            return Err(KeptError::File {
                path: directory,
                source,
            });
        }
        let path = directory.join(name);
        Ok(FileLock::acquire(&path, PATIENCE, &*self.ports.clock).await?)
    }

    /// What the keychain knows a secret by: two homes of one person are two sign-ins.
    fn account(&self, address: &GatewayAddress) -> Account {
        Account {
            home: self.home.path().display().to_string(),
            gateway: key(address),
        }
    }
}

/// What the keychain knows a secret by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    /// The home of the one who has signed in.
    pub home: String,
    /// The address of the gateway.
    pub gateway: String,
}

/// What a secret is kept under: the gateway that has given it, and no other.
fn key(address: &GatewayAddress) -> String {
    address.to_string()
}

fn remembered(list: &[Value]) -> Vec<Remembered> {
    list.iter().filter_map(Remembered::of_entry).collect()
}

/// Where the entry of a gateway is.
fn position(list: &[Value], address: &GatewayAddress) -> Option<usize> {
    let is_it = |entry: &Value| {
        let text = entry.get("address").and_then(Value::as_str);
        let known = text.and_then(|text| GatewayAddress::parse(text).ok());
        known.as_ref() == Some(address)
    };
    list.iter().position(is_it)
}
