//! The frame of the page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::time::{duration, time};
use super::{HostUsage, Page, Section, class_texts, classes, sections};
use crate::text::thousands;
use fsl_common::shown;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole file. The same results give the same bytes.
pub fn render_page(page: &Page) -> String {
    let (styles, scripts) = assets(page);
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hashes(&styles),
        hashes(&scripts)
    );
    let made = html! {
        (DOCTYPE)
        html lang="en" data-theme="auto" {
            head {
                meta charset="utf-8";
                meta name="generator" content=(page.program);
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                // An empty icon, or a browser would ask for one.
                link rel="icon" href="data:,";
                title { (page.title) }
                @for style in styles { style { (PreEscaped(style)) } }
            }
            body {
                a.skip href="#content" { "Skip to the results" }
                (head(page))
                main id="content" {
                    @for (number, section) in page.sections.iter().enumerate() {
                        (sections::section(number, section, same_texts(&page.sections[..number], section)))
                    }
                    (places(&page.places))
                }
                footer.small { "Made by " (page.program) " from stored predictions. This file is self-contained and loads nothing from elsewhere." }
                @for script in scripts { script { (PreEscaped(script)) } }
            }
        }
    };
    without_commands(&made.into_string())
}

/// A page whose names and texts hold nothing that commands a terminal: a page is text, and somebody may read it there. Written out as
/// JSON does it, since a page holds some.
fn without_commands(page: &str) -> String {
    let is_command =
        |character: char| !matches!(character, '\n' | '\t') && shown::is_command(character);
    let mut fit = String::with_capacity(page.len());
    for character in page.chars() {
        if is_command(character) {
            fit += &format!("\\u{:04x}", u32::from(character));
        } else {
            fit.push(character);
        }
    }
    fit
}

/// The first of these sections that has the same texts as another one.
fn same_texts(earlier: &[Section], section: &Section) -> Option<usize> {
    let texts = &section.texts.as_ref()?.texts;
    let has = |other: &Section| other.texts.as_ref().is_some_and(|set| set.texts == *texts);
    earlier.iter().position(has)
}

/// The page's styles and its scripts. Those for classes come only where an experiment has others than 0 and 1; they fill a table that
/// the script of all pages makes sortable afterwards.
fn assets(page: &Page) -> (Vec<&'static str>, Vec<&'static str>) {
    let of_classes = |section: &Section| {
        let of_texts = section.texts.iter().map(|texts| &texts.classes);
        let mut all = of_texts.chain([&section.table.metrics.classes]);
        all.any(|classes| !classes.are_zero_one())
    };
    if page.sections.iter().any(of_classes) {
        let scripts = vec![classes::SCRIPT, class_texts::SCRIPT, SCRIPT];
        (vec![STYLE, classes::STYLE], scripts)
    } else {
        (vec![STYLE], vec![SCRIPT])
    }
}

/// Sources of a content security policy.
fn hashes(texts: &[&str]) -> String {
    let hash = |text: &&str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    texts.iter().map(hash).collect::<Vec<_>>().join(" ")
}

fn head(page: &Page) -> Markup {
    html! {
        header {
            div.bar {
                h1 { (page.title) }
                button type="button" id="theme" { "Theme: auto" }
            }
            nav aria-label="Sections" {
                ul {
                    @for (number, section) in page.sections.iter().enumerate() {
                        li { a href={ "#section-" (number) } { (section.table.heading()) } }
                    }
                    li { a href="#places" { "Where it ran" } }
                }
            }
        }
    }
}

fn places(places: &[HostUsage]) -> Markup {
    html! {
        section id="places" aria-labelledby="places-title" {
            h2 id="places-title" { "Where it ran" }
            @if places.is_empty() {
                p { "No trial has finished." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Machines" {
                    table {
                        thead { tr { th scope="col" { "machine" } th scope="col" { "trials" } th scope="col" { "trial time" } th scope="col" { "from" } th scope="col" { "to" } } }
                        tbody {
                            @for place in places {
                                tr {
                                    th scope="row" { (place.host) div.small { (place.kind) } }
                                    td { (thousands(place.trials as u64)) }
                                    td { (duration(place.secs)) }
                                    td { (time(place.span.0)) }
                                    td { (time(place.span.1)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_commands_no_terminal() {
        let page = "<p>a\u{1b}[31m\u{9b}1m \u{202e}b</p>\n\t";
        let fit = "<p>a\\u001b[31m\\u009b1m \\u202eb</p>\n\t";
        assert_eq!(without_commands(page), fit);
    }
}
