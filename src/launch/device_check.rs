//! Asking the worker, which alone has libtorch, whether devices are here.

use std::io;
use std::path::Path;
use std::process::Stdio;

use super::local::{WORKER, worker_binary};
use fsl_common::child;
use fsl_core::store::{Failure, FailureKind};

/// The first of these devices that the worker cannot compute on, as the failure that any trial would have there. `None` also of a program that the
/// user named as the worker, which need not know the question.
///
/// # Errors
/// Where there is no worker, or it cannot be started.
pub fn refused_device(devices: &[&str]) -> io::Result<Option<Failure>> {
    let worker = worker_binary()?;
    if worker.file_stem().is_none_or(|name| name != WORKER) {
        return Ok(None);
    }
    ask(&worker, devices)
}

fn ask(worker: &Path, devices: &[&str]) -> io::Result<Option<Failure>> {
    let answer = child::command(worker)?
        .arg("devices")
        .args(devices)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    if answer.status.success() {
        return Ok(serde_json::from_slice(&answer.stdout).ok());
    }
    Ok(Some(Failure {
        kind: FailureKind::Crash,
        message: format!(
            "device `{}`: libtorch could not look for it ({})",
            devices.join("`, `"),
            answer.status
        ),
        hint: Some("check the GPU's driver, or use `cpu`".to_owned()),
    }))
}
