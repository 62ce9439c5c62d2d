//! The integration tests: one binary, one module per subject. They run the built programs as a user would.

mod bad_input;
mod check;
mod documents;
mod layers;
mod linkage;
mod real;
mod resume;
mod run;
mod schedule;
mod support;
