//! Local trial processes, and the memory available to them.

mod device_check;
mod device_pool;
#[cfg(target_os = "linux")]
mod fork_server;
mod local;
mod memory;
mod process;

pub use device_check::refused_device;
#[cfg(target_os = "linux")]
pub use fork_server::{ServeOutcome, exit_now, serve};
pub use local::{LocalExecutor, front_binary, worker_binary};
pub use memory::keep_memory;
