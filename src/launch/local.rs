//! Trials as processes of this machine.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, PipeReader, PipeWriter};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::device_pool::DevicePool;
#[cfg(target_os = "linux")]
use super::fork_server::{ForkError, ForkServer};
use super::memory;
use super::process::Process;
use crate::method::Progress;
use crate::runner::{Executor, ProcessEvent, Running};
use crate::store::Staged;

/// The name of the binary that links libtorch.
const WORKER: &str = "fsl-exp-worker";

/// Runs each trial as `PROGRAM trial FOLDER`, with its log as standard error, its lock as standard input and its
/// progress, a line of JSON each, on standard output. The program is the worker; for trials that need no libtorch it is this
/// one, which starts a quarter of a second sooner. On Linux one worker loads libtorch for all of them and is forked.
#[derive(Debug, Clone)]
pub struct LocalExecutor {
    worker: PathBuf,
    plain: PathBuf,
    devices: Arc<DevicePool>,
    /// The worker that is forked; none before the first trial that needs it, or where it failed.
    #[cfg(target_os = "linux")]
    fork_server: Arc<Mutex<Option<Arc<Mutex<ForkServer>>>>>,
}

/// The worker's path: `FSL_EXP_WORKER` where set, otherwise beside this program.
///
/// # Errors
/// Where the worker is not there, with the path at which it was looked for.
pub fn worker_binary() -> io::Result<PathBuf> {
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
/// As [`worker_binary`], or where this program's path is not to be had.
pub fn front_binary() -> io::Result<PathBuf> {
    if env::var_os("FSL_EXP_WORKER").is_some() {
        worker_binary()
    } else {
        env::current_exe()
    }
}

impl LocalExecutor {
    /// An executor that starts `worker`, spread over `devices` (the processor where there are none), or `plain` for trials
    /// that need no libtorch.
    pub fn new(worker: PathBuf, plain: PathBuf, devices: Vec<String>) -> Self {
        Self {
            worker,
            plain,
            devices: Arc::new(DevicePool::new(devices)),
            #[cfg(target_os = "linux")]
            fork_server: Arc::default(),
        }
    }

    /// How the trial is run: by which program, with which arguments, on which device.
    fn launch_spec(&self, staged: &Staged) -> LaunchSpec<'_> {
        let needs_libtorch = staged
            .request()
            .map_or(true, |request| request.inputs.method.needs_libtorch());
        let device = needs_libtorch.then(|| self.devices.take());
        let mut arguments = vec!["trial".into(), staged.folder().into(), "--progress".into()];
        if let Some(device) = &device {
            arguments.extend(["--device".into(), device.into()]);
        }
        LaunchSpec {
            program: if needs_libtorch {
                &self.worker
            } else {
                &self.plain
            },
            arguments,
            device,
            needs_libtorch,
        }
    }

    /// Forks a worker that has loaded libtorch, where there is one; otherwise starts the program.
    fn launch(&self, spec: &LaunchSpec<'_>, files: Files) -> io::Result<Process> {
        #[cfg(target_os = "linux")]
        if spec.needs_libtorch
            && let Some(process) = self.forked(spec, &files)?
        {
            return Ok(process);
        }
        let mut command = Command::new(spec.program);
        keep_memory(&mut command);
        // OpenMP would otherwise start a thread per core before the trial says how many it wants.
        command
            .args(&spec.arguments)
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::from(files.claim))
            .stdout(Stdio::from(files.output))
            .stderr(Stdio::from(files.log));
        own_group(&mut command);
        command.spawn().map(Process::child)
    }

    /// `None` where there is certainly no fork: the program itself will tell what is wrong. An error where there may be one.
    #[cfg(target_os = "linux")]
    fn forked(&self, spec: &LaunchSpec<'_>, files: &Files) -> io::Result<Option<Process>> {
        // A program of the user's own need not know how to.
        if self.worker.file_stem().is_none_or(|name| name != WORKER) {
            return Ok(None);
        }
        let mut kept = self
            .fork_server
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fork_server = match &*kept {
            Some(fork_server) => Arc::clone(fork_server),
            None => match ForkServer::start(&self.worker) {
                Ok(fork_server) => Arc::new(Mutex::new(fork_server)),
                Err(_) => return Ok(None),
            },
        };
        let answer = fork_server
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fork(&spec.arguments, &files.claim, &files.output, &files.log);
        let is_usable = matches!(answer, Ok(_) | Err(ForkError::NotReady));
        *kept = is_usable.then(|| Arc::clone(&fork_server));
        match answer {
            Ok(id) => Ok(Some(Process::fork(id, fork_server))),
            Err(ForkError::Unavailable | ForkError::NotReady) => Ok(None),
            Err(ForkError::Disconnected(error)) => Err(error),
        }
    }

    fn give_back(&self, device: Option<&str>) {
        if let Some(device) = device {
            self.devices.give_back(device);
        }
    }
}

/// What is to be run.
struct LaunchSpec<'a> {
    program: &'a PathBuf,
    arguments: Vec<OsString>,
    device: Option<String>,
    needs_libtorch: bool,
}

/// A trial's standard input, output and error.
struct Files {
    claim: File,
    output: PipeWriter,
    log: File,
}

impl Executor for LocalExecutor {
    fn start(
        &self,
        staged: &Staged,
        claim: File,
        signals: Box<dyn Fn(ProcessEvent) + Send>,
    ) -> io::Result<Box<dyn Running>> {
        let log = staged
            .create_log()
            .map_err(|error| io::Error::other(error.to_string()))?;
        let (told, output) = io::pipe()?;
        let spec = self.launch_spec(staged);
        let files = Files { claim, output, log };
        let process = self
            .launch(&spec, files)
            .inspect_err(|_| self.give_back(spec.device.as_deref()))?;
        let process = Arc::new(process);
        let (this, heard, device) = (self.clone(), Arc::clone(&process), spec.device);
        thread::spawn(move || {
            forward_progress(told, &signals);
            let how = heard.wait();
            this.give_back(device.as_deref());
            signals(ProcessEvent::Ended(how));
        });
        Ok(Box::new(Started(process)))
    }

    fn available_memory(&self) -> Option<u64> {
        memory::available()
    }
}

/// Passes on what a trial tells, to the end.
fn forward_progress(told: PipeReader, signals: &(dyn Fn(ProcessEvent) + Send)) {
    for line in BufReader::new(told).lines().map_while(Result::ok) {
        if let Ok(progress) = serde_json::from_str::<Progress>(&line) {
            signals(ProcessEvent::Progress(progress));
        }
    }
}

struct Started(Arc<Process>);

impl Running for Started {
    fn stop(&mut self) {
        self.0.stop();
    }

    fn memory(&self) -> Option<u64> {
        memory::held_by(self.0.id())
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
