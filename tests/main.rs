//! The integration tests: one binary, one module per subject. They run the built programs as a user would.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "tests stop at what they did not expect, spoil files on purpose, and hold long snapshots"
)]

mod bad_input;
mod bad_inputs;
mod calibrate;
mod check;
mod compare;
mod contrastive;
mod cross_view;
mod crossed;
mod csv_files;
mod damaged_store;
mod data_warnings;
mod determinism;
mod distill;
mod documents;
#[cfg(target_os = "linux")]
mod fork;
mod guard;
#[cfg(unix)]
mod hostile_folder;
mod hub;
mod imports;
mod interop;
mod killed;
mod labels;
mod layers;
mod linkage;
mod load;
mod long_texts;
mod messages;
mod models;
mod numbers;
mod outputs;
mod pool;
mod precision;
mod preprocess;
mod published;
mod real;
mod report;
mod resume;
mod run;
mod schedule;
mod select;
mod sentence;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(target_os = "linux")]
mod soak;
mod split;
mod static_encoders;
mod strangers;
mod structure;
mod students;
mod support;
mod sweep;
mod verify;
