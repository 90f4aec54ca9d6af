//! Makes an empty database of the newest form. It is what a new gateway begins with, and what the
//! compiler checks every query against: so there is no description of the form to keep up to
//! date, and no tool to install.

use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

/// What marks a database as ours; `src/form.rs` looks for the same.
const APPLICATION: i32 = 0x4872_6d73;

#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to build scripts by variables"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=migrations");
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    for old in fs::read_dir(&folder)? {
        fs::remove_file(old?.path())?;
    }
    let (new, checked) = (folder.join("new.db"), folder.join("checked.db"));
    tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(make(&new))?;
    fs::copy(&new, &checked)?;
    println!(
        "cargo::rustc-env=DATABASE_URL=sqlite://{}",
        checked.display()
    );
    println!("cargo::rustc-env=SQLX_OFFLINE=false");
    Ok(())
}

/// Takes every step, and marks the result.
async fn make(place: &Path) -> Result<(), Box<dyn Error>> {
    let options = SqliteConnectOptions::new().filename(place);
    let mut database = options.create_if_missing(true).connect().await?;
    let mut form = 0;
    loop {
        match fs::read_to_string(format!("migrations/{}.sql", form + 1)) {
            Ok(step) => {
                sqlx::raw_sql(AssertSqlSafe(step))
                    .execute(&mut database)
                    .await?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(error.into()),
        };
        form += 1;
    }
    let marks = format!(
        "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {form}; \
         PRAGMA journal_mode = WAL"
    );
    sqlx::raw_sql(AssertSqlSafe(marks))
        .execute(&mut database)
        .await?;
    Ok(database.close().await?)
}
