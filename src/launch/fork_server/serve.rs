//! The worker's side: serves fork requests.

use std::fs;
use std::io::{self, IoSliceMut, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, send};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{self, ForkResult, Pid};

use super::{ExitStatus, MAX_DATAGRAM, Request, Response, parse};

/// The outcome of [`serve`], in the server or in a fork.
#[derive(Debug)]
pub enum ServeOutcome {
    /// In the server: the front has disconnected.
    Disconnected,
    /// In a fork, with its own standard streams: the arguments to run.
    Fork(Vec<String>),
}

/// Serves requests on standard input until the front disconnects. Also returns once in every fork.
///
/// # Errors
/// If standard input is not a socket of the front, or fails.
pub fn serve() -> io::Result<ServeOutcome> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    if !send_response(&socket, &Response::Ready)? {
        return Ok(ServeOutcome::Disconnected);
    }
    loop {
        let (message, files) = receive(&socket)?;
        if message.is_empty() {
            return Ok(ServeOutcome::Disconnected);
        }
        let response = match parse(&message)? {
            Request::Status(id) => status(id),
            Request::Start(arguments) => match fork(&files) {
                Ok(Some(id)) => Response::Started(id),
                Ok(None) => return Ok(ServeOutcome::Fork(arguments)),
                Err(error) => Response::Refused(error.to_string()),
            },
        };
        if !send_response(&socket, &response)? {
            return Ok(ServeOutcome::Disconnected);
        }
    }
}

/// Exits without running libtorch's static destructors, which take 0.1 s to unregister every operator.
pub fn exit_now(code: u8) -> ! {
    // Flushing fails only if nobody reads.
    let _ = io::stdout().flush();
    let _ = io::stderr().flush();
    #[allow(
        unsafe_code,
        reason = "the process ends here: no code of its own runs any more, and all files were closed or flushed"
    )]
    unsafe {
        nix::libc::_exit(i32::from(code))
    }
}

/// Sends a response; false if the front has disconnected.
fn send_response(socket: &OwnedFd, response: &Response) -> io::Result<bool> {
    let message = serde_json::to_vec(response)?;
    match send(socket.as_raw_fd(), &message, MsgFlags::MSG_NOSIGNAL) {
        Err(Errno::EPIPE) => Ok(false),
        sent => Ok(sent.map(|_| true)?),
    }
}

/// Forks; `None` in the fork, which exits if it cannot set up its standard streams.
fn fork(files: &[OwnedFd]) -> io::Result<Option<i32>> {
    let [claim, output, log] = files else {
        return Err(io::Error::other("expected three open files"));
    };
    // A lock held by another thread would stay locked in the fork.
    if fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::other("the worker has threads"));
    }
    #[allow(
        unsafe_code,
        reason = "this is the only thread, so no lock is held that the fork would inherit"
    )]
    let forked = unsafe { unistd::fork() }?;
    if let ForkResult::Parent { child } = forked {
        return Ok(Some(child.as_raw()));
    }
    let own = unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0))
        .and_then(|()| unistd::dup2_stdin(claim))
        .and_then(|()| unistd::dup2_stdout(output))
        .and_then(|()| unistd::dup2_stderr(log));
    if own.is_err() {
        std::process::exit(1);
    }
    Ok(None)
}

/// The status of a fork.
fn status(id: i32) -> Response {
    match waitpid(Pid::from_raw(id), Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(_, code)) => Response::Ended(ExitStatus::Code(code)),
        Ok(WaitStatus::Signaled(_, signal, _)) => Response::Ended(ExitStatus::Signal(format!(
            "signal: {} ({signal})",
            signal as i32
        ))),
        Ok(_) => Response::Running,
        Err(error) => Response::Refused(error.to_string()),
    }
}

/// Receives a message and its open files; the message is empty after a disconnect.
fn receive(socket: &OwnedFd) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut message = vec![0; MAX_DATAGRAM];
    let mut space = nix::cmsg_space!([RawFd; 3]);
    let (length, files) = {
        let mut parts = [IoSliceMut::new(&mut message)];
        let received = recvmsg::<()>(
            socket.as_raw_fd(),
            &mut parts,
            Some(&mut space),
            MsgFlags::MSG_CMSG_CLOEXEC,
        )?;
        let mut files = Vec::new();
        for message in received.cmsgs()? {
            if let ControlMessageOwned::ScmRights(descriptors) = message {
                files.extend(descriptors.into_iter().map(owned));
            }
        }
        (received.bytes, files)
    };
    message.truncate(length);
    Ok((message, files))
}

fn owned(descriptor: RawFd) -> OwnedFd {
    #[allow(
        unsafe_code,
        reason = "the system has just made this descriptor for this process; nothing else knows it"
    )]
    unsafe {
        OwnedFd::from_raw_fd(descriptor)
    }
}
