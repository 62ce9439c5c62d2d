//! The executor that runs trials as local processes.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, PipeReader, PipeWriter};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
#[cfg(target_os = "linux")]
use std::sync::{Mutex, PoisonError};
use std::thread;

use tracing::debug;
#[cfg(target_os = "linux")]
use tracing::info;

use super::device_pool::DevicePool;
#[cfg(target_os = "linux")]
use super::fork_server::{ForkError, ForkServer};
use super::memory;
use super::process::Process;
use fsl_common::child;
use fsl_core::runner::{Executor, ProcessEvent, Running};
use fsl_core::store::Staged;
use fsl_core::trial::TrialRequest;
use fsl_methods::Progress;

/// The name of the worker binary, which links libtorch.
pub(super) const WORKER: &str = "fsl-exp-worker";

/// Runs each trial as `PROGRAM trial FOLDER`. Standard input is the trial's lock, standard output its progress as lines of JSON,
/// standard error its log. The program is the worker, or this binary for trials without libtorch, which starts 0.25 s faster. On
/// Linux one worker loads libtorch once and is forked for every trial.
#[derive(Debug, Clone)]
pub struct LocalExecutor {
    worker: PathBuf,
    front: PathBuf,
    devices: Arc<DevicePool>,
    /// The running fork server; none before the first trial that needs it, or after a failure.
    #[cfg(target_os = "linux")]
    fork_server: Arc<Mutex<Option<Arc<Mutex<ForkServer>>>>>,
}

/// The worker's path: `FSL_EXP_WORKER` where set, a path or a name in `PATH`; otherwise beside this program.
///
/// # Errors
/// If the worker does not exist; the message has its path.
pub fn worker_binary() -> io::Result<PathBuf> {
    let path = match env::var_os("FSL_EXP_WORKER") {
        Some(program) => {
            let program = PathBuf::from(program);
            child::find(&program).unwrap_or(program)
        }
        None => env::current_exe()?.with_file_name(format!("{WORKER}{}", env::consts::EXE_SUFFIX)),
    };
    if path.is_absolute() && path.is_file() {
        return Ok(path);
    }
    let message = format!("there is no worker at `{}`", path.display());
    Err(io::Error::new(io::ErrorKind::NotFound, message))
}

/// The program for trials without libtorch: this one, unless `FSL_EXP_WORKER` is set.
///
/// # Errors
/// As [`worker_binary`], or if this program's path is unknown.
pub fn front_binary() -> io::Result<PathBuf> {
    if env::var_os("FSL_EXP_WORKER").is_some() {
        worker_binary()
    } else {
        env::current_exe()
    }
}

impl LocalExecutor {
    /// An executor that starts `worker` on `devices` (the CPU if empty), or `front` for trials without libtorch.
    pub fn new(worker: PathBuf, front: PathBuf, devices: Vec<String>) -> Self {
        Self {
            worker,
            front,
            devices: Arc::new(DevicePool::new(devices)),
            #[cfg(target_os = "linux")]
            fork_server: Arc::default(),
        }
    }

    /// The program, arguments and device for a trial.
    fn launch_spec(&self, staged: &Staged, needs_libtorch: bool) -> LaunchSpec<'_> {
        let device = needs_libtorch.then(|| self.devices.acquire());
        let mut arguments = vec!["trial".into(), staged.folder().into(), "--progress".into()];
        if let Some(device) = &device {
            arguments.extend(["--device".into(), device.into()]);
        }
        LaunchSpec {
            program: if needs_libtorch {
                &self.worker
            } else {
                &self.front
            },
            arguments,
            device,
            needs_libtorch,
        }
    }

    /// Forks the fork server if possible, otherwise starts the program.
    fn launch(&self, spec: &LaunchSpec<'_>, files: Files) -> io::Result<Process> {
        #[cfg(target_os = "linux")]
        if spec.needs_libtorch
            && let Some(process) = self.forked(spec, &files)?
        {
            return Ok(process);
        }
        debug!(program = %spec.program.display(), device = spec.device, "starting a process");
        let mut command = child::command(spec.program)?;
        memory::keep_memory(&mut command);
        // Otherwise OpenMP starts a thread per core before the trial sets its number of threads.
        command
            .args(&spec.arguments)
            .env(child::FIRST_THREADS.0, child::FIRST_THREADS.1)
            .stdin(Stdio::from(files.claim))
            .stdout(Stdio::from(files.output))
            .stderr(Stdio::from(files.log));
        own_group(&mut command);
        command.spawn().map(Process::child)
    }

    /// `None` if certainly nothing was forked: the caller then starts the program. An error if a fork may exist.
    #[cfg(target_os = "linux")]
    fn forked(&self, spec: &LaunchSpec<'_>, files: &Files) -> io::Result<Option<Process>> {
        // A user's own program need not support `serve`.
        if self.worker.file_stem().is_none_or(|name| name != WORKER) {
            return Ok(None);
        }
        let mut current = self
            .fork_server
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fork_server = match &*current {
            Some(fork_server) => Arc::clone(fork_server),
            None => match ForkServer::start(&self.worker) {
                Ok(fork_server) => {
                    info!(worker = %self.worker.display(), "started the fork server");
                    Arc::new(Mutex::new(fork_server))
                }
                Err(error) => {
                    debug!(%error, "the fork server could not be started");
                    return Ok(None);
                }
            },
        };
        let answer = fork_server
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fork(&spec.arguments, &files.claim, &files.output, &files.log);
        let is_usable = matches!(answer, Ok(_) | Err(ForkError::NotReady));
        *current = is_usable.then(|| Arc::clone(&fork_server));
        match answer {
            Ok(id) => {
                debug!(id, device = spec.device, "forked the fork server");
                Ok(Some(Process::fork(id, fork_server)))
            }
            Err(ForkError::Disconnected(error)) => Err(error),
            Err(reason) => {
                debug!(?reason, "starting the worker instead of a fork");
                Ok(None)
            }
        }
    }

    fn release(&self, device: Option<&str>) {
        if let Some(device) = device {
            self.devices.release(device);
        }
    }
}

/// How to start a trial.
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
        request: &TrialRequest,
        claim: File,
        on_event: Box<dyn Fn(ProcessEvent) + Send>,
    ) -> io::Result<Box<dyn Running>> {
        let log = staged
            .create_log()
            .map_err(|error| io::Error::other(error.to_string()))?;
        let (progress, output) = io::pipe()?;
        let spec = self.launch_spec(staged, request.inputs.method.requirements().libtorch());
        let files = Files { claim, output, log };
        // The thread comes first: a trial that nobody can wait for must not be started.
        let (give, take) = mpsc::channel::<Arc<Process>>();
        let (this, device) = (self.clone(), spec.device.clone());
        let started = thread::Builder::new().spawn(move || {
            if let Ok(process) = take.recv() {
                forward_progress(progress, &on_event);
                let ended = process.wait();
                this.release(device.as_deref());
                on_event(ProcessEvent::Ended(ended));
            }
        });
        let process = started
            .and_then(|_| self.launch(&spec, files))
            .inspect_err(|_| self.release(spec.device.as_deref()))?;
        let process = Arc::new(process);
        give.send(Arc::clone(&process)).map_err(io::Error::other)?;
        Ok(Box::new(StartedTrial(process)))
    }

    fn available_memory(&self) -> Option<u64> {
        memory::available()
    }
}

/// Forwards a trial's progress until its output closes.
fn forward_progress(output: PipeReader, on_event: &(dyn Fn(ProcessEvent) + Send)) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Ok(progress) = serde_json::from_str::<Progress>(&line) {
            on_event(ProcessEvent::Progress(progress));
        }
    }
}

struct StartedTrial(Arc<Process>);

impl Running for StartedTrial {
    fn stop(&mut self) {
        self.0.stop();
    }

    fn memory(&self) -> Option<u64> {
        memory::resident(self.0.id())
    }
}

/// Shields the worker from the terminal's Ctrl-C: this program decides when to stop trials.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}
