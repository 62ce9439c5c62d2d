//! Links and placeholders of the documents.

use super::*;

/// Markdown at the root and in `docs`.
fn markdown() -> Vec<PathBuf> {
    let names = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let mut documents: Vec<PathBuf> = names.map(|name| root().join(name)).into();
    let docs = entries(&root().join("docs")).into_iter();
    documents.extend(docs.filter(|path| path.extension().is_some_and(|end| end == "md")));
    documents
}

#[test]
fn relative_links_lead_somewhere() {
    let root = root();
    let (mut checked, mut broken) = (0, Vec::new());
    for document in markdown() {
        let text = fs::read_to_string(&document)
            .unwrap_or_else(|error| panic!("{}: {error}", document.display()));
        for link in links(&text) {
            checked += 1;
            if !document.parent().unwrap().join(&link).exists() {
                broken.push(format!(
                    "{}: {link}",
                    document.strip_prefix(&root).unwrap().display()
                ));
            }
        }
    }
    assert!(checked > 0, "no link was found");
    assert!(
        broken.is_empty(),
        "links to nothing:\n{}",
        broken.join("\n")
    );
}

#[test]
fn links_are_found_and_others_passed_over() {
    let text = "[a](docs/a.md#part) and [b](https://example.org/b.md), [c](#part), `[d](not.md)`\n```\n[e](neither.md)\n```\n![f](f.png)";
    assert_eq!(links(text), ["docs/a.md", "f.png"]);
}

#[test]
fn no_placeholder_is_left() {
    let mut left = Vec::new();
    for document in markdown() {
        let text = fs::read_to_string(&document).unwrap();
        let name = document.strip_prefix(root()).unwrap().display().to_string();
        left.extend(placeholders(&text).map(|word| format!("{name}: {word}")));
    }
    assert!(
        left.is_empty(),
        "still to be filled in:\n{}",
        left.join("\n")
    );
}

#[test]
fn placeholders_are_told_from_environment_variables_and_headings() {
    let text = "COVERAGE_TABLE\n\n| size | SPEED_FIGURE on two cores |\nset FSL_EXP_CACHE=DIR, or `HF_TOKEN`\n# API\nTODO_LATER\nLICENSE\nF1\n(SIZE_TABLE)";
    let found: Vec<&str> = placeholders(text).collect();
    assert_eq!(
        found,
        ["COVERAGE_TABLE", "SPEED_FIGURE", "TODO_LATER", "SIZE_TABLE"]
    );
}

/// What stands for something that is still to be written: words of capitals and `_` that are a line of their own, or that end in
/// `_FIGURE` or `_TABLE`.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        let is_part = |letter: char| letter.is_ascii_uppercase() || letter == '_';
        let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let words = line.split(move |letter| !is_of_word(letter));
        words.filter(move |word| {
            let alone = line.trim() == *word && word.contains('_');
            word.chars().all(is_part)
                && (alone || word.ends_with("_FIGURE") || word.ends_with("_TABLE"))
        })
    })
}

/// The relative links of a Markdown text, without their `#part`; those in code are none.
fn links(text: &str) -> Vec<String> {
    let (mut found, mut fenced) = (Vec::new(), false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every second piece between backticks is code.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for rest in prose.split("](").skip(1) {
            let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push(target.to_owned());
            }
        }
    }
    found
}

/// The documents for developers name source files, in full or by the end of their path, such as `runner/queue.rs`.
#[test]
fn source_files_that_documents_name_exist() {
    let mut files = Vec::new();
    for folder in ["src", "crates", "tests", "docs", "scripts", "bench", "data"] {
        files_under(&root().join(folder), &mut files);
    }
    files.extend(["/clippy.toml", "/Cargo.toml", "/.cargo/config.toml"].map(str::to_owned));
    let name = regex::Regex::new(r"`([a-z_./-]+\.(?:rs|py|sh|toml))`").unwrap();
    let (mut checked, mut missing) = (0, Vec::new());
    for document in ["CONTRIBUTING.md", "docs/architecture.md"] {
        let text = read(document);
        for named in name.captures_iter(&text).map(|found| found[1].to_owned()) {
            checked += 1;
            let end = format!("/{named}");
            if !files.iter().any(|file| file.ends_with(&end)) {
                missing.push(format!("{document}: {named}"));
            }
        }
    }
    assert!(checked > 20, "{checked} names were found");
    assert!(missing.is_empty(), "no such file:\n{}", missing.join("\n"));
}

/// Every file, in full and with the folders `src` left out.
fn files_under(folder: &Path, files: &mut Vec<String>) {
    for path in entries(folder) {
        if path.is_dir() {
            files_under(&path, files);
        } else {
            let name = format!("/{}", path.strip_prefix(root()).unwrap().display());
            files.push(name.replace("/src/", "/"));
            files.push(name);
        }
    }
}
