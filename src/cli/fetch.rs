//! `fsl-exp fetch`: encoders and datasets into the cache.

use clap::Args;

use super::assets::{Bar, fetch_encoder};
use super::console;
use super::error::CliError;
use super::exit::Exit;
use fsl_assets::{Assets, EncoderRef, Parts};
use fsl_common::spelling::nearest;
use fsl_report::{one_line, thousands};

#[derive(Debug, Args)]
pub(super) struct FetchArgs {
    /// Encoders (catalogue names or hf:org/name@revision) and datasets
    #[arg(required_unless_present = "list", value_name = "NAME")]
    names: Vec<String>,
    /// List the catalogue and what is already in the cache
    #[arg(long)]
    list: bool,
    /// Also fetch datasets' transfer sets, which students are trained on
    #[arg(long)]
    transfer: bool,
    /// Hide progress
    #[arg(short, long)]
    quiet: bool,
}

/// Fetches what is named, or lists what can be. Every name is tried; the exit code tells whether all are here.
pub(super) fn command(args: &FetchArgs) -> Result<Exit, CliError> {
    let assets = Assets::from_env()?;
    if args.list {
        return console::print(&list(&assets)?);
    }
    let mut exit = Exit::Done;
    for name in &args.names {
        match fetch(name, args.transfer, &assets, &mut Bar::new(args.quiet)) {
            Ok(folder) => {
                console::print(&format!("{name}: {}\n", one_line(&folder)))?;
            }
            Err(error) => {
                console::show_error(&error.lines(), error.hint().as_deref());
                exit = error.exit();
            }
        }
    }
    Ok(exit)
}

/// Fetches one asset and returns its folder. A dataset that is built is built whole, with or without `transfer`.
fn fetch(name: &str, transfer: bool, assets: &Assets, bar: &mut Bar) -> Result<String, CliError> {
    let catalog = assets.catalog();
    if let Some((_, entry)) = catalog.datasets().find(|(known, _)| *known == name) {
        let parts = if transfer || entry.build.is_some() || entry.cut().is_some() {
            Parts::All
        } else {
            Parts::Labelled
        };
        let files = assets.dataset(name, parts, &mut |event| bar.show(&event))?;
        return Ok(files.train.with_file_name("").display().to_string());
    }
    let reference = EncoderRef::parse(name)?;
    if matches!(reference, EncoderRef::Name(_))
        && !catalog.encoders().any(|(known, _)| known == name)
    {
        return Err(unknown(name, assets));
    }
    let files = fetch_encoder(name, assets, bar)?;
    let folder = files.source.and_then(|source| {
        source
            .config
            .parent()
            .map(|path| path.display().to_string())
    });
    Ok(folder.unwrap_or_default())
}

/// A name may be meant as either kind; the error names both.
fn unknown(name: &str, assets: &Assets) -> CliError {
    let catalog = assets.catalog();
    let known: Vec<&str> = catalog
        .encoders()
        .map(|(known, _)| known)
        .chain(catalog.datasets().map(|(known, _)| known))
        .collect();
    let meant =
        nearest(name, known.iter().copied()).map(|near| format!(", did you mean `{near}`?"));
    CliError::Usage {
        option: "fetch",
        problem: format!(
            "`{name}` is not in the catalogue{}; known: {}",
            meant.unwrap_or_default(),
            known
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// Every asset of the catalogue: name, size, whether it is here, licence, what is in it, whom to cite.
fn list(assets: &Assets) -> Result<String, CliError> {
    let catalog = assets.catalog();
    let mut text = String::from("Encoders\n");
    for (name, entry) in catalog.encoders() {
        let here = assets
            .cached_encoder(&EncoderRef::Name(name.to_owned()))?
            .is_some();
        let pinned = if entry.sha256.is_empty() {
            ", not pinned"
        } else {
            ""
        };
        text += &entry_lines(
            name,
            entry.megabytes,
            &format!("{}{pinned}", place(here)),
            [&entry.about, &entry.licence, &entry.citation],
        );
    }
    text += "\nDatasets\n";
    for (name, entry) in catalog.datasets() {
        let here = assets.cached_dataset(name, Parts::Labelled)?.is_some();
        let count = |texts: u32| thousands(texts.into());
        let transfer = entry
            .transfer
            .as_ref()
            .map(|file| format!(", {} without labels", count(file.texts)));
        let about = format!(
            "{} ({} training texts, {} test texts{})",
            entry.about,
            count(entry.train.texts),
            count(entry.test.texts),
            transfer.unwrap_or_default()
        );
        text += &entry_lines(
            name,
            entry.megabytes,
            place(here),
            [&about, &entry.licence, &entry.citation],
        );
    }
    Ok(text)
}

fn place(here: bool) -> &'static str {
    if here { "here" } else { "not fetched" }
}

fn entry_lines(
    name: &str,
    megabytes: u32,
    state: &str,
    [about, licence, citation]: [&str; 3],
) -> String {
    format!(
        "  {name}  {megabytes} MB, {state}\n      {about}\n      licence: {licence}\n      cite: {citation}\n"
    )
}
