//! Declarative experiments for text classification with few labels.
//!
//! A TOML file states an experiment; `fsl_core::spec` checks it, `fsl_core::runner` plans its *trials* and has
//! them run, and `fsl_report` renders the table. A **trial** is one fit and one scoring: a pure function of the arm (a method with one
//! setting), the contents of the data, the contents of the weights and the seeds. It runs in a process of its own, is
//! addressed by a hash of everything that can change its result, and is never done twice.
//!
//! This package is the front: [`cli`] has the commands and [`launch`] starts trials. What they use are packages of their
//! own, in `crates/`; imports point down only.
//!
//! | package | what it is |
//! |---|---|
//! | `fsl-analysis` | analysis of stored trials: tables, ensembles, comparisons, variance |
//! | `fsl-report` | rows in, text out: tables, pages, plots, exports |
//! | `fsl-core` | specs, plans, schedule, the store, trials with their keys and records |
//! | `fsl-methods` | one file per method; TF-IDF and logistic regression |
//! | `fsl-nn` | encoders on libtorch, the only package that links it |
//! | `fsl-assets` | the catalogue, and fetching |
//! | `fsl-data`, `fsl-metrics` | texts; metrics and statistics |
//! | `fsl-common` | atomic writes, child processes, seeds, settings |

pub mod cli;
pub mod launch;
