//! A worker that loads libtorch once and forks itself for every trial.
//!
//! Loading registers libtorch's operators, about 0.3 s that every process would spend again. A fork has them already, and is
//! otherwise what a process of its own is: it can be killed, counted and waited for, and shares no state with other trials.
//! Linux only: elsewhere libraries forbid what a process may do after a fork without a new program.
//!
//! The two ends speak in datagrams of JSON: one request, one answer. With [`Request::Start`] come three open files, which
//! become the fork's standard input, output and error.

mod serve;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IoSlice, PipeWriter};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{self, Signal};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, recv, sendmsg, setsockopt,
    socketpair, sockopt::ReceiveTimeout,
};
use nix::sys::time::TimeVal;
use nix::unistd::Pid;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::local::keep_memory;
pub use serve::{ServeOutcome, exit_now, serve};

/// The longest datagram: a path and a few options.
const MAX_DATAGRAM: usize = 64 * 1024;
/// A worker that answers later than this is given up: it is stopped, or the machine is beyond help.
const REPLY_TIMEOUT: TimeVal = TimeVal::new(5, 0);
/// What libtorch may take to load before trials start without it, in milliseconds.
const LOAD_TIMEOUT_MS: u16 = 2000;

/// What the front asks.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    /// Run with these arguments.
    Start(Vec<String>),
    /// How is this process?
    Status(i32),
}

/// What the worker answers.
#[derive(Debug, Serialize, Deserialize)]
enum Response {
    /// libtorch is loaded; said once, unasked.
    Ready,
    Started(i32),
    Running,
    Ended(ExitStatus),
    Refused(String),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ExitStatus {
    Code(i32),
    Signal(String),
}

/// Why there is no fork.
#[derive(Debug)]
pub(super) enum ForkError {
    /// None was made, and none will be: the trial can be started in another way.
    Unavailable,
    /// None was made yet, but the next may be.
    NotReady,
    /// The worker was asked, and is gone or silent: there may be one that nobody knows.
    Disconnected(io::Error),
}

/// The front's end.
#[derive(Debug)]
pub(super) struct ForkServer {
    worker: Child,
    socket: OwnedFd,
    ready: bool,
    /// Nothing more is asked after an error: a late answer would be taken for that to the next request.
    disconnected: bool,
}

impl ForkServer {
    /// Starts `worker`, which begins to load libtorch.
    pub(super) fn start(worker: &Path) -> io::Result<Self> {
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        let mut command = Command::new(worker);
        keep_memory(&mut command);
        let worker = command
            .arg("serve")
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        setsockopt(&ours, ReceiveTimeout, &REPLY_TIMEOUT)?;
        Ok(Self {
            worker,
            socket: ours,
            ready: false,
            disconnected: false,
        })
    }

    /// A process that runs with these arguments.
    pub(super) fn fork(
        &mut self,
        arguments: &[OsString],
        claim: &File,
        output: &PipeWriter,
        log: &File,
    ) -> Result<i32, ForkError> {
        if !self.is_ready().map_err(|_| ForkError::Unavailable)? {
            return Err(ForkError::NotReady);
        }
        let texts: Option<Vec<String>> = arguments
            .iter()
            .map(|argument| argument.to_str().map(str::to_owned))
            .collect();
        let Some(texts) = texts else {
            return Err(ForkError::NotReady);
        };
        let files = [claim.as_raw_fd(), output.as_raw_fd(), log.as_raw_fd()];
        self.send(&Request::Start(texts), &files)
            .map_err(|_| ForkError::Unavailable)?;
        match self.recv().map_err(ForkError::Disconnected)? {
            Response::Started(id) => Ok(id),
            Response::Refused(_) => Err(ForkError::Unavailable),
            answer => Err(ForkError::Disconnected(unexpected(&answer))),
        }
    }

    /// Whether libtorch is loaded, which the first to ask waits for a while.
    fn is_ready(&mut self) -> io::Result<bool> {
        if !self.ready {
            let mut sockets = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
            if poll(&mut sockets, PollTimeout::from(LOAD_TIMEOUT_MS))? == 0 {
                return Ok(false);
            }
            self.ready = matches!(self.recv()?, Response::Ready);
        }
        Ok(self.ready)
    }

    /// How a process that this end has asked for ended; `None` while it runs. Once told, it is forgotten.
    pub(super) fn ended(&mut self, id: i32) -> io::Result<Option<ExitStatus>> {
        self.send(&Request::Status(id), &[])?;
        match self.recv()? {
            Response::Running => Ok(None),
            Response::Ended(status) => Ok(Some(status)),
            answer => Err(unexpected(&answer)),
        }
    }

    fn send(&self, request: &Request, files: &[RawFd]) -> io::Result<()> {
        if self.disconnected {
            return Err(io::Error::other("the worker is lost"));
        }
        let message = serde_json::to_vec(request)?;
        let with = [ControlMessage::ScmRights(files)];
        let with = if files.is_empty() { &[][..] } else { &with };
        sendmsg::<()>(
            self.socket.as_raw_fd(),
            &[IoSlice::new(&message)],
            with,
            MsgFlags::MSG_NOSIGNAL,
            None,
        )?;
        Ok(())
    }

    fn recv(&mut self) -> io::Result<Response> {
        let mut answer = vec![0; MAX_DATAGRAM];
        let length = recv(self.socket.as_raw_fd(), &mut answer, MsgFlags::empty());
        let answer = length
            .map_err(io::Error::from)
            .and_then(|length| parsed(&answer[..length]));
        if answer.is_err() {
            self.disconnected = true;
            // It may have ended by itself, which is as good.
            let _ = self.worker.kill();
        }
        answer
    }
}

impl Drop for ForkServer {
    /// Its forks live on.
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.worker.kill();
        let _ = self.worker.wait();
    }
}

/// Ends a process that has not been told to have ended.
pub(super) fn kill(id: i32) {
    // One that has just ended cannot be killed, which is what was wanted.
    let _ = signal::kill(Pid::from_raw(id), Signal::SIGKILL);
}

/// Whether there is such a process and it has not ended. One that has may stay for ever as a zombie, where nobody waits for it:
/// not every first process of a container does.
pub(super) fn is_alive(id: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

fn parsed<T: DeserializeOwned>(message: &[u8]) -> io::Result<T> {
    serde_json::from_slice(message).map_err(io::Error::from)
}

fn unexpected(answer: &Response) -> io::Error {
    io::Error::other(format!("the worker answered {answer:?}"))
}
