//! Links in a results folder: whoever gives one away could have other files shown, or files written elsewhere.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn what_a_link_leads_to_is_neither_shown_nor_used() {
    for file in ["record.json", "predictions.csv"] {
        mended(
            "s/bow trial 1",
            "it is a link, and links in it are not followed",
            |folder| {
                let aside = folder.ancestors().nth(5).unwrap().join("aside");
                fs::rename(folder.join(file), &aside).unwrap();
                symlink(&aside, folder.join(file)).unwrap();
            },
        );
    }
    mended(
        "s/bow trial 1",
        "it is a link, and links in it are not followed",
        |folder| {
            let aside = folder.ancestors().nth(5).unwrap().join("aside");
            fs::rename(folder, &aside).unwrap();
            symlink(&aside, folder).unwrap();
        },
    );
}

#[test]
fn a_report_does_not_show_what_a_log_leads_to() {
    let place = place();
    place.write("secret", "the password\n");
    for folder in trials(&place).values() {
        fs::remove_file(folder.join("log.txt")).unwrap();
        symlink(place.join("secret"), folder.join("log.txt")).unwrap();
    }
    place.run("report s.toml").expect(0);
    assert!(!place.read("report.html").contains("the password"));
}

#[test]
fn folders_of_the_store_that_are_links_are_refused_and_nothing_is_written_there() {
    for name in ["", "/trials", "/failed", "/staging", "/locks"] {
        let place = Workplace::new();
        place.write("s.toml", spec("s", "", CHEAP_ROWS));
        fs::create_dir(place.join("elsewhere")).unwrap();
        fs::create_dir_all(
            place
                .join("results/store")
                .join(name.trim_start_matches('/'))
                .parent()
                .unwrap(),
        )
        .unwrap();
        symlink(
            place.join("elsewhere"),
            place.join(&format!("results/store{name}")),
        )
        .unwrap();
        for command in ["plan s.toml", "run s.toml --quiet"] {
            let said = place.run(command).expect(6).stderr;
            let expected = format!(
                "error: cannot use `results/store{name}`: it is a link, and links inside a results folder are not followed\n"
            );
            assert!(said.starts_with(&expected), "{said}");
        }
        assert!(entries(&place.join("elsewhere")).is_empty(), "{name}");
    }
    // The results folder itself is the user's choice.
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    fs::create_dir(place.join("elsewhere")).unwrap();
    symlink(place.join("elsewhere"), place.join("results")).unwrap();
    place.run("run s.toml --quiet").expect(0);
}

#[test]
fn links_in_the_place_of_trials_and_locks_do_not_lead_out() {
    let place = place();
    let folder = trials(&place)["s/bow trial 1"].clone();
    let (shelf, key) = (
        folder.parent().unwrap().to_owned(),
        folder.file_name().unwrap().to_owned(),
    );
    fs::create_dir(place.join("elsewhere")).unwrap();
    let is_empty = || entries(&place.join("elsewhere")).is_empty();

    fs::remove_dir_all(&folder).unwrap();
    symlink(
        place.join("nowhere"),
        place.join("results/store/locks").join(&key),
    )
    .unwrap();
    let said = place.run("run s.toml --quiet").expect(6).stderr;
    assert!(said.contains("it is a link"), "{said}");
    assert!(!place.join("nowhere").exists());
    fs::remove_file(place.join("results/store/locks").join(&key)).unwrap();

    symlink(
        place.join("elsewhere"),
        place.join("results/store/staging").join(&key),
    )
    .unwrap();
    place.run("run s.toml --quiet").expect(0);
    assert!(is_empty());

    fs::remove_dir_all(&shelf).unwrap();
    symlink(place.join("elsewhere"), &shelf).unwrap();
    let said = place.run("run s.toml --quiet").expect(6).stderr;
    assert!(said.contains("it is a link"), "{said}");
    assert!(is_empty());

    // Before anything is computed that could not be stored.
    fs::remove_file(&shelf).unwrap();
    fs::write(&shelf, "mine").unwrap();
    let said = place.run("run s.toml --quiet").expect(6).stderr;
    assert!(
        said.contains("it is no folder") && !said.contains("running"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&shelf).unwrap(), "mine");
}
