//! Beginning with the session of the person: a file where the desktop looks for what is to begin (the XDG autostart
//! specification). The file alone says whether it is so, as other programs change it too.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use hermes_machine::{Environment, file};

/// The most bytes of such a file that are read.
const LIMIT: u64 = 64 * 1024;

const FILE: &str = "autostart/hermes-desktop.desktop";

/// Whether it begins with the session.
pub(crate) fn is_set(environment: &Environment) -> bool {
    let Some(path) = path(environment) else {
        return false;
    };
    let Ok(Some(bytes)) = file::read_bounded(&path, LIMIT) else {
        return false;
    };
    // Programs that list such files turn them off by these.
    let text = String::from_utf8_lossy(&bytes);
    let is_off = |line: &str| {
        let line: String = line.chars().filter(|ch| !ch.is_whitespace()).collect();
        line == "Hidden=true" || line == "X-GNOME-Autostart-enabled=false"
    };
    !text.lines().any(is_off)
}

/// Has this program begin with the session, or not any more.
///
/// # Errors
///
/// Why the file cannot be changed, in a sentence.
pub(crate) fn set(environment: &Environment, program: &Path, is_on: bool) -> Result<(), String> {
    let path = path(environment).ok_or("Nobody has said where this desktop looks for it.")?;
    let done = match is_on {
        true => {
            let text = entry(program).ok_or("The path of this program cannot be written there.")?;
            let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
            folder.and_then(|()| file::write_private(&path, text.as_bytes()))
        }
        false => match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        },
    };
    done.map_err(|error| format!("`{}` cannot be changed: {error}.", path.display()))
}

fn path(environment: &Environment) -> Option<PathBuf> {
    let folder = environment.path("XDG_CONFIG_HOME");
    // The specification has relative paths ignored.
    let folder = folder.filter(|path| path.is_absolute());
    let folder = folder.or_else(|| environment.path("HOME").map(|home| home.join(".config")));
    folder.map(|folder| folder.join(FILE))
}

/// The file, if the path of the program can stand in one.
fn entry(program: &Path) -> Option<String> {
    let program = program
        .to_str()
        .filter(|path| !path.contains(char::is_control))?;
    // It is quoted for the command line, and what comes of that once more for the file.
    let mut quoted = String::new();
    for ch in program.chars() {
        match ch {
            '"' | '`' | '$' => quoted.extend(['\\', '\\', ch]),
            '\\' => quoted.push_str(r"\\\\"),
            '%' => quoted.push_str("%%"),
            _ => quoted.push(ch),
        }
    }
    Some(format!(
        "[Desktop Entry]\nType=Application\nName=Hermes\nExec=\"{quoted}\"\nTerminal=false\n"
    ))
}

#[cfg(test)]
mod tests {
    use hermes_testkit::TestHome;

    use super::*;

    #[test]
    fn it_begins_with_the_session_until_somebody_says_otherwise() {
        let home = TestHome::new();
        let config = home.path().join("config");
        let environment = home.environment().with("XDG_CONFIG_HOME", &config);
        let program = Path::new("/opt/my geese/hermes-desktop");
        assert!(!is_set(&environment));
        set(&environment, program, true).unwrap();
        assert!(is_set(&environment));
        let path = config.join(FILE);
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("\nExec=\"/opt/my geese/hermes-desktop\"\n"),
            "{text}"
        );
        // As the settings of a desktop turn it off.
        for off in ["Hidden=true", "X-GNOME-Autostart-enabled = false"] {
            file::write_private(&path, format!("{text}{off}\n").as_bytes()).unwrap();
            assert!(!is_set(&environment), "{off}");
        }
        set(&environment, program, true).unwrap();
        assert!(is_set(&environment));
        set(&environment, program, false).unwrap();
        set(&environment, program, false).unwrap();
        assert!(!is_set(&environment) && !path.exists());
    }

    #[test]
    fn it_is_looked_for_below_the_home_where_nobody_says_another_place() {
        let of = |pairs: [(&str, &str); 2]| path(&Environment::from(pairs));
        let usual = Some(PathBuf::from("/h/.config").join(FILE));
        assert_eq!(of([("HOME", "/h"), ("XDG_CONFIG_HOME", "")]), usual);
        assert_eq!(of([("HOME", "/h"), ("XDG_CONFIG_HOME", "relative")]), usual);
        assert_eq!(path(&Environment::default()), None);
        assert!(set(&Environment::default(), Path::new("/x"), true).is_err());
    }

    #[test]
    fn a_path_is_no_command() {
        let line = |path: &str| {
            entry(Path::new(path))
                .unwrap()
                .lines()
                .nth(3)
                .unwrap()
                .to_owned()
        };
        assert_eq!(line("/a/$HOME`x`"), r#"Exec="/a/\\$HOME\\`x\\`""#);
        assert_eq!(line(r#"/a/"b\c"#), r#"Exec="/a/\\"b\\\\c""#);
        assert_eq!(line("/a/%u"), r#"Exec="/a/%%u""#);
        assert_eq!(entry(Path::new("/a\nExec=evil")), None);
    }
}
