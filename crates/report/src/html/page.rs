//! The frame of the page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::time::{duration, time};
use super::{HostUsage, Page, sections};
use crate::text::thousands;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole file. The same results give the same bytes.
pub fn render_page(page: &Page) -> String {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
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
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the results" }
                (head(page))
                main id="content" {
                    @for (number, section) in page.sections.iter().enumerate() {
                        (sections::section(number, section))
                    }
                    (places(&page.places))
                }
                footer.small { "Made by " (page.program) " from stored predictions. This file is self-contained and loads nothing from elsewhere." }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    made.into_string()
}

/// A source of a content security policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
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
