//! Declarative experiments for text classification with few labels.
//!
//! A TOML file states an experiment; [`spec`] checks it, [`runner`] plans its *trials* and has them run, and
//! [`report`] renders the table. A **trial** is one fit and one scoring: a pure function of the arm (a method with one
//! setting), the contents of the data, the contents of the weights and the seeds. It runs in a process of its own, is
//! addressed by a hash of everything that can change its result, and is never done twice.
//!
//! Imports point down only:
//!
//! | module | what it is |
//! |---|---|
//! | [`cli`] | the commands; with `report` the only part that prints |
//! | [`report`] | rows in, text out: tables, CSV, JSON |
//! | [`launch`] | where trials run: local processes |
//! | [`runner`] | plan, schedule, events |
//! | [`store`] | the results folder |
//! | [`trial`] | one fit and one scoring, its key and its record |
//! | [`methods`] | one file per method: random, majority, bow, probe, finetune, ensemble, distill |
//! | [`encoders`] | what methods need of encoders, computed by [`nn`] |
//! | [`nn`], [`classic`], [`data`], [`assets`] | libtorch; TF-IDF and logistic regression; texts; what is fetched |
//! | [`settings`] | hyper-parameters, encoders' files and devices, text rules |
//! | [`spec`], [`metric`], [`seed`], [`fsio`], [`child`] | leaves: no libtorch, no printing |

pub mod assets;
pub mod child;
pub mod classic;
pub mod cli;
pub mod data;
pub mod encoders;
pub mod fsio;
pub mod launch;
pub mod methods;
pub mod metric;
pub mod nn;
pub mod report;
pub mod runner;
pub mod seed;
pub mod settings;
pub mod spec;
pub mod store;
#[cfg(test)]
mod testing;
pub mod trial;
