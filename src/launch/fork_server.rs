//! The fork server: a worker that loads libtorch once and forks itself for every trial.
//!
//! Loading libtorch takes about 0.3 s in every process. A fork inherits the loaded library and is otherwise a separate process: it
//! can be killed alone and shares no state with other trials. Linux only: on other systems libraries do not support running on after a
//! fork.
//!
//! The protocol is datagrams of JSON over a socket: one request, one response. [`Request::Start`] carries three open files, which
//! become the fork's standard input, output and error.

mod serve;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IoSlice, PipeWriter};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Stdio};

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

use super::memory::keep_memory;
use fsl_common::child;
pub use serve::{ServeOutcome, exit_now, serve};

/// The maximum size of a datagram: a path and a few options.
const MAX_DATAGRAM: usize = 64 * 1024;
/// Reply timeout.
const REPLY_TIMEOUT: TimeVal = TimeVal::new(5, 0);
/// The wait for libtorch to load before a trial starts without the fork server, in milliseconds.
const LOAD_TIMEOUT_MS: u16 = 2000;

/// A request of the front.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    /// Fork and run with these arguments.
    Start(Vec<String>),
    /// The status of a fork.
    Status(i32),
}

/// A response of the fork server.
#[derive(Debug, Serialize, Deserialize)]
enum Response {
    /// libtorch is loaded; sent once, without a request.
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

/// A failed fork.
#[derive(Debug)]
pub(super) enum ForkError {
    /// Nothing was forked, and forking does not work here.
    Unavailable,
    /// Nothing was forked; the next attempt may succeed.
    NotReady,
    /// The fork server did not reply: an unknown fork may exist.
    Disconnected(io::Error),
}

/// The front's side of the fork server.
#[derive(Debug)]
pub(super) struct ForkServer {
    worker: Child,
    socket: OwnedFd,
    ready: bool,
    /// No requests follow an error: a late response would be mistaken for that of the next request.
    disconnected: bool,
}

impl ForkServer {
    /// Starts `worker` as a fork server, which begins to load libtorch.
    pub(super) fn start(worker: &Path) -> io::Result<Self> {
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        let mut command = child::command(worker)?;
        keep_memory(&mut command);
        let worker = command
            .arg("serve")
            .env(child::FIRST_THREADS.0, child::FIRST_THREADS.1)
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

    /// Forks a process with these arguments; returns its id.
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
            other => Err(ForkError::Disconnected(unexpected(&other))),
        }
    }

    /// Whether libtorch is loaded; waits up to [`LOAD_TIMEOUT_MS`].
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

    /// The exit status of a fork; `None` while it runs. It is available once.
    pub(super) fn ended(&mut self, id: i32) -> io::Result<Option<ExitStatus>> {
        self.send(&Request::Status(id), &[])?;
        match self.recv()? {
            Response::Running => Ok(None),
            Response::Ended(status) => Ok(Some(status)),
            other => Err(unexpected(&other)),
        }
    }

    fn send(&self, request: &Request, files: &[RawFd]) -> io::Result<()> {
        if self.disconnected {
            return Err(io::Error::other("the fork server is gone"));
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
            .and_then(|length| parse(&answer[..length]));
        if answer.is_err() {
            self.disconnected = true;
            // Killing fails only if it has ended already.
            let _ = self.worker.kill();
        }
        answer
    }
}

impl Drop for ForkServer {
    /// Running forks continue.
    fn drop(&mut self) {
        // Killing fails only if it has ended already.
        let _ = self.worker.kill();
        let _ = self.worker.wait();
    }
}

/// Kills a fork whose end has not been reported.
pub(super) fn kill(id: i32) {
    // Killing fails only if it has just ended.
    let _ = signal::kill(Pid::from_raw(id), Signal::SIGKILL);
}

/// Whether the process runs. Zombies do not count: in some containers the init process never reaps them.
pub(super) fn is_alive(id: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

fn parse<T: DeserializeOwned>(message: &[u8]) -> io::Result<T> {
    serde_json::from_slice(message).map_err(io::Error::from)
}

fn unexpected(response: &Response) -> io::Error {
    io::Error::other(format!("unexpected response {response:?}"))
}
