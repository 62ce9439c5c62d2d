//! Moments and durations on the page.

use maud::{Markup, html};

/// A moment, which the script shows in the reader's own zone.
pub(super) fn time(unix: u64) -> Markup {
    html! { time data-unix=(unix) { "@" (unix) } }
}

/// `1 h 05 min`, `4 min 05 s`, `3.2 s`.
pub(super) fn duration(secs: f64) -> String {
    let whole = secs.round() as u64;
    match whole {
        0..60 => format!("{secs:.1} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}
