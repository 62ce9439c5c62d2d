//! Trials as processes of this machine.

use std::env;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::devices::Devices;
use super::memory;
use crate::method::Progress;
use crate::runner::{Ended, Executor, Running, Signal};
use crate::store::Staged;

/// The name of the binary that links libtorch.
const WORKER: &str = "fsl-exp-worker";

/// Starts each trial as `PROGRAM trial FOLDER`, with its log as standard error, its lock as standard input and its
/// progress, a line of JSON each, on standard output. The program is the worker; for trials that need no libtorch it is this
/// one, which starts a quarter of a second sooner.
#[derive(Debug, Clone)]
pub struct Local {
    worker: PathBuf,
    plain: PathBuf,
    devices: Arc<Devices>,
}

/// The worker's path: `FSL_EXP_WORKER` where set, otherwise beside this program.
///
/// # Errors
/// Where the worker is not there, with the path at which it was looked for.
pub fn worker_path() -> io::Result<PathBuf> {
    let path = match env::var_os("FSL_EXP_WORKER") {
        Some(path) => PathBuf::from(path),
        None => env::current_exe()?.with_file_name(format!("{WORKER}{}", env::consts::EXE_SUFFIX)),
    };
    if path.is_file() {
        return Ok(path);
    }
    let message = format!("there is no worker at `{}`", path.display());
    Err(io::Error::new(io::ErrorKind::NotFound, message))
}

/// The program for trials that need no libtorch: this one, unless `FSL_EXP_WORKER` names one for all.
///
/// # Errors
/// As [`worker_path`], or where this program's path is not to be had.
pub fn plain_path() -> io::Result<PathBuf> {
    if env::var_os("FSL_EXP_WORKER").is_some() {
        worker_path()
    } else {
        env::current_exe()
    }
}

impl Local {
    /// An executor that starts `worker`, spread over `devices` (the processor where there are none), or `plain` for trials
    /// that need no libtorch.
    pub fn new(worker: PathBuf, plain: PathBuf, devices: Vec<String>) -> Self {
        Self {
            worker,
            plain,
            devices: Arc::new(Devices::new(devices)),
        }
    }

    /// The command that runs the trial, with its device where it has one.
    fn command(&self, staged: &Staged) -> (Command, Option<String>) {
        let needs_libtorch = staged
            .request()
            .map_or(true, |request| request.inputs.method.needs_libtorch());
        let device = needs_libtorch.then(|| self.devices.take());
        let program = if needs_libtorch {
            &self.worker
        } else {
            &self.plain
        };
        let mut command = Command::new(program);
        command.arg("trial").arg(staged.folder()).arg("--progress");
        if let Some(device) = &device {
            command.args(["--device", device]);
        }
        (command, device)
    }

    fn give_back(&self, device: Option<&str>) {
        if let Some(device) = device {
            self.devices.give_back(device);
        }
    }
}

impl Executor for Local {
    fn start(
        &self,
        staged: &Staged,
        claim: File,
        signals: Box<dyn Fn(Signal) + Send>,
    ) -> io::Result<Box<dyn Running>> {
        let log = staged
            .create_log()
            .map_err(|error| io::Error::other(error.to_string()))?;
        let (mut command, device) = self.command(staged);
        keep_memory(&mut command);
        // OpenMP would otherwise start a thread per core before the trial says how many it wants.
        command.env("OMP_NUM_THREADS", "1");
        command
            .stdin(Stdio::from(claim))
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log));
        own_group(&mut command);
        let child = command.spawn();
        let mut child = child.inspect_err(|_| self.give_back(device.as_deref()))?;
        let this = self.clone();
        let (id, stdout) = (child.id(), child.stdout.take());
        let child = Arc::new(Mutex::new(child));
        let heard = Arc::clone(&child);
        thread::spawn(move || {
            for line in stdout
                .into_iter()
                .flat_map(|stdout| BufReader::new(stdout).lines())
                .map_while(Result::ok)
            {
                if let Ok(progress) = serde_json::from_str::<Progress>(&line) {
                    signals(Signal::Progress(progress));
                }
            }
            let how = ended(wait(&heard));
            this.give_back(device.as_deref());
            signals(Signal::Ended(how));
        });
        Ok(Box::new(Process { id, child }))
    }

    fn available_memory(&self) -> Option<u64> {
        memory::available()
    }
}

/// glibc's settings by which a process keeps the memory that it frees. libtorch frees and asks for megabytes in every operator, and
/// fresh pages have to be cleared by the system each time (docs/speed.md has what this saves).
const KEEP_MEMORY: [(&str, &str); 2] = [
    ("MALLOC_MMAP_THRESHOLD_", "1073741824"),
    ("MALLOC_TRIM_THRESHOLD_", "4294967296"),
];

/// Lets a worker keep the memory that it frees, where the user has not said otherwise.
pub fn keep_memory(command: &mut Command) {
    for (name, value) in KEEP_MEMORY {
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
}

/// Keeps the terminal's Ctrl-C from the worker: this program decides what becomes of its trials.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

struct Process {
    id: u32,
    child: Arc<Mutex<Child>>,
}

impl Running for Process {
    fn stop(&mut self) {
        // A process that has ended already cannot be killed, which is what was wanted.
        let _ = self
            .child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .kill();
    }

    fn memory(&self) -> Option<u64> {
        memory::held_by(self.id)
    }
}

/// Waits without holding the lock, so that the process can be stopped meanwhile: its standard output is closed, so it has
/// ended or is about to.
fn wait(child: &Mutex<Child>) -> io::Result<ExitStatus> {
    loop {
        let status = child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_wait()?;
        match status {
            Some(status) => return Ok(status),
            None => thread::sleep(std::time::Duration::from_millis(2)),
        }
    }
}

fn ended(status: io::Result<ExitStatus>) -> Ended {
    match status {
        Ok(status) if status.code().is_some() => match status.code() {
            Some(code) if code >= 128 => Ended::Crashed(format!("ended with exit code {code}")),
            _ => Ended::Exited,
        },
        Ok(status) => Ended::Crashed(format!("was ended by {status}")),
        Err(error) => Ended::Crashed(format!("could not be waited for: {error}")),
    }
}
