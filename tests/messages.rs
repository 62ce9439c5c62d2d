//! What is printed and exported: nothing of a stranger's text commands a terminal or a spreadsheet, no message is endless, and no
//! secret is told.

mod endless;
mod secrets;
mod spreadsheets;
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Ran, Workplace, files_below, same_environment};

/// Every kind of character that does something to a terminal: escape codes of both sets, colours, titles, the direction of
/// writing, deletion, and the way back to the start of the line.
const HOSTILE: &str = "a\u{1b}[31mb\u{1b}]0;c\u{7}d\u{9b}2Je\u{202e}f\u{2066}g\u{7f}h\ri";

/// Fails where something in it would do something to a terminal.
#[track_caller]
fn assert_fit(text: &str, what: &str) {
    let commands = |character: char| {
        character.is_control() && character != '\n'
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(commands), "{what}:\n{text:?}");
}

impl Workplace {
    /// Runs a command, of which every word is given, and fails where what it prints is not fit for a terminal.
    #[track_caller]
    fn fit(&self, words: &[&str]) -> Ran {
        let ran = self.ran(self.command("").args(words));
        assert_fit(&ran.stdout, &format!("{words:?}"));
        assert_fit(&ran.stderr, &format!("{words:?}"));
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        ran
    }
}

/// Who may do what with the files that are made is for the user's mask to say, and nobody runs them.
#[cfg(unix)]
#[test]
fn files_have_the_permissions_that_the_mask_leaves() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Workplace::new();
    place.write(
        "s.toml",
        crate::support::spec("s", "", crate::support::CHEAP_ROWS),
    );
    let before = files_below(place.path());
    let script = "umask 027 && \"$0\" run s.toml --quiet && \"$0\" report s.toml -o out/r.html \
                  && \"$0\" export s.toml --predictions out/p.csv --trials out/t.csv --mlflow out/m --tensorboard out/t \
                  && \"$0\" preprocess train.csv -o out/pp.csv.gz \
                  && \"$0\" split train.csv -o out/split --label-column label --train 4 --min-chars 0 --rules none";
    let program = place.command("");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script]).arg(program.get_program());
    same_environment(&mut shell, &program);
    place.ran(shell.current_dir(place.path())).expect(0);
    let made = files_below(place.path());
    let made: Vec<&PathBuf> = made.iter().filter(|file| !before.contains(file)).collect();
    assert!(made.len() > 20, "{made:?}");
    for file in made {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(file), 0o640, "{}", file.display());
        let folder = file.parent().unwrap();
        if folder != place.path() {
            assert_eq!(mode(folder), 0o750, "{}", folder.display());
        }
    }
}
